// The contract suite on the stores of Node; LMDB with its second handles in another process.
import assert from 'node:assert/strict';
import { execFile, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import * as fc from 'fast-check';
import { indexedDB } from 'doorward/stores/indexeddb';
import { lmdb } from 'doorward/stores/lmdb';
import { memory, memoryData } from 'doorward/stores/memory';
import { faulty, testStore } from 'doorward/testing';
import { checkAgainstModel } from './stores-model.mjs';
import { remoteStores } from './stores-remote.mjs';

const folder = mkdtempSync(join(tmpdir(), 'doorward-stores-'));
const child = fork(new URL('stores-child.mjs', import.meta.url), ['lend', folder]);
after(() => {
  child.kill();
  rmSync(folder, { recursive: true });
});

const datasets = new Map();
const openMemory = (dataset) => {
  if (!datasets.has(dataset)) datasets.set(dataset, memoryData());
  return memory({ data: datasets.get(dataset) });
};

const openLmdb = (dataset) => lmdb(join(folder, `${dataset}.lmdb`));

const lent = remoteStores({ send: (message) => child.send(message), listen: (heard) => child.on('message', heard) });
const opened = new Set();
/** The first handle on some data is here, every other one in the other process. */
const openBetweenProcesses = async (dataset) => {
  if (opened.has(dataset)) return (await lent)(dataset);
  opened.add(dataset);
  return openLmdb(dataset);
};

testStore('memory', openMemory, { test });
testStore('lmdb in one process', openLmdb, { test });
testStore('lmdb between two processes', openBetweenProcesses, { test });

test('memory: random commits and reads agree with the model', () => checkAgainstModel(fc, openMemory, 300));
test('lmdb: random commits and reads agree with the model', () => checkAgainstModel(fc, openBetweenProcesses, 60));

test('the suite works without a runner that can skip, and reports a failure as one', async () => {
  const results = new Map();
  const register = (name, run) => results.set(name, run);
  // A store that forgets its commits has to be found out.
  testStore(
    'forgetful',
    (dataset) => faulty(openMemory(dataset), ({ method }) => method === 'commit' && { do: 'forget' }),
    {
      test: register,
    },
  );
  const run = results.get('forgetful: a set value is there for every handle, at the version of its commit');
  await assert.rejects(run(), /the entry/);
  await results.get('forgetful: a handle that did nothing can be closed')();
});

test('faulty does to a store what its plan says', async () => {
  const plans = [
    { do: 'throw' },
    { do: 'throw', error: new Error('mine') },
    { do: 'lose' },
    { do: 'conflict' },
    { do: 'conflict', conflicts: [['never asked']] },
    { do: 'forget' },
    { do: 'answer', value: 'nonsense' },
    { do: 'delay', milliseconds: 5 },
    undefined,
  ];
  const store = memory();
  const broken = faulty(store, ({ method, count }) => (method === 'commit' ? plans[count - 1] : undefined));
  const outcomes = [];
  for (let at = 0; at < plans.length; at += 1) {
    const commit = {
      checks: [{ key: ['k', String(at)], version: null }],
      mutations: [{ set: ['k', String(at)], value: '1' }],
    };
    outcomes.push(await broken.commit(commit).catch((error) => error.code ?? error.message));
  }
  assert.deepEqual(outcomes, [
    'storeFailed',
    'mine',
    'storeFailed',
    { ok: false, conflicts: [['k', '3']] },
    { ok: false, conflicts: [['never asked']] },
    { ok: true, version: 'forgotten' },
    'nonsense',
    { ok: true, version: '2' },
    { ok: true, version: '3' },
  ]);
  const { ranges } = await broken.read([{ prefix: ['k'] }]);
  assert.deepEqual(
    ranges[0].map(({ key }) => key[1]),
    ['2', '7', '8'],
  );
  const hanging = faulty(store, () => ({ do: 'hang' })).read([]);
  assert.equal(await Promise.race([hanging, new Promise((resolve) => setTimeout(resolve, 20, 'hangs'))]), 'hangs');
});

test('options that are not known, or wrong, are refused at once', () => {
  const refused = [
    [() => memory({ name: 'x' }), 'unknownField'],
    [() => memory({ data: new Map() }), 'invalidArgument'],
    [() => memory(null), 'invalidArgument'],
    [() => lmdb(join(folder, 'x'), { sync: false }), 'unknownField'],
    [() => lmdb(''), 'invalidArgument'],
    [() => lmdb(7), 'invalidArgument'],
    [() => indexedDB('x', { version: 3 }), 'unknownField'],
    [() => indexedDB(''), 'invalidArgument'],
    [() => indexedDB('x', { durability: 'none' }), 'invalidArgument'],
    [() => indexedDB('x'), 'unsupported'],
  ];
  for (const [open, code] of refused) assert.throws(open, { name: 'DoorwardError', code });
});

test('memory: a handler of a watch that throws hurts neither commit nor other handlers', async () => {
  // In a process of its own: the error has to surface as an uncaught one, which the test runner would take for its own.
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', throwingHandler], {
    cwd: import.meta.dirname,
  });
  assert.equal(stdout, 'true 1 from a handler');
});

const throwingHandler = `
  import { memory } from 'doorward/stores/memory';
  const store = memory();
  const told = [];
  const surfaced = new Promise((resolve) => process.once('uncaughtException', resolve));
  store.watch([[]], () => { throw new Error('from a handler'); });
  store.watch([[]], (changes) => told.push(changes[0].value));
  const { ok } = await store.commit({ checks: [], mutations: [{ set: ['a'], value: '1' }] });
  process.stdout.write([ok, told, (await surfaced).message].join(' '));`;

test('memory: reads do not slow down with 100,000 keys', async () => {
  const store = memory();
  const start = performance.now();
  for (let from = 0; from < 100_000; from += 10_000) {
    const mutations = Array.from({ length: 10_000 }, (_, at) => ({
      set: ['user', String(from + at)],
      value: '{"x":1}',
    }));
    await store.commit({ checks: [], mutations });
  }
  const loaded = performance.now();
  for (let at = 0; at < 20_000; at += 1) await store.read([{ key: ['user', String(at * 5)] }]);
  const read = performance.now();
  // Ten times what a slow machine needs: it is there to catch a scan, not to measure.
  assert.ok(loaded - start < 20_000, `loading took ${Math.round(loaded - start)} ms`);
  assert.ok(read - loaded < 2_000, `20,000 reads took ${Math.round(read - loaded)} ms`);
});
