// Functions that panics begin with trap at once; all others are as they were.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trapAtOnce } from '../../scripts/lib/panics.mjs';

const block = (bytes) => [bytes.length, ...bytes];
const text = (string) => block([...Buffer.from(string)]);

/** Functions that give 7, exported by number, under these names; one more is imported. */
function moduleOf(names) {
  const sections = [
    [1, 1, 0x60, 0, 1, 0x7f],
    [2, 1, ...text('env'), ...text('f'), 0, 0],
    [3, names.length, ...names.map(() => 0)],
    [7, names.length, ...names.flatMap((_, at) => [...text(String(at)), 0, at + 1])],
    [10, names.length, ...names.flatMap(() => block([0, 0x41, 7, 0x0b]))],
  ];
  const map = [names.length, ...names.flatMap((name, at) => [at + 1, ...text(name)])];
  const named = [...text('name'), 1, ...block(map)];
  const small = sections.flatMap(([id, ...rest]) => [id, ...block(rest)]);
  return Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...small, 0, ...block(named)]);
}

function exportsOf(names) {
  const module = new WebAssembly.Module(trapAtOnce(moduleOf(names)));
  return new WebAssembly.Instance(module, { env: { f: () => 0 } }).exports;
}

test('what a panic begins with is a trap, with the mark of a version or without', () => {
  const exports = exportsOf(['core[1f]::panicking::panic_fmt', 'core::option::unwrap_failed']);
  for (const one of Object.values(exports)) assert.throws(one, WebAssembly.RuntimeError);
});

test('what a panic does not begin with stays', () => {
  const exports = exportsOf(['core[1f]::fmt::write', 'doorward::core::panicking::no', 'core::option::Option::map']);
  for (const one of Object.values(exports)) assert.equal(one(), 7);
});
