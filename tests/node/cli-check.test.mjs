// `doorward check`: finds what is wrong with a store, mends it, and says so by its exit code.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { openLocal } from 'doorward/faces';
import { lmdb } from 'doorward/stores/lmdb';
import { memory } from 'doorward/stores/memory';
import { folder, json, prepared, run } from './cli-helpers.mjs';

const report = ({ stdout }) => JSON.parse(stdout);

/** Writes past Doorward. */
async function harm(url, mutations) {
  const store = lmdb(url.slice('lmdb:'.length));
  await store.commit({ checks: [], mutations });
  await store.close();
}

async function filled(t) {
  const store = await prepared(t);
  for (const name of ['bob', 'eve']) {
    await json(['users', 'add', name, '--email', `${name}@example.org`, '--no-password', '--store', store]);
    await json(['tokens', 'create', name, '--name', 'desk', '--store', store]);
  }
  return store;
}

test('a store that is in order says so, in JSON and to people', async (t) => {
  const store = await filled(t);
  const { records, ...rest } = await json(['check', '--store', store]);
  assert.ok(records > 30, String(records));
  assert.deepEqual(rest, { findings: [], found: 0, mended: 0, uncounted: false });
  const { code, stdout, stderr } = await run(['check', '--store', store]);
  assert.deepEqual([code, stdout], [0, '']);
  assert.match(stderr, /^\d+ records, and all of them agree$/m);
  const again = await json(['check', '--repair', '--store', store]);
  assert.equal(again.records, records, 'a repair of nothing writes nothing');
});

test('damage is found with exit code 1, mended by --repair, and in order after that', async (t) => {
  const store = await filled(t);
  await harm(store, [
    { delete: ['name', 'bob'] },
    { set: ['name', 'ghost'], value: '[99,"ghost"]' },
    { set: ['tokenCount', '0000000000000003'], value: '7' },
  ]);
  const found = await run(['check', '--json', '--store', store]);
  assert.equal(found.code, 1);
  assert.deepEqual(
    report(found).findings.map(({ fault, family, place, mended }) => [fault, family, place, mended]),
    [
      ['missing', 'name', 'bob', false],
      ['leftover', 'name', 'ghost', false],
      ['miscounted', 'tokenCount', '0000000000000003', false],
    ],
  );
  assert.equal(JSON.parse(found.stderr).error.code, 'storeCorrupt');
  const shown = await run(['check', '--store', store]);
  assert.equal(shown.code, 1);
  assert.match(shown.stdout, /^name bob: an index entry is missing \(can be mended\)$/m);
  assert.match(shown.stderr, /3 findings are left; `--repair` mends what can be mended/);
  const mended = await json(['check', '--repair', '--store', store]);
  assert.deepEqual([mended.found, mended.mended], [3, 3]);
  assert.equal((await json(['users', 'get', 'bob', '--store', store])).name, 'bob');
  assert.equal((await json(['check', '--store', store])).found, 0);
  const { entries } = await json(['audit', '--store', store]);
  const told = entries.filter(({ what }) => what === 'storeRepaired');
  assert.deepEqual(told.map(({ actor, on }) => [actor, on.kind, on.id]).sort(), [
    ['local', 'name', 'bob'],
    ['local', 'name', 'ghost'],
    ['local', 'tokenCount', '0000000000000003'],
  ]);
});

test('what cannot be mended is named and left as it is; no digest is shown', async (t) => {
  const store = await filled(t);
  const raw = lmdb(store.slice('lmdb:'.length));
  const { ranges } = await raw.read([{ prefix: ['token'], limit: 1 }]);
  const { key } = ranges[0][0];
  await raw.close();
  await harm(store, [
    { set: ['user', '0000000000000002'], value: '{"id":2}' },
    { set: key, value: '"torn"' },
    { set: ['left', 'behind'], value: '1' },
  ]);
  const { code, stdout, stderr } = await run(['check', '--repair', '--json', '--store', store]);
  assert.equal(code, 1);
  const { findings, mended } = JSON.parse(stdout);
  assert.equal(mended, 0);
  assert.deepEqual(
    findings.map(({ fault, family, place, mendable }) => [fault, family, place, mendable]),
    [
      ['unreadable', 'user', '0000000000000002', false],
      ['unreadable', 'token', `${key[1].slice(0, 8)}…`, false],
      ['foreign', 'left', 'behind', false],
    ],
  );
  assert.ok(!`${stdout}${stderr}`.includes(key[1]));
  const after = await run(['check', '--json', '--store', store]);
  assert.equal(report(after).found, 3, 'nothing of it was touched');
});

test('a server beside it is no damage, and its store can be checked while it runs', async (t) => {
  const path = join(folder(t), 'busy.lmdb');
  const { door, session } = await openLocal({ store: lmdb(path) });
  t.after(() => door.close());
  let stop = false;
  const writing = (async () => {
    for (let round = 0; !stop; round += 1) {
      await session.users.create({ name: `user${round}`, email: `user${round}@example.org` });
      await session.tokens.create({ user: `user${round}`, name: 'desk' });
      if (round % 2 === 1) await session.users.delete(`user${round - 1}`);
    }
  })();
  for (let times = 0; times < 3; times += 1) {
    const { found } = await json(['check', '--store', `lmdb:${path}`]);
    assert.equal(found, 0);
  }
  stop = true;
  await writing;
  assert.equal((await session.check()).found, 0);
});

test('progress is told step by step, and the address of a server is refused', async (t) => {
  const { door, session } = await openLocal({ store: memory() });
  t.after(() => door.close());
  for (let at = 0; at < 600; at += 1) await session.users.create({ name: `user${at}` });
  const steps = [];
  const { records, found } = await session.check({ progress: (step) => steps.push(step) });
  assert.equal(found, 0);
  assert.ok(steps.length > 20);
  assert.deepEqual(
    steps.map((step) => step.records).sort((a, b) => a - b),
    steps.map((step) => step.records),
  );
  assert.equal(steps.at(-1).records, records);
  assert.equal(steps.filter(({ family }) => family === 'user').length, 3, 'pages of 250');
  const { code, stderr } = await run(['check', '--store', 'http://127.0.0.1:1']);
  assert.equal(code, 1);
  assert.match(stderr, /unsupported/);
});
