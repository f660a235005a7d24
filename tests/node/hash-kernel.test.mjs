// What the hash's module is made of, and what it leaves behind.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import binaryen from 'binaryen';
import { initSync, hash } from '../../pkg/wasm/hash.js';

const binary = readFileSync(new URL('../../pkg/wasm/hash_bg.wasm', import.meta.url));

test('words are multiplied by halves, and turned by swizzles', () => {
  const module = binaryen.readBinary(binary);
  const text = module.emitText();
  module.dispose();
  const count = (instruction) => text.split(`(${instruction}`).length - 1;
  // What LLVM makes of it when it recognises the pattern, and engines have no instruction for.
  assert.equal(count('i64x2.mul'), 0);
  // Rows and columns, two halves of a round, four sums of rows each.
  assert.equal(count('i64x2.extmul_low_i32x4_u'), 16);
  assert.equal(count('i64x2.extmul_high_i32x4_u'), 16);
  assert.equal(count('i8x16.swizzle'), 16);
});

test('after a hash the memory is wiped', () => {
  const { memory } = initSync({ module: binary });
  const password = 'a password that is easily found again';
  const salt = new Uint8Array(16).fill(7);
  const phc = hash(new TextEncoder().encode(password), salt, 19_456, 2, 1);
  assert.match(phc, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  const left = Buffer.from(memory.buffer);
  assert.ok(left.length > 19_456 * 1024);
  assert.equal(left.indexOf(password), -1, 'the password is still there');
  let used = 0;
  for (let at = 0; at < left.length; at += 1024) if (left.subarray(at, at + 1024).some((byte) => byte !== 0)) used += 1;
  // The stack, the data of the module and what the allocator knows of its blocks.
  assert.ok(used < 200, `${used} KiB hold something`);
});
