// A full disk under PostgreSQL: a code, nothing half done, reads that go on, and recovery without a restart of anybody.
import assert from 'node:assert/strict';
import { chownSync, statSync } from 'node:fs';
import { after, test } from 'node:test';
import pg from 'pg';
import { postgresServer } from '../../scripts/lib/servers.mjs';
import { smallDisk, writeUntilRefused } from './disk.mjs';
import { openStore } from './open.mjs';

const disk = smallDisk(6);

test('postgres: a full disk is storeFull, and heals when there is room', { skip: disk.reason }, async () => {
  const server = await postgresServer();
  after(async () => {
    await server.remove();
    disk.remove();
  });
  // The table is on the small disk; the log is not, since a server whose log finds no room ends itself.
  const { uid, gid } = statSync(server.folder);
  chownSync(disk.folder, uid, gid);
  const client = new pg.Client(server.url);
  await client.connect();
  await client.query(`CREATE TABLESPACE small LOCATION '${disk.folder}'`);
  await client.query('ALTER ROLE doorward SET default_tablespace = small');
  await client.end();

  const store = openStore(server.url, 'full');
  const keyOf = (round, part) => [`round ${round}`, part];
  const { error, round } = await writeUntilRefused(store, 100, keyOf);
  assert.equal(error.code, 'storeFull', error.stack);
  assert.ok(round > 0);
  assert.equal((await store.read([{ prefix: [`round ${round}`] }])).ranges[0].length, 0, 'nothing is half there');
  assert.equal((await store.read([{ prefix: ['round 0'] }])).ranges[0].length, 3, 'reads go on');
  disk.grow(64);
  const mutations = ['a', 'b', 'c'].map((part) => ({ set: keyOf(round, part), value: '1' }));
  assert.equal((await store.commit({ checks: [], mutations })).ok, true);
  assert.equal((await store.read([{ prefix: [`round ${round}`] }])).ranges[0].length, 3);
  await store.close();
});
