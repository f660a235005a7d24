// The order of functions: only names are added, each function has one, and what is alike comes side by side.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nameByLikeness, pieces } from '../../scripts/lib/likeness.mjs';

const block = (bytes) => [bytes.length, ...bytes];
const text = (string) => block([...Buffer.from(string)]);

/** Functions that push constants and drop them; those before are imported. */
function moduleOf(constants, imported = 0) {
  const body = (numbers) => block([0, ...numbers.flatMap((number) => [0x41, number, 0x1a]), 0x0b]);
  const imports = Array.from({ length: imported }, () => [...text('env'), ...text('f'), 0, 0]).flat();
  const sections = [
    [1, 1, 0x60, 0, 0],
    [2, imported + 4, ...imports],
    [3, constants.length, ...constants.map(() => 0)],
    [10, constants.length, ...constants.flatMap(body)],
  ];
  // Whatever can be imported beside functions.
  const others = [
    [...text('env'), ...text('t'), 1, 0x70, 0, 1],
    [...text('env'), ...text('u'), 1, 0x70, 1, 1, 2],
    [...text('env'), ...text('m'), 2, 0, 1],
    [...text('env'), ...text('g'), 3, 0x7f, 0],
  ].flat();
  sections[1].push(...others);
  return Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...sections.flatMap(([id, ...rest]) => [id, ...block(rest)])]);
}

/** What the added section calls the functions, by number. */
function namesOf(named, plain) {
  assert.deepEqual(named.subarray(0, plain.length), plain);
  const found = [
    ...named
      .subarray(plain.length)
      .toString('latin1')
      .matchAll(/([^])\x07(f\d{6})/g),
  ];
  return new Map(found.map(([, number, name]) => [number.charCodeAt(0), name]));
}

test('functions that are alike come side by side, the largest first', () => {
  const a = [1, 2, 3, 4, 5, 6];
  const b = [31, 32, 33, 34, 35, 36];
  const plain = moduleOf([a, [...b, 1], [...a, 7, 8], b], 3);
  assert.ok(WebAssembly.validate(plain));
  for (const piece of pieces) {
    const named = nameByLikeness(plain, piece);
    assert.ok(WebAssembly.validate(named));
    const names = namesOf(named, plain);
    const order = [...names].sort(([, one], [, other]) => (one < other ? -1 : 1)).map(([number]) => number - 3);
    assert.deepEqual(order, [2, 0, 3, 1]);
  }
});

test('the same module is given the same order', () => {
  const plain = moduleOf([[1, 2, 3], [4, 5, 6], [1, 2, 3], [7]]);
  for (const piece of pieces) {
    assert.deepEqual(nameByLikeness(plain, piece), nameByLikeness(plain, piece));
    assert.equal(namesOf(nameByLikeness(plain, piece), plain).size, 4);
  }
});
