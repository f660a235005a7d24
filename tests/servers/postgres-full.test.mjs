// A full disk under PostgreSQL: a code, nothing half done, reads that go on, and recovery without a restart of anybody.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import pg from 'pg';
import { postgresServer } from '../../scripts/lib/servers.mjs';
import { openStore } from './open.mjs';

/** A file system of a few megabytes, or why there can be none. */
function smallDisk() {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return { reason: 'mounting a small disk needs root' };
  const folder = mkdtempSync(join(tmpdir(), 'doorward-small-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=6m,mode=0777', 'tmpfs', folder], { stdio: 'pipe' });
  } catch (error) {
    rmdirSync(folder);
    return { reason: `a small disk cannot be mounted here: ${String(error.stderr).trim()}` };
  }
  return { folder, reason: false };
}

const { folder, reason } = smallDisk();

test('postgres: a full disk is storeFull, and heals when there is room', { skip: reason }, async () => {
  const server = await postgresServer();
  after(async () => {
    await server.remove();
    execFileSync('umount', [folder]);
    rmdirSync(folder);
  });
  // The table is on the small disk; the log is not, since a server whose log finds no room ends itself.
  const { uid, gid } = statSync(server.folder);
  chownSync(folder, uid, gid);
  const client = new pg.Client(server.url);
  await client.connect();
  await client.query(`CREATE TABLESPACE small LOCATION '${folder}'`);
  await client.query('ALTER ROLE doorward SET default_tablespace = small');
  await client.end();

  const store = openStore(server.url, 'full');
  // What repeats itself would be packed.
  const chance = () => Array.from({ length: 20_000 }, () => Math.random().toString(36).slice(2, 12)).join('');
  const write = (round) => {
    const mutations = ['a', 'b', 'c'].map((part) => ({
      set: [`round ${round}`, part],
      value: JSON.stringify(chance()),
    }));
    return store.commit({ checks: [], mutations });
  };
  let round = 0;
  const refused = async () => {
    for (; round < 100; round += 1) {
      const error = await write(round).then(
        () => undefined,
        (error) => error,
      );
      if (error !== undefined) return error;
    }
    throw new Error('the disk did not fill');
  };
  const error = await refused();
  assert.equal(error.code, 'storeFull', error.stack);
  assert.ok(round > 0);
  assert.equal((await store.read([{ prefix: [`round ${round}`] }])).ranges[0].length, 0, 'nothing is half there');
  assert.equal((await store.read([{ prefix: ['round 0'] }])).ranges[0].length, 3, 'reads go on');
  execFileSync('mount', ['-o', 'remount,size=64m', folder]);
  assert.equal((await write(round)).ok, true);
  assert.equal((await store.read([{ prefix: [`round ${round}`] }])).ranges[0].length, 3);
  await store.close();
});
