// What the hash's module is made of, and what it leaves behind.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import binaryen from 'binaryen';
import * as vector from '../../pkg/wasm/hash.js';
// A second instance of the same bindings.
import * as scalar from '../../pkg/wasm/hash.js?scalar';
import * as imported from '../../pkg/wasm/imported.js';

const wasm = (name) => readFileSync(new URL(`../../pkg/wasm/${name}_bg.wasm`, import.meta.url));
const { memory } = vector.initSync({ module: wasm('hash') });
const { memory: scalarMemory } = scalar.initSync({ module: wasm('hash_scalar') });
const { memory: importedMemory } = imported.initSync({ module: wasm('imported') });

const utf8 = (text) => new TextEncoder().encode(text);
const salt = new Uint8Array(16).fill(7);

function hash(module, password, cost) {
  assert.equal(module.beginHash(utf8(password), salt, ...cost), undefined);
  while (!module.step(1000));
  return module.finish();
}

test('words are multiplied by halves, and turned by swizzles', () => {
  const module = binaryen.readBinary(wasm('hash'));
  const text = module.emitText();
  module.dispose();
  const count = (instruction) => text.split(`(${instruction}`).length - 1;
  // What LLVM makes of it when it recognises the pattern, and engines have no instruction for.
  assert.equal(count('i64x2.mul'), 0);
  // Fresh blocks and those of later passes, rows and columns, two matrices, two halves of a round, four sums of rows each.
  assert.equal(count('i64x2.extmul_low_i32x4_u'), 64);
  assert.equal(count('i64x2.extmul_high_i32x4_u'), 64);
  // In place of the four sums two rotations of two vectors.
  assert.equal(count('i8x16.swizzle'), 64);
});

test('the two kernels agree', () => {
  for (const cost of [
    [8, 1, 1],
    [64, 3, 1],
    [100, 2, 3],
    [1024, 1, 4],
    [19_456, 2, 1],
  ]) {
    const phc = hash(vector, 'pässwörd', cost);
    assert.match(phc, /^\$argon2id\$v=19\$/);
    assert.equal(hash(scalar, 'pässwörd', cost), phc);
    assert.equal(scalar.beginVerify(utf8('pässwörd'), phc), undefined);
    assert.equal(scalar.finish(), '');
  }
});

test('the scalar module knows no vectors', () => {
  const module = binaryen.readBinary(wasm('hash_scalar'));
  const text = module.emitText();
  module.dispose();
  assert.doesNotMatch(text, /v128|i8x16|i64x2/);
  assert.match(text, /i64\.mul/);
});

/** Is a piece of what has to be gone still there? Pieces as small as a vector. */
function remains(left, secrets) {
  const found = [];
  for (const [name, bytes] of Object.entries(secrets)) {
    for (let at = 0; at + 16 <= bytes.length; at += 16) {
      if (left.indexOf(bytes.subarray(at, at + 16)) >= 0) found.push(`${name}, byte ${at}`);
    }
  }
  return found;
}

const le = (...numbers) => Buffer.from(Uint32Array.from(numbers).buffer);
const blake2b = (...parts) =>
  createHash('blake2b512')
    .update(Buffer.concat(parts.map((part) => Buffer.from(part))))
    .digest();

/** The first two blocks of RFC 9106, section 3.2, and what they are made of. */
function secretsOf(password, [m, t, p]) {
  const h0 = blake2b(le(p, 32, m, t, 0x13, 2), le(password.length), password, le(salt.length), salt, le(0), le(0));
  const block = (at) => {
    let last = blake2b(le(1024), h0, le(at, 0));
    const pieces = [];
    for (let piece = 0; piece < 30; piece++) {
      pieces.push(last.subarray(0, 32));
      last = blake2b(last);
    }
    return Buffer.concat([...pieces, last]);
  };
  return { password: Buffer.from(password), h0, 'block 0': block(0), 'block 1': block(1) };
}

for (const [name, module, kept] of [
  ['vectors', vector, memory],
  ['words', scalar, scalarMemory],
]) {
  test(`after a hash nothing of it is left in the memory (${name})`, () => {
    const password = utf8('a password that is easily found again, and longer than a block of BLAKE2b: '.repeat(2));
    const cost = [19_456, 2, 1];
    const secrets = secretsOf(password, cost);
    // Growing takes the buffer away.
    const left = () => Buffer.from(kept.buffer);

    // What is looked for is there as long as the hash is on its way: the first blocks, before the second pass. Only the
    // first hash has to make the memory.
    hash(module, 'another', cost);
    assert.equal(module.beginHash(password.slice(), salt, ...cost), undefined);
    assert.equal(module.step(1000), false);
    const during = remains(left(), { 'block 0': secrets['block 0'] });
    assert.equal(during.length, 64);
    while (!module.step(1000));
    const phc = module.finish();
    const tag = Buffer.from(phc.split('$').at(-1), 'base64');
    assert.equal(tag.length, 32);

    assert.ok(left().length > 19_456 * 1024);
    assert.deepEqual(remains(left(), { ...secrets, tag }), []);
    // Verifying leaves no more behind than the tag, which came in with the PHC string.
    assert.equal(module.beginVerify(password.slice(), phc), undefined);
    assert.equal(module.finish(), '');
    assert.deepEqual(remains(left(), secrets), []);

    let used = 0;
    const bytes = left();
    for (let at = 0; at < bytes.length; at += 1024)
      if (bytes.subarray(at, at + 1024).some((byte) => byte !== 0)) used += 1;
    // The stack, the data of the module and what the allocator knows of its blocks.
    assert.ok(used < 32, `${used} KiB hold something`);
  });
}

test('nor of the hashes of imports', () => {
  const password = 'a password that is easily found again';
  const digest = createHash('sha512').update(password).update(salt).digest();
  const text = (bytes) => Buffer.from(bytes).toString('base64').replace(/=+$/, '');
  const of = (form) => imported.verifyImported(utf8(password), form);
  assert.equal(of(`$sha512-suffix$${text(salt)}$${text(digest)}`), '');
  assert.equal(of(`$sha256-prefix$${text(salt)}$${text(digest.subarray(0, 32))}`), undefined);
  assert.equal(of(`$pbkdf2-sha256$10$${text(salt)}$${text(digest.subarray(0, 32))}`), undefined);
  assert.deepEqual(remains(Buffer.from(importedMemory.buffer), { password: Buffer.from(password) }), []);
});
