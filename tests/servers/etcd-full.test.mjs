// No room for etcd, in both ways there are: a code, nothing half done, and recovery without a restart of the handle.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { etcdServer } from '../../scripts/lib/servers.mjs';
import { smallDisk, writeUntilRefused } from './disk.mjs';
import { openStore } from './open.mjs';

const parts = ['a', 'b', 'c'];
const writers = ['0', '1', '2', '3', '4', '5', '6', '7'];
const set = (store, key, value) => store.commit({ checks: [], mutations: [{ set: key, value }] });

test('etcd: beyond its quota it is storeFull, and heals when it is compacted', { timeout: 120_000 }, async () => {
  const server = await etcdServer({ more: { 'quota-backend-bytes': 48 * 1024 * 1024 } });
  after(() => server.remove());
  const store = openStore(server.url, 'quota');
  // Always the same keys: what fills the room are their former values. Several at once: etcd looks before a commit and
  // behind it, and what only the second look finds too much it has made, and refuses.
  const acknowledged = writers.map(() => []);
  const write = (writer) => writeUntilRefused(store, 500, (_, part) => ['big', writer, part], acknowledged[writer]);
  for (const { error, round } of await Promise.all(writers.map(write))) {
    assert.equal(error.code, 'storeFull', error.stack);
    assert.ok(round > 0);
  }
  const stand = async () => (await store.read(writers.map((writer) => ({ prefix: ['big', writer] })))).ranges;
  const before = await stand();
  const versions = before.map((entries) => entries.map(({ version }) => version));
  const last = acknowledged.map((all) => parts.map(() => all.at(-1)));
  assert.deepEqual(versions, last, 'reads go on; what was acknowledged is there, what was refused is not');
  const small = () => Promise.allSettled(writers.map((writer) => set(store, ['small', writer], '1')));
  for (const { reason } of await small()) assert.equal(reason?.code, 'storeFull', 'not even a small one is taken');
  assert.deepEqual((await store.read([{ prefix: ['small'] }])).ranges, [[]]);
  assert.deepEqual(await stand(), before);

  const ask = async (path, body = {}) => {
    const answer = await fetch(`http://127.0.0.1:${server.port}/v3/${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    assert.ok(answer.ok, text);
    return JSON.parse(text);
  };
  const { header } = await ask('maintenance/status');
  await ask('kv/compaction', { revision: header.revision, physical: true });
  await ask('maintenance/defragment');
  await ask('maintenance/alarm', { action: 'DEACTIVATE', memberID: header.member_id, alarm: 'NOSPACE' });
  for (const { value } of await small()) assert.equal(value?.ok, true);
  assert.equal((await store.read([{ prefix: ['small'] }])).ranges[0].length, writers.length);
  assert.deepEqual(await stand(), before);
  await store.close();
});

// What etcd writes ahead takes two files of 61 MiB from the beginning.
const disk = smallDisk(150);

test('etcd: a full disk ends it; nothing is lost or torn', { skip: disk.reason, timeout: 180_000 }, async () => {
  const server = await etcdServer({ base: disk.folder });
  after(async () => {
    await server.remove();
    disk.remove();
  });
  const store = openStore(server.url, 'full');
  const keyOf = (round, part) => [`round ${round}`, part];
  const { error, round } = await writeUntilRefused(store, 500, keyOf);
  // It falls in the middle of a commit, of which nobody knows then how far it came.
  assert.equal(error.code, 'storeTimeout', error.stack);
  assert.ok(round > 0);
  await assert.rejects(store.read([{ key: ['a'] }]), { code: 'storeFailed' });
  await assert.rejects(set(store, ['never'], '1'), { code: 'storeFailed' });

  disk.grow(600);
  await server.start();
  const found = async (at) => (await store.read([{ prefix: [`round ${at}`] }])).ranges[0].map(({ key }) => key[1]);
  for (let at = 0; at < round; at += 1) assert.deepEqual(await found(at), parts, `round ${at} was acknowledged`);
  assert.ok([0, 3].includes((await found(round)).length), 'the one in between is there or not');
  assert.deepEqual((await store.read([{ key: ['never'] }])).ranges[0], []);
  assert.equal((await set(store, ['after'], '1')).ok, true);
  await store.close();
});
