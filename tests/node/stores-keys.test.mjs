// The encoding of keys against vectors made by another program, and its order against the definition.
// It is internal (a store is asked through its contract), so it is imported from the built package by path.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { decodeKey, encodeKey, encodeKeyText, isBelow, prefixRange } from '../../pkg/dist/keys.js';
import { compareKeys } from './stores-model.mjs';

const vectors = JSON.parse(readFileSync(new URL('../vectors/keys.json', import.meta.url), 'utf8'));
const hex = (bytes) => Buffer.from(bytes).toString('hex');
const invalidKey = { name: 'DoorwardError', code: 'invalidKey' };

test('keys encode and decode as the vectors say, and are in their order', () => {
  for (const { key, hex: encoded } of vectors.keys) {
    assert.equal(hex(encodeKey(key)), encoded);
    assert.deepEqual(decodeKey(Buffer.from(encoded, 'hex')), key);
  }
  const texts = vectors.keys.map(({ key }) => encodeKeyText(key));
  assert.ok(texts.length > 40);
  for (let at = 1; at < texts.length; at += 1) assert.ok(texts[at - 1] < texts[at], `key ${at} is out of order`);
});

test('prefixes have the ends and the keys below that the vectors say', () => {
  for (const { prefix, start, end, below } of vectors.prefixes) {
    const range = prefixRange(prefix);
    assert.deepEqual([hex(range.start), hex(range.end)], [start, end]);
    const between = vectors.keys.flatMap(({ hex }, at) => (hex > start && hex < end ? [at] : []));
    assert.deepEqual(between, below);
    const text = Buffer.from(start, 'hex').toString('latin1');
    assert.deepEqual(
      vectors.keys.flatMap(({ key }, at) => (isBelow(encodeKeyText(key), text) ? [at] : [])),
      below,
    );
  }
});

test('malformed keys and bytes are refused', () => {
  for (const key of [...vectors.invalid, 'a', null, undefined, [1], [null], [['a']], new Array(2)]) {
    assert.throws(() => encodeKey(key), invalidKey, JSON.stringify(key));
  }
  for (const bytes of vectors.invalidBytes)
    assert.throws(() => decodeKey(Buffer.from(bytes, 'hex')), invalidKey, bytes);
});

const element = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.string({ unit: fc.constantFrom('', '\0', '\u0001', 'a', 'ÿ', '\uffff', '\u{10000}'), maxLength: 4 }),
);
const key = fc.array(element, { minLength: 1, maxLength: 4 });

test('any key comes back from its bytes', () => {
  fc.assert(
    fc.property(key, (key) => assert.deepEqual(decodeKey(encodeKey(key)), key)),
    { numRuns: 2000 },
  );
});

test('the order of encodings is the order of keys, as bytes and as texts', () => {
  const property = fc.property(key, key, (a, b) => {
    const expected = Math.sign(compareKeys(a, b));
    assert.equal(Buffer.compare(encodeKey(a), encodeKey(b)), expected);
    const [left, right] = [encodeKeyText(a), encodeKeyText(b)];
    assert.equal(left < right ? -1 : left > right ? 1 : 0, expected);
  });
  fc.assert(property, { numRuns: 5000 });
});

test('a key lies between the ends of a prefix exactly where it begins with its elements and goes on', () => {
  const property = fc.property(key, fc.array(element, { maxLength: 2 }), fc.boolean(), (tail, prefix, joined) => {
    const key = joined ? [...prefix, ...tail] : tail;
    const { start, end } = prefixRange(prefix);
    const encoded = encodeKey(key);
    const between = Buffer.compare(encoded, start) > 0 && Buffer.compare(encoded, end) < 0;
    const begins = key.length > prefix.length && prefix.every((element, at) => element === key[at]);
    assert.equal(between, begins);
  });
  fc.assert(property, { numRuns: 5000 });
});
