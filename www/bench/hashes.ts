/** Argon2id of ours and of those peers that run in a page. */
import setUpArgon2id from 'argon2id/lib/setup.js';
import argon2idScalar from 'argon2id/dist/no-simd.wasm?url';
import argon2idVectors from 'argon2id/dist/simd.wasm?url';
import { argon2id as noble } from '@noble/hashes/argon2.js';
import Phi from '@phi-ag/argon2';
import phiBinary from '@phi-ag/argon2/argon2.wasm?url';
import binary from 'doorward/hash.wasm?url';
import { argon2id as hashWasm } from 'hash-wasm';
import sodium from 'libsodium-wrappers-sumo';
// The module alone has no name of its own in the package.
import * as glue from '../../pkg/wasm/hash.js';
import type { Candidate } from './measure.ts';

const text = 'correct horse battery';
const password = new TextEncoder().encode(text);
const salt = new TextEncoder().encode('sixteen grains..');
const [memory, passes, lanes, bytes] = [19_456, 2, 1, 32];

const hex = (tag: Uint8Array): string => Array.from(tag, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** The tag at the end of a PHC string. */
function tagOf(phc: string | undefined): Uint8Array {
  return Uint8Array.from(atob(phc?.split('$').at(-1) ?? ''), (letter) => letter.charCodeAt(0));
}

async function ours(): Promise<() => Uint8Array> {
  await glue.default({ module_or_path: await WebAssembly.compile(await (await fetch(binary)).arrayBuffer()) });
  return () => {
    glue.beginHash(password, salt, memory, passes, lanes);
    while (!glue.step(2 ** 32 - 1));
    return tagOf(glue.finish());
  };
}

async function phi(): Promise<() => Uint8Array> {
  const { instance } = await WebAssembly.instantiate(await (await fetch(phiBinary)).arrayBuffer());
  const peer = new Phi(instance);
  const cost = { hashLength: bytes, timeCost: passes, memoryCost: memory, parallelism: lanes };
  return () => peer.hash(text, { ...cost, salt, type: 2 }).hash;
}

async function openpgp(): Promise<() => Uint8Array> {
  const from = (address: string) => async (imports: WebAssembly.Imports) =>
    WebAssembly.instantiate(await (await fetch(address)).arrayBuffer(), imports);
  const hash = await setUpArgon2id(from(argon2idVectors), from(argon2idScalar));
  return () => hash({ password, salt, parallelism: lanes, passes, memorySize: memory, tagLength: bytes });
}

async function libsodium(): Promise<() => Uint8Array> {
  await sodium.ready;
  return () => sodium.crypto_pwhash(bytes, password, salt, passes, memory * 1024, sodium.crypto_pwhash_ALG_ARGON2ID13);
}

/** All that can be loaded here, after their tags were found to be the same as ours; `missing` names the others. */
export async function hashes(): Promise<{ candidates: Candidate[]; missing: string[] }> {
  const cost = { parallelism: lanes, iterations: passes, memorySize: memory, hashLength: bytes };
  const makers: [string, () => Promise<() => unknown>][] = [
    ['Doorward', ours],
    ['@phi-ag/argon2', phi],
    ['argon2id', openpgp],
    ['hash-wasm', async () => () => hashWasm({ password, salt, ...cost, outputType: 'binary' })],
    ['libsodium', libsodium],
    ['@noble/hashes', async () => () => noble(password, salt, { t: passes, m: memory, p: lanes, dkLen: bytes })],
  ];
  const candidates: Candidate[] = [];
  const missing: string[] = [];
  let expected: string | undefined;
  for (const [name, make] of makers) {
    try {
      const run = await make();
      const tag = hex((await run()) as Uint8Array);
      expected ??= tag;
      if (tag !== expected) throw new Error('another tag');
      candidates.push({ name, ours: name === 'Doorward', per: 1, run });
    } catch (error) {
      missing.push(`${name} (${error instanceof Error ? error.message : String(error)})`);
    }
  }
  return { candidates, missing };
}
