/** Argon2id: 19 MiB, 2 passes, 1 lane; the hash alone, on the thread that asks, tags compared first. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
// What is measured is the module; a second instance holds the build without vectors.
import * as vectors from '../../pkg/wasm/hash.js';
import * as words from '../../pkg/wasm/hash.js?words';
import { compare } from './measure.mjs';
import { address, crates, load } from './peers.mjs';

const password = 'correct horse battery';
const salt = 'sixteen grains..';
const utf8 = (text) => new TextEncoder().encode(text);
const [memory, passes, lanes] = [19_456, 2, 1];

function ours(module, name) {
  module.initSync({ module: readFileSync(new URL(`../../pkg/wasm/${name}_bg.wasm`, import.meta.url)) });
  return () => {
    module.beginHash(utf8(password), utf8(salt), memory, passes, lanes);
    while (!module.step(2 ** 32 - 1));
    return Buffer.from(module.finish().split('$').at(-1), 'base64');
  };
}

async function crate(name) {
  const module = await import(pathToFileURL(join(crates, name, 'peers.js')).href);
  module.initSync({ module: readFileSync(join(crates, name, 'peers_bg.wasm')) });
  return () => module.argon2id(utf8(password), utf8(salt), memory, passes, lanes);
}

const children = [];

/** The reference implementation in a process of its own; one line is one hash, which costs nothing beside it. */
function native(program) {
  const child = spawn(program, [password, salt, memory, passes, lanes].map(String), {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  const lines = createInterface({ input: child.stdout });
  return async () => {
    const line = once(lines, 'line');
    child.stdin.write('1\n');
    return Buffer.from((await line)[0], 'hex');
  };
}

/** Every peer by name; those that cannot be had here are left out and named. */
async function peers() {
  const bytes = { password: utf8(password), salt: utf8(salt) };
  const makers = {
    'argon2 (crate), wasm with simd128': () => crate('simd'),
    'argon2 (crate), wasm without': () => crate('scalar'),
    '@phi-ag/argon2': async () => {
      const { default: init } = await load('@phi-ag/argon2/node');
      const argon2 = await init();
      const options = { salt: bytes.salt, hashLength: 32, timeCost: passes, memoryCost: memory, parallelism: lanes };
      return () => argon2.hash(password, { ...options, type: 2 }).hash;
    },
    argon2id: async () => {
      const { default: setUp } = await load('argon2id/lib/setup.js');
      const from = (name) => async (imports) =>
        WebAssembly.instantiate(readFileSync(new URL(`dist/${name}.wasm`, address('argon2id'))), imports);
      const hash = await setUp(from('simd'), from('no-simd'));
      return () => hash({ ...bytes, parallelism: lanes, passes, memorySize: memory, tagLength: 32 });
    },
    'hash-wasm': async () => {
      const { argon2id } = await load('hash-wasm');
      const cost = { parallelism: lanes, iterations: passes, memorySize: memory, hashLength: 32 };
      return () => argon2id({ ...bytes, ...cost, outputType: 'binary' });
    },
    'argon2 (npm, native)': async () => {
      const { default: argon2 } = await load('argon2');
      const cost = { timeCost: passes, memoryCost: memory, parallelism: lanes, hashLength: 32 };
      return () => argon2.hash(password, { ...cost, type: argon2.argon2id, salt: Buffer.from(salt), raw: true });
    },
    '@node-rs/argon2 (native)': async () => {
      const { hashRawSync } = await load('@node-rs/argon2');
      const cost = { timeCost: passes, memoryCost: memory, parallelism: lanes, outputLen: 32 };
      return () => hashRawSync(password, { ...cost, algorithm: 2, salt: bytes.salt });
    },
    libsodium: async () => {
      const { default: sodium } = await load('libsodium-wrappers-sumo');
      await sodium.ready;
      const algorithm = sodium.crypto_pwhash_ALG_ARGON2ID13;
      return () => sodium.crypto_pwhash(32, bytes.password, bytes.salt, passes, memory * 1024, algorithm);
    },
    '@noble/hashes': async () => {
      const { argon2id } = await load('@noble/hashes/argon2.js');
      return () => argon2id(bytes.password, bytes.salt, { t: passes, m: memory, p: lanes, dkLen: 32 });
    },
    'argon2-browser': async () => {
      // It takes every engine with `fetch` for a browser, and listens for what nobody caught.
      const { fetch } = globalThis;
      globalThis.fetch = undefined;
      const events = ['uncaughtException', 'unhandledRejection'];
      const heard = events.map((event) => process.listeners(event));
      const { default: argon2 } = await load('argon2-browser');
      const cost = { time: passes, mem: memory, parallelism: lanes, hashLen: 32, type: argon2.ArgonType.Argon2id };
      const hash = async () => (await argon2.hash({ pass: password, salt: bytes.salt, ...cost })).hash;
      await hash();
      globalThis.fetch = fetch;
      for (const [at, event] of events.entries())
        for (const listener of process.listeners(event))
          if (!heard[at].includes(listener)) process.off(event, listener);
      return hash;
    },
  };
  for (const [file, name] of [
    ['argon2-128', 'reference C, 128 bits'],
    ['argon2-256', 'reference C, AVX2'],
  ]) {
    const program = join(crates, file);
    if (existsSync(program)) makers[name] = () => native(program);
  }
  const found = [];
  const missing = [];
  for (const [name, make] of Object.entries(makers)) {
    try {
      found.push({ name, per: 1, run: await make() });
    } catch (error) {
      missing.push(`${name} (${String(error.message).split('\n')[0]})`);
    }
  }
  return { found, missing };
}

export const argon2 = {
  name: 'argon2',
  title: 'Argon2id',
  async run({ rounds, batch }) {
    const { found, missing } = await peers();
    for (const each of missing) process.stderr.write(`not measured: ${each}\n`);
    const candidates = [
      { name: 'Doorward', per: 1, run: ours(vectors, 'hash') },
      { name: 'Doorward, without vectors', per: 1, run: ours(words, 'hash_scalar') },
      ...found,
    ];
    const expected = Buffer.from(candidates[0].run()).toString('hex');
    for (const { name, run } of candidates) assert.equal(Buffer.from(await run()).toString('hex'), expected, name);
    const rows = await compare(candidates, { rounds, batch: Math.min(batch, 50) });
    for (const child of children.splice(0)) child.stdin.end();
    const title = 'Argon2id, 19 MiB, 2 passes, 1 lane; memory wiped, instance kept';
    return [{ id: 'argon2', title, unit: 'hash', rows }];
  },
};
