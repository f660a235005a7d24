/** Several handles at once, closing, watching. */
import type { Change, Key, Store } from '../contract.js';
import { DoorwardError } from '../errors.js';
import { accepted, assert, equal, fails, get, pause, plain, readOne, storeCase, until, write } from './harness.js';
import type { StoreCase } from './harness.js';

type Watching = Store & Required<Pick<Store, 'watch'>>;

function watches(store: Store): store is Watching {
  return store.capabilities.watch === true;
}

/** Does the store know its epoch at the moment? */
function knows(store: Store): boolean {
  try {
    store.epoch?.();
    return true;
  } catch {
    return false;
  }
}

/** A case about `watch`: `one` watches, `two` is a second handle on the same data. */
function watchCase(name: string, body: (one: Watching, two: Store) => Promise<void>): StoreCase {
  return storeCase(name, async (open) => {
    const [one, two] = [await open(), await open()];
    if (!watches(one)) return { skipped: 'the adapter does not declare `watch`' };
    await body(one, two);
    return undefined;
  });
}

/** Adds one to a counter, again and again until it is through; gives the number of conflicts on the way. */
async function increment(store: Store, key: Key): Promise<number> {
  for (let conflicts = 0; ; conflicts += 1) {
    const entry = await get(store, key);
    const value = String(Number(entry?.value ?? '0') + 1);
    const checks = [{ key, version: entry?.version ?? null }];
    const result = await store.commit({ checks, mutations: [{ set: key, value }] });
    if (result.ok) return conflicts;
    equal(result.conflicts, [key], 'the conflict of a counter');
  }
}

export const togetherCases: readonly StoreCase[] = [
  storeCase('of racing commits with one check, exactly one wins, on two handles', async (open) => {
    const stores = [await open(), await open()];
    for (let round = 0; round < 5; round += 1) {
      const key = ['race', String(round)];
      const racing = Array.from({ length: 12 }, (_, runner) => {
        const mutations = [
          { set: key, value: String(runner) },
          { set: ['ran', String(round), String(runner)], value: '1' },
        ];
        return (stores[runner % 2] as Store).commit({ checks: [{ key, version: null }], mutations });
      });
      const results = await Promise.all(racing);
      const winner = results.findIndex(({ ok }) => ok);
      assert(results.filter(({ ok }) => ok).length === 1, `${results.filter(({ ok }) => ok).length} winners`);
      results.forEach((result, at) => {
        if (at !== winner) equal(result, { ok: false, conflicts: [key] }, 'a loser');
      });
      for (const store of stores) {
        equal((await get(store, key))?.value, String(winner), 'the value of the winner');
        const ran = await readOne(store, { prefix: ['ran', String(round)] });
        equal(plain(ran), [[['ran', String(round), String(winner)], '1']], 'who left a trace');
      }
    }
  }),

  storeCase('no increment is lost between two handles', async (open) => {
    const stores = [await open(), await open()];
    const workers = stores.flatMap((store) => [store, store]);
    await Promise.all(
      workers.map(async (store) => {
        for (let round = 0; round < 15; round += 1) await increment(store, ['counter']);
      }),
    );
    for (const store of stores) equal((await get(store, ['counter']))?.value, '60', 'the counter');
  }),

  storeCase('a read is one snapshot while others commit', async (open) => {
    const [one, two] = [await open(), await open()];
    const keys: Key[] = [['a'], ['m', '1'], ['m', '2'], ['z']];
    let running = true;
    const writing = (async () => {
      for (let round = 0; round < 60; round += 1) {
        await write(one, ...keys.map((key) => ({ set: key, value: String(round) })));
      }
    })().finally(() => (running = false));
    let reads = 0;
    while (running || reads < 3) {
      for (const store of [one, two]) {
        const { ranges } = await store.read([{ key: ['z'] }, { prefix: ['m'] }, { key: ['a'] }, { prefix: [] }]);
        const values = new Set(ranges.flat().map(({ value, version }) => `${value} ${version}`));
        assert(values.size <= 1, `a torn read: ${[...values].join(', ')}`);
        assert(values.size === 0 || ranges.flat().length === 8, 'a read that misses keys of one commit');
      }
      reads += 1;
      // A store that reads without I/O would otherwise never let the writer have its turn.
      await pause(0);
    }
    await writing;
  }),

  storeCase('a resolved commit is seen by every later read, on any handle', async (open) => {
    const [one, two] = [await open(), await open()];
    for (let round = 0; round < 20; round += 1) {
      const [writer, reader] = round % 2 === 0 ? [one, two] : [two, one];
      await write(writer, { set: ['seen'], value: String(round) });
      equal((await get(reader, ['seen']))?.value, String(round), 'what the other handle reads');
    }
  }),

  storeCase('epoch grows with every commit of every handle, and with nothing else', async (open) => {
    const [one, two] = [await open(), await open()];
    if (one.capabilities.epoch !== true) return { skipped: 'the adapter does not declare `epoch`' };
    const lag = one.capabilities.epochLag ?? 0;
    // A store may have to open first, and one with a delay has to ask first.
    await Promise.all([one.read([]), two.read([])]);
    for (const store of [one, two]) if (store.capabilities.epoch === true) await until(() => knows(store), 'an epoch');
    const now = (): number => {
      const [ours, theirs] = [one.epoch?.(), two.epoch?.()];
      assert(Number.isSafeInteger(ours) && Number(ours) >= 0, `an epoch is a whole number, not ${String(ours)}`);
      // A handle in another process may be lent without it.
      if (two.capabilities.epoch === true && lag === 0) equal(ours, theirs, 'the epoch of both handles');
      return Number(ours);
    };
    let last = now();
    const grows = async (what: string, writer?: Store): Promise<void> => {
      const began = performance.now();
      // What a handle has committed itself, it knows at once.
      while (writer !== one && now() <= last && performance.now() - began < lag) await pause(5);
      const epoch = now();
      assert(epoch > last, `the epoch is ${epoch} after ${what}, as before`);
      last = epoch;
    };
    for (let round = 0; round < 10; round += 1) {
      const [writer, other] = round % 2 === 0 ? [one, two] : [two, one];
      await write(writer, { set: ['counted'], value: String(round) });
      await grows('a commit', writer);
      // The same value is a change all the same: its version is another.
      await write(other, { set: ['counted'], value: String(round) });
      await grows('a commit of the same value', other);
      await write(writer, { delete: ['counted'] });
      await grows('a deletion', writer);
      await get(other, ['counted']);
      equal(now(), last, 'the epoch after a read');
    }
    const racing = Array.from({ length: 8 }, (_, at) =>
      write(at % 2 === 0 ? one : two, { set: [`r${at}`], value: '1' }),
    );
    await Promise.all(racing);
    await grows('several commits at once');
    await one.close();
    try {
      one.epoch?.();
      assert(false, 'epoch works after close');
    } catch (error) {
      assert(DoorwardError.is(error, 'storeClosed'), `epoch after close: ${String(error)}`);
    }
    return undefined;
  }),

  storeCase('name and capabilities are what the contract says', async (open) => {
    const store = await open();
    assert(typeof store.name === 'string' && store.name !== '', 'a store needs a name');
    const { epochLag = 0, ...flags } = store.capabilities;
    assert(Number.isSafeInteger(epochLag) && epochLag >= 0, '`epochLag` is no number of milliseconds');
    for (const [name, value] of Object.entries(flags)) {
      assert(['watch', 'epoch', 'durable'].includes(name), `unknown capability ${name}`);
      assert(typeof value === 'boolean', `capability ${name} is neither true nor false`);
    }
    const there = typeof store.watch === 'function';
    assert(there === watches(store), there ? '`watch` is there but not declared' : '`watch` is declared but not there');
    const counts = typeof store.epoch === 'function';
    assert(
      counts === (store.capabilities.epoch === true),
      counts ? '`epoch` is there but not declared' : '`epoch` is declared but not there',
    );
  }),

  storeCase('after close every call fails with storeClosed, and other handles work on', async (open) => {
    const [one, two] = [await open(), await open()];
    await write(one, { set: ['a'], value: '1' });
    await one.close();
    await one.close();
    await fails(one.read([{ key: ['a'] }]), 'storeClosed', 'read');
    await fails(one.read([]), 'storeClosed', 'a read of nothing');
    await fails(one.commit({ checks: [], mutations: [] }), 'storeClosed', 'commit');
    if (watches(one)) {
      try {
        one.watch([[]], () => undefined);
        assert(false, 'watch works after close');
      } catch (error) {
        assert(DoorwardError.is(error, 'storeClosed'), `watch after close: ${String(error)}`);
      }
    }
    equal((await get(two, ['a']))?.value, '1', 'what the other handle reads');
    await write(two, { set: ['a'], value: '2' });
  }),

  storeCase('a handle that did nothing can be closed', async (open) => {
    await (await open()).close();
  }),

  storeCase('close waits for what is running and refuses what comes later', async (open) => {
    const [one, two] = [await open(), await open()];
    // Handles may share something that only the last of them to close waits for.
    for (const store of [one, two]) await store.read([]);
    const commits = Array.from({ length: 5 }, (_, at) => {
      return one.commit({ checks: [], mutations: [{ set: ['c', String(at)], value: '1' }] });
    });
    const reading = one.read([{ prefix: [] }]);
    let settled = 0;
    for (const running of [...commits, reading]) void running.then(() => (settled += 1));
    const closing = one.close();
    const late = fails(one.commit({ checks: [], mutations: [{ set: ['late'], value: '1' }] }), 'storeClosed', 'late');
    await closing;
    // Both may hang on the same event: some turns of the microtask queue are no waiting.
    for (let turn = 0; turn < 50; turn += 1) await undefined;
    assert(settled === 6, `close did not wait: ${settled} of 6 calls have ended`);
    await Promise.all([late, one.close()]);
    for (const commit of commits) accepted(await commit);
    equal((await readOne(two, { prefix: [] })).length, 5, 'keys after closing');
  }),

  watchCase('watch tells of every commit below its prefixes, in order, from any handle', async (one, two) => {
    const told: (readonly Change[])[] = [];
    const everything: (readonly Change[])[] = [];
    one.watch([['w'], ['w', 'deep'], ['x', 'y']], (changes) => told.push(changes));
    one.watch([[]], (changes) => everything.push(changes));
    const first = await write(one, { set: ['w', '1'], value: '1' }, { set: ['wx', '1'], value: '1' });
    const second = await write(two, { set: ['w'], value: '2' }, { set: ['w\0', '2'], value: '2' });
    const third = await write(two, { set: ['x', 'y', 'z'], value: '3' }, { set: ['w', 'deep', '3'], value: '3' });
    await write(one, { set: ['w', '1'], value: '4' }, { set: ['v', '1'], value: '4' }, { delete: ['w', '1'] });
    const expected = [
      [{ key: ['w', '1'], value: '1', version: first }],
      [
        { key: ['x', 'y', 'z'], value: '3', version: third },
        { key: ['w', 'deep', '3'], value: '3', version: third },
      ],
      [{ key: ['w', '1'], value: null, version: null }],
    ];
    await until(() => everything.length >= 4, 'four commits told');
    equal(told, expected, 'the changes below the prefixes');
    const versions = everything.map((changes) => changes.find(({ version }) => version !== null)?.version);
    equal(versions.slice(0, 3), [first, second, third], 'the order of commits');
    equal(
      everything[3]?.map(({ key }) => key),
      [
        ['v', '1'],
        ['w', '1'],
      ],
      'one change a key, in the order of the last',
    );
  }),

  watchCase('watch is silent about failed commits, after its end, and after close', async (one, two) => {
    const told: string[] = [];
    const end = one.watch([['w']], () => told.push('ended'));
    one.watch([['w']], (changes) => told.push(...changes.map(({ key }) => key[1] ?? '')));
    end();
    end();
    await write(two, { set: ['w', '1'], value: '1' });
    for (const store of [one, two]) {
      const result = await store.commit({
        checks: [{ key: ['w', '1'], version: null }],
        mutations: [{ set: ['w', 'failed'], value: '1' }],
      });
      assert(!result.ok, 'a check that has to fail');
      accepted(await store.commit({ checks: [], mutations: [] }));
    }
    await write(one, { set: ['w', '2'], value: '1' });
    await until(() => told.length >= 2, 'two commits told');
    await one.close();
    await write(two, { set: ['w', '3'], value: '1' });
    await pause(50);
    equal(told, ['1', '2'], 'what was told');
  }),

  watchCase('a commit that watch tells of can be read by every handle', async (one, two) => {
    const late: Promise<void>[] = [];
    let told = 0;
    one.watch([['w']], (changes) => {
      told += 1;
      for (const { key, value } of changes) {
        for (const store of [one, two])
          late.push(get(store, key).then((entry) => equal(entry?.value, value, 'a told value')));
      }
    });
    for (let round = 0; round < 10; round += 1) {
      await write(round % 2 === 0 ? one : two, { set: ['w', String(round)], value: String(round) });
    }
    await until(() => told === 10, 'ten commits told');
    await Promise.all(late);
  }),

  watchCase('what watch gives is a copy, and malformed watches are refused', async (store) => {
    const told: Key[] = [];
    store.watch([[]], (changes) => {
      try {
        (changes[0]?.key as string[])[0] = 'spoilt';
      } catch {
        // A frozen object refuses, which is as good as a copy.
      }
    });
    store.watch([[]], (changes) => told.push(...changes.map(({ key }) => key)));
    await write(store, { set: ['w', '1'], value: '1' });
    await until(() => told.length === 1, 'one change told');
    equal(told, [['w', '1']], 'the key told');
    equal((await get(store, ['w', '1']))?.key, ['w', '1'], 'the key read');
    for (const bad of [['w'], 'w', null, [[1]]]) {
      try {
        store.watch(bad as unknown as Key[], () => undefined);
      } catch (error) {
        assert(DoorwardError.is(error), `a malformed watch: ${String(error)}`);
        continue;
      }
      assert(false, `a malformed watch was taken: ${JSON.stringify(bad)}`);
    }
  }),
];
