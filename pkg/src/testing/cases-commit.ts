/** Commits: checks, versions, all or nothing. */
import type { Commit, Key, Mutation, Version } from '../contract.js';
import type { ErrorCode } from '../errors.js';
import { limits } from '../limits.js';
import { accepted, assert, equal, fails, get, keysBelow, plain, readOne, refused } from './harness.js';
import { storeCase, write, type StoreCase } from './harness.js';

const a: Key = ['a'];
const b: Key = ['b'];
const badCommits: readonly (readonly [what: string, code: ErrorCode, commit: unknown])[] = [
  ['null', 'invalidCommit', null],
  ['no checks', 'invalidCommit', { mutations: [] }],
  ['no mutations', 'invalidCommit', { checks: [] }],
  ['an unknown field', 'invalidCommit', { checks: [], mutations: [], enqueue: [] }],
  ['a check without a version', 'invalidCommit', { checks: [{ key: a }], mutations: [] }],
  ['a numeric version', 'invalidCommit', { checks: [{ key: a, version: 1 }], mutations: [] }],
  ['an unknown field of a check', 'invalidCommit', { checks: [{ key: a, version: null, not: true }], mutations: [] }],
  ['a check on an empty key', 'invalidKey', { checks: [{ key: [], version: null }], mutations: [] }],
  ['a check that is null', 'invalidCommit', { checks: [null], mutations: [] }],
  ['an empty mutation', 'invalidCommit', { checks: [], mutations: [{}] }],
  ['a set without a value', 'invalidCommit', { checks: [], mutations: [{ set: a }] }],
  ['a value that is no string', 'invalidCommit', { checks: [], mutations: [{ set: a, value: { x: 1 } }] }],
  ['an empty value', 'invalidCommit', { checks: [], mutations: [{ set: a, value: '' }] }],
  ['a lone surrogate in a value', 'invalidCommit', { checks: [], mutations: [{ set: a, value: '"\ud800"' }] }],
  ['set and delete', 'invalidCommit', { checks: [], mutations: [{ set: a, value: '1', delete: a }] }],
  ['an unknown field of a set', 'invalidCommit', { checks: [], mutations: [{ set: a, value: '1', expires: 5 }] }],
  ['a bad key after good ones', 'invalidKey', { checks: [], mutations: [{ set: a, value: '1' }, { delete: [] }] }],
];

export const commitCases: readonly StoreCase[] = [
  storeCase('a set value is there for every handle, at the version of its commit', async (open) => {
    const [one, two] = [await open(), await open()];
    const version = await write(one, { set: ['user', '7'], value: '{"name":"ann"}' });
    for (const store of [one, two]) {
      equal(await get(store, ['user', '7']), { key: ['user', '7'], value: '{"name":"ann"}', version }, 'the entry');
    }
    const next = await write(two, { set: ['user', '7'], value: '{"name":"ann"}' });
    assert(next !== version, 'the same value set again needs a new version');
    equal((await get(one, ['user', '7']))?.version, next, 'the version after the second commit');
  }),

  storeCase('other keys keep their versions', async (open) => {
    const store = await open();
    const version = await write(store, { set: a, value: '1' }, { set: b, value: '1' });
    await write(store, { set: b, value: '2' });
    equal((await get(store, a))?.version, version, 'the version of the untouched key');
  }),

  storeCase('version null: passes where the key is absent, fails where it is there', async (open) => {
    const store = await open();
    const mutations: Mutation[] = [{ set: a, value: '1' }];
    accepted(await store.commit({ checks: [{ key: a, version: null }], mutations }));
    refused(await store.commit({ checks: [{ key: a, version: null }], mutations }), [a], 'a key that is there');
    await write(store, { delete: a });
    accepted(await store.commit({ checks: [{ key: a, version: null }], mutations }));
  }),

  storeCase('a version: passes while it is current, fails once it is stale, absent or made up', async (open) => {
    const [one, two] = [await open(), await open()];
    const first = await write(one, { set: a, value: '1' });
    const mutations: Mutation[] = [{ set: a, value: '2' }];
    const second = accepted(await two.commit({ checks: [{ key: a, version: first }], mutations }));
    refused(await one.commit({ checks: [{ key: a, version: first }], mutations }), [a], 'a stale version');
    refused(await one.commit({ checks: [{ key: a, version: 'no such' }], mutations }), [a], 'a made-up version');
    refused(await one.commit({ checks: [{ key: b, version: second }], mutations }), [b], 'an absent key');
    accepted(await one.commit({ checks: [{ key: a, version: second }], mutations }));
  }),

  storeCase('a conflict names exactly the failing keys, each once', async (open) => {
    const store = await open();
    const version = await write(store, { set: a, value: '1' }, { set: b, value: '1' });
    const checks: Commit['checks'] = [
      { key: ['x', '\0'], version },
      { key: a, version },
      { key: b, version: null },
      { key: b, version: 'stale' },
      { key: ['y'], version: null },
    ];
    const result = await store.commit({ checks, mutations: [{ set: ['z'], value: '1' }] });
    refused(result, [['x', '\0'], b], 'the conflicts');
    refused(await store.commit({ checks, mutations: [] }), [['x', '\0'], b], 'the conflicts of checks alone');
  }),

  storeCase('a failed commit leaves no trace', async (open) => {
    const [one, two] = [await open(), await open()];
    const version = await write(one, { set: a, value: '1' }, { set: ['c'], value: '3' });
    const result = await one.commit({
      checks: [
        { key: a, version },
        { key: b, version },
      ],
      mutations: [{ set: a, value: '2' }, { set: b, value: '2' }, { delete: ['c'] }, { set: ['d', 'e'], value: '4' }],
    });
    refused(result, [b], 'the conflict');
    for (const store of [one, two]) {
      equal(
        await readOne(store, { prefix: [] }),
        [
          { key: a, value: '1', version },
          { key: ['c'], value: '3', version },
        ],
        'the store after a failed commit',
      );
    }
  }),

  storeCase('mutations of one key apply in order', async (open) => {
    const store = await open();
    await write(store, { set: ['x'], value: '0' });
    await write(
      store,
      { set: a, value: '1' },
      { set: a, value: '2' },
      { set: b, value: '1' },
      { delete: b },
      { delete: ['x'] },
      { set: ['x'], value: '3' },
      { delete: ['never there'] },
    );
    equal(
      plain(await readOne(store, { prefix: [] })),
      [
        [a, '2'],
        [['x'], '3'],
      ],
      'the result',
    );
  }),

  storeCase('checks alone, mutations alone and neither are commits', async (open) => {
    const store = await open();
    accepted(await store.commit({ checks: [], mutations: [] }));
    const version = await write(store, { set: a, value: '1' });
    accepted(
      await store.commit({
        checks: [
          { key: a, version },
          { key: a, version },
        ],
        mutations: [],
      }),
    );
    equal((await get(store, a))?.version, version, 'the version after commits that change nothing');
  }),

  storeCase('a deleted key that is made again never has an old version again', async (open) => {
    const stores = [await open(), await open()];
    const versions = new Set<Version>();
    for (let round = 0; round < 6; round += 1) {
      const store = stores[round % 2] as (typeof stores)[0];
      versions.add(await write(store, { set: a, value: '1' }));
      await write(store, { delete: a });
      equal(await keysBelow(store, []), [], 'after the delete');
    }
    assert(versions.size === 6, `${versions.size} different versions in six rounds`);
    const current = await write(stores[0] as (typeof stores)[0], { set: a, value: '1' });
    for (const version of versions) {
      const result = await (stores[1] as (typeof stores)[0]).commit({ checks: [{ key: a, version }], mutations: [] });
      refused(result, [a], 'a version of an earlier life');
    }
    assert(!versions.has(current), 'an old version came again');
  }),

  storeCase('commits of one turn have versions and results of their own', async (open) => {
    const store = await open();
    const results = await Promise.all([
      store.commit({ checks: [{ key: a, version: null }], mutations: [{ set: a, value: '1' }] }),
      store.commit({
        checks: [{ key: a, version: null }],
        mutations: [
          { set: a, value: '2' },
          { set: b, value: '2' },
        ],
      }),
      store.commit({ checks: [], mutations: [{ set: ['c'], value: '3' }] }),
    ]);
    const winners = results.slice(0, 2).filter(({ ok }) => ok);
    assert(winners.length === 1, 'one of two commits has to win');
    assert(
      new Set([winners[0], results[2]].map((result) => accepted(result as never))).size === 2,
      'one version twice',
    );
  }),

  storeCase('a value at its limit is kept, one byte more is refused', async (open) => {
    const store = await open();
    for (const letter of ['x', 'é', '\u{1f511}']) {
      const size = new TextEncoder().encode(letter).length;
      const rest = (limits.valueBytes - 2) % size;
      const value = `"${letter.repeat((limits.valueBytes - 2 - rest) / size)}${'.'.repeat(rest)}"`;
      await write(store, { set: a, value });
      assert((await get(store, a))?.value === value, 'the large value came back changed');
      const more: Commit = {
        checks: [],
        mutations: [
          { set: b, value: '1' },
          { set: a, value: `${value}.` },
        ],
      };
      await fails(store.commit(more), 'limitExceeded', 'a value that is too large');
      equal(await keysBelow(store, []), [a], 'the keys after a refused value');
    }
  }),

  storeCase('values keep every character', async (open) => {
    const [one, two] = [await open(), await open()];
    for (const value of ['null', '""', '" \\u0000 \\n"', '"\u0000\ufeff\u2028é\u{1f511}"', ' [1, 2] ', '\ufeff1']) {
      await write(one, { set: a, value });
      equal((await get(two, a))?.value, value, 'the value');
    }
  }),

  storeCase('as many mutations and checks as allowed are one commit, one more is refused', async (open) => {
    const store = await open();
    const keys = Array.from({ length: limits.mutations }, (_, at): Key => ['m', String(at)]);
    const sets = keys.map((key): Mutation => ({ set: key, value: '1' }));
    const absent = keys.map((key) => ({ key, version: null }));
    const spare = { key: a, version: null };
    await fails(store.commit({ checks: [], mutations: [...sets, { delete: a }] }), 'limitExceeded', 'mutations');
    await fails(store.commit({ checks: [...absent, spare], mutations: [] }), 'limitExceeded', 'checks');
    equal(await keysBelow(store, []), [], 'after refused commits');
    accepted(await store.commit({ checks: absent, mutations: sets }));
    refused(await store.commit({ checks: absent, mutations: [] }), keys, 'all checks fail now');
  }),

  storeCase('malformed commits are refused with their code and change nothing', async (open) => {
    const store = await open();
    for (const [what, code, commit] of badCommits) await fails(store.commit(commit as Commit), code, what);
    equal(await keysBelow(store, []), [], 'after refused commits');
  }),

  storeCase('what is given to a store can be changed afterwards without effect', async (open) => {
    const store = await open();
    const key = ['a', 'b'];
    const range = { prefix: ['a'], limit: 5 };
    const set = { set: key, value: '1' };
    const commit = { checks: [{ key: key, version: null }], mutations: [set] };
    const committing = store.commit(commit);
    key[1] = 'changed';
    set.value = '2';
    commit.mutations.push({ set: ['more'], value: '3' });
    accepted(await committing);
    const checked = ['x'];
    const failing = store.commit({ checks: [{ key: checked, version: 'none' }], mutations: [] });
    checked[0] = 'changed';
    refused(await failing, [['x']], 'the conflict');
    const reading = store.read([range]);
    range.prefix[0] = 'b';
    range.limit = 0;
    equal(plain((await reading).ranges[0] ?? []), [[['a', 'b'], '1']], 'the entries');
    equal(await keysBelow(store, []), [['a', 'b']], 'the keys');
  }),

  storeCase('what a store gives can be changed without effect on it', async (open) => {
    const store = await open();
    const version = await write(store, { set: ['a', 'b'], value: '1' });
    const spoil = (change: () => void): void => {
      try {
        change();
      } catch {
        // A frozen object refuses, which is as good as a copy.
      }
    };
    const first = await store.read([{ prefix: [] }]);
    const entry = first.ranges[0]?.[0] as unknown as { key: string[]; value: string };
    spoil(() => (entry.key[0] = 'spoilt'));
    spoil(() => (entry.value = 'spoilt'));
    spoil(() => (first.ranges as unknown[]).push([]));
    spoil(() => (first.ranges[0] as unknown[]).pop());
    const conflict = await store.commit({ checks: [{ key: ['a', 'b'], version: null }], mutations: [] });
    if (!conflict.ok) spoil(() => ((conflict.conflicts[0] as string[])[0] = 'spoilt'));
    equal(await readOne(store, { prefix: [] }), [{ key: ['a', 'b'], value: '1', version }], 'the entry');
  }),
];
