/** Keys, order, ranges and limits. */
import type { Key, Range } from '../contract.js';
import { limits } from '../limits.js';
import { equal, fails, get, keysBelow, plain, readOne, storeCase, write, type StoreCase } from './harness.js';

/** Keys in their order: separators, empty elements and NUL inside, and places where UTF-16 and UTF-8 order differ. */
export const orderedKeys: readonly Key[] = [
  [''],
  ['', ''],
  ['', 'a'],
  ['\0'],
  ['\0', 'x'],
  ['\u0001'],
  ['\u0001\u0001'],
  ['/'],
  [':'],
  ['a'],
  ['a', ''],
  ['a', '', ''],
  ['a', '\0'],
  ['a', '/b'],
  ['a', 'b'],
  ['a', 'b', 'c'],
  ['a', 'bc'],
  ['a', 'é'],
  ['a', '\uffff'],
  ['a', '\u{1f511}'],
  ['a\0'],
  ['a\0', 'b'],
  ['a\0\0'],
  ['a\0b'],
  ['a\u0001'],
  ['a/b'],
  ['ab'],
  ['ab', 'c'],
  ['abc'],
  ['b'],
  ['e\u0301'],
  ['\u007f'],
  ['\u0080'],
  ['é'],
  ['ÿ'],
  ['\u07ff'],
  ['\u0800'],
  ['\ud7ff'],
  ['\ue000'],
  ['\ufeff'],
  ['\ufeffa'],
  ['\uffff'],
  ['\u{10000}'],
  ['\u{10ffff}'],
];

const longest = 'k'.repeat(limits.keyElementBytes);

const badRanges: readonly (readonly [what: string, code: 'invalidRange' | 'invalidKey', range: unknown])[] = [
  ['null', 'invalidRange', null],
  ['a string', 'invalidRange', 'a'],
  ['an array', 'invalidRange', ['a']],
  ['neither key nor prefix', 'invalidRange', {}],
  ['key and prefix', 'invalidRange', { key: ['a'], prefix: ['a'] }],
  ['a key with a limit', 'invalidRange', { key: ['a'], limit: 1 }],
  ['an unknown field', 'invalidRange', { prefix: ['a'], offset: 3 }],
  ['limit 0', 'invalidRange', { prefix: ['a'], limit: 0 }],
  ['limit -1', 'invalidRange', { prefix: ['a'], limit: -1 }],
  ['limit 1.5', 'invalidRange', { prefix: ['a'], limit: 1.5 }],
  ['limit as a string', 'invalidRange', { prefix: ['a'], limit: '5' }],
  ['limit null', 'invalidRange', { prefix: ['a'], limit: null }],
  ['a limit too high', 'invalidRange', { prefix: ['a'], limit: limits.rangeEntries + 1 }],
  ['reverse as a string', 'invalidRange', { prefix: ['a'], reverse: 'yes' }],
  ['after outside the prefix', 'invalidRange', { prefix: ['a'], after: ['b'] }],
  ['after below a sibling', 'invalidRange', { prefix: ['a'], after: ['ab', 'c'] }],
  ['after below a sibling with NUL', 'invalidRange', { prefix: ['a'], after: ['a\0', 'c'] }],
  ['after equal to the prefix', 'invalidRange', { prefix: ['a'], after: ['a'] }],
  ['an empty key', 'invalidKey', { key: [] }],
  ['a string as key', 'invalidKey', { key: 'a' }],
  ['a number in a key', 'invalidKey', { key: ['a', 1] }],
  ['a hole in a key', 'invalidKey', { key: new Array(1) }],
  ['a string as prefix', 'invalidKey', { prefix: 'a' }],
  ['an empty after', 'invalidKey', { prefix: [], after: [] }],
  ['nine elements', 'invalidKey', { key: Array.from({ length: limits.keyElements + 1 }, () => 'a') }],
  ['an element too long', 'invalidKey', { key: [longest + 'k'] }],
  ['an element too long in UTF-8 only', 'invalidKey', { key: ['é'.repeat(limits.keyElementBytes / 2 + 1)] }],
  ['a key too long when encoded', 'invalidKey', { key: [longest, longest] }],
  ['a key too long by its NULs', 'invalidKey', { key: ['\0'.repeat(limits.keyElementBytes)] }],
  ['a lone high surrogate', 'invalidKey', { key: ['a\ud800'] }],
  ['a lone low surrogate', 'invalidKey', { prefix: ['\udc00a'] }],
];

export const readCases: readonly StoreCase[] = [
  storeCase('an empty store gives nothing, whatever the range', async (open) => {
    const store = await open();
    const { ranges } = await store.read([
      { key: ['a'] },
      { prefix: [] },
      { prefix: ['a'] },
      { prefix: [], reverse: true },
      { prefix: ['a'], after: ['a', 'b'], limit: 1 },
    ]);
    equal(ranges, [[], [], [], [], []], 'ranges of an empty store');
    equal((await store.read([])).ranges, [], 'a read of no ranges');
  }),

  storeCase('every key comes back as it was, by itself and below its prefixes', async (open) => {
    const store = await open();
    await write(store, ...orderedKeys.map((key) => ({ set: key, value: JSON.stringify(key) })));
    const { ranges } = await store.read(orderedKeys.map((key) => ({ key })));
    equal(
      ranges.map(plain),
      orderedKeys.map((key) => [[key, JSON.stringify(key)]]),
      'exact keys',
    );
    for (const prefix of orderedKeys) {
      const below = orderedKeys.filter(
        (key) => key.length > prefix.length && prefix.every((element, at) => key[at] === element),
      );
      equal(await keysBelow(store, prefix), below, `keys below ${JSON.stringify(prefix)}`);
    }
  }),

  storeCase('the order is that of UTF-8 bytes, element by element, in both directions', async (open) => {
    const store = await open();
    await write(store, ...orderedKeys.toReversed().map((key) => ({ set: key, value: '1' })));
    equal(await keysBelow(store, []), orderedKeys, 'forwards');
    const reversed = await readOne(store, { prefix: [], reverse: true });
    equal(
      reversed.map(({ key }) => key),
      orderedKeys.toReversed(),
      'backwards',
    );
  }),

  storeCase('after starts strictly behind a key, there or not, in both directions', async (open) => {
    const store = await open();
    const present = orderedKeys.filter((_, at) => at % 2 === 0);
    await write(store, ...present.map((key) => ({ set: key, value: '1' })));
    const ahead = orderedKeys.map((after): Range => ({ prefix: [], after }));
    const back = orderedKeys.map((after): Range => ({ prefix: [], after, reverse: true }));
    const { ranges } = await store.read([...ahead, ...back]);
    orderedKeys.forEach((after, at) => {
      const rest = orderedKeys.slice(at + 1).filter((key) => present.includes(key));
      const before = orderedKeys.slice(0, at).filter((key) => present.includes(key));
      const name = JSON.stringify(after);
      equal(
        ranges[at]?.map(({ key }) => key),
        rest,
        `after ${name}`,
      );
      equal(
        ranges[orderedKeys.length + at]?.map(({ key }) => key),
        before.toReversed(),
        `before ${name}`,
      );
    });
  }),

  storeCase('limit cuts, and paging by after loses and repeats nothing', async (open) => {
    const store = await open();
    const keys = Array.from({ length: 23 }, (_, at): Key => ['page', String(at).padStart(3, '0')]);
    await write(store, { set: ['page'], value: '0' }, { set: ['pagf', 'x'], value: '0' });
    await write(store, ...keys.map((key) => ({ set: key, value: '1' })));
    for (const reverse of [false, true]) {
      const seen: Key[] = [];
      for (;;) {
        const after = seen.at(-1);
        const page = await readOne(store, { prefix: ['page'], limit: 5, reverse, ...(after ? { after } : {}) });
        seen.push(...page.map(({ key }) => key));
        if (page.length < 5) break;
      }
      equal(seen, reverse ? keys.toReversed() : keys, reverse ? 'pages backwards' : 'pages forwards');
    }
    equal((await readOne(store, { prefix: ['page'], limit: 23 })).length, 23, 'a limit that is just enough');
  }),

  storeCase('a range without a limit gives the most a range can give', async (open) => {
    const store = await open();
    const keys = Array.from({ length: limits.rangeEntries + 5 }, (_, at): Key => ['n', String(at).padStart(6, '0')]);
    await write(store, ...keys.map((key) => ({ set: key, value: '1' })));
    equal(await keysBelow(store, ['n']), keys.slice(0, limits.rangeEntries), 'the first entries');
  }),

  storeCase('siblings that share letters with a prefix are not below it', async (open) => {
    const store = await open();
    const keys: Key[] = [['ab'], ['ab', 'c'], ['ab\0'], ['ab\0', 'c'], ['ab/c'], ['abc'], ['abc', 'd'], ['a', 'b']];
    await write(store, ...keys.map((key) => ({ set: key, value: '1' })));
    equal(await keysBelow(store, ['ab']), [['ab', 'c']], 'below ["ab"]');
    equal(await keysBelow(store, ['a']), [['a', 'b']], 'below ["a"]');
    equal(await keysBelow(store, ['ab', 'c']), [], 'below a key without children');
    equal(await keysBelow(store, ['abc', 'd', 'e']), [], 'below what is not there');
  }),

  storeCase('the longest keys and a prefix of eight elements work', async (open) => {
    const store = await open();
    const eight = Array.from({ length: limits.keyElements }, () => 'e');
    const full = [longest, 'k'.repeat(limits.keyBytes - longest.length - 2)];
    for (const key of [eight, [longest], ['é'.repeat(limits.keyElementBytes / 2)], full]) {
      await write(store, { set: key, value: '"long"' });
      equal((await get(store, key))?.key, key, 'a key at its limit');
    }
    equal(await keysBelow(store, eight), [], 'below eight elements');
    equal(await keysBelow(store, [longest]), [full], 'below a long prefix');
    equal(plain(await readOne(store, { prefix: [longest], after: full, reverse: true })), [], 'before a long key');
  }),

  storeCase('a read gives its ranges in the order asked, also twice the same', async (open) => {
    const store = await open();
    await write(store, { set: ['a'], value: '1' }, { set: ['b', 'c'], value: '2' });
    const { ranges } = await store.read([{ prefix: ['b'] }, { key: ['a'] }, { key: ['none'] }, { prefix: ['b'] }]);
    const below = [[['b', 'c'], '2']];
    equal(ranges.map(plain), [below, [[['a'], '1']], [], below], 'ranges');
  }),

  storeCase('malformed ranges are refused with their code', async (open) => {
    const store = await open();
    for (const [what, code, range] of badRanges) await fails(store.read([range as Range]), code, what);
    await fails(store.read({ prefix: [] } as unknown as Range[]), 'invalidRange', 'no array');
    await fails(store.read([{ key: ['a'] }, null as unknown as Range]), 'invalidRange', 'a good and a bad range');
    const many = Array.from({ length: limits.readRanges }, (): Range => ({ key: ['a'] }));
    equal((await store.read(many)).ranges.length, limits.readRanges, 'as many ranges as allowed');
    await fails(store.read([...many, { key: ['a'] }]), 'limitExceeded', 'too many ranges');
  }),
];
