// The comparison has to see a difference, or the vectors prove nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { match } from './octoprint-match.mjs';

for (const [title, expected, good, bad] of [
  ['values', 1, [1], [2, '1', null, undefined, [1]]],
  ['objects by the named keys', { a: 1 }, [{ a: 1 }, { a: 1, b: 2 }], [{ a: 2 }, {}, null, [1]]],
  ['null is not absence', { a: null }, [{ a: null }], [{}, { a: 0 }]],
  ['lists in order', [1, 2], [[1, 2]], [[2, 1], [1], [1, 2, 3], { 0: 1, 1: 2 }]],
  ['$is', { $is: { a: { b: 1 } } }, [{ a: { b: 1, c: 2 } }], [{ a: { b: 1 }, d: 1 }, {}, null]],
  ['$is of nothing', { $is: {} }, [{}], [{ a: 1 }, [], null, undefined]],
  ['$set', { $set: [1, 2] }, [[2, 1]], [[1], [1, 1], [1, 2, 3], null]],
  [
    '$set gives each its own',
    { $set: [{ a: 1 }, { a: 1, b: 2 }] },
    [
      [
        { a: 1, b: 2 },
        { a: 1, b: 3 },
      ],
    ],
    [[{ a: 1, b: 3 }, { a: 1 }]],
  ],
  ['$has', { $has: [2] }, [[1, 2]], [[1], [], 2]],
  [
    '$starts',
    { $starts: [1, 2] },
    [
      [1, 2, 3],
      [1, 2],
    ],
    [[2, 1], [1]],
  ],
  ['$core', { $core: ['A', 'B'] }, [['B', 'PLUGIN_X', 'A']], [['A'], ['A', 'B', 'C']]],
  ['$every', { $every: { a: null } }, [[{ a: null }]], [[], [{ a: null }, { a: 1 }]]],
  ['$in', { $in: [1, [2]] }, [1, [2]], [2]],
  ['$ne', { $ne: 'x' }, ['y'], ['x']],
  ['$match', { $match: '^a+$' }, ['aa'], ['ab', 1, undefined]],
  [
    '$after',
    { $after: '2026-01-01T00:00:00+00:00' },
    ['2026-01-01T00:00:01+00:00'],
    ['2026-01-01T00:00:00+00:00', 'x'],
  ],
  ['$absent', { a: { $absent: true } }, [{}], [{ a: null }]],
]) {
  test(title, () => {
    for (const actual of good) assert.deepEqual(match(expected, actual), [], JSON.stringify(actual));
    for (const actual of bad) assert.notDeepEqual(match(expected, actual), [], JSON.stringify(actual));
  });
}

test('an operator that is none is an error', () => {
  assert.throws(() => match({ $nope: 1 }, 1), /no such operator/);
});
