// The vectors against the real OctoPrint 1.11: they are right where it answers `upstream`, or else `expect`.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { OctoPrintClient } from 'doorward/octoprint';
import { json, serve } from './cli-helpers.mjs';
import { match } from './octoprint-match.mjs';
import { needsOwn, openReal, tryInstall, writtenFiles } from './octoprint-real.mjs';
import { SharedServers, callAs } from './octoprint-shared.mjs';
import { inTurn, legacyHash, permissions, runCase, titleOf, vector } from './octoprint-runner.mjs';

const { dir, missing } = await tryInstall();

const get = (server, path) => callAs(server.masterKey, server.url, 'GET', path);

const shared = new SharedServers(() => openReal(dir));

async function apart(found) {
  const server = await openReal(dir, found);
  try {
    await runCase(found, server, 'upstream');
  } finally {
    await server.close();
  }
}

test('a hash of old is that of the password and the salt', () => {
  assert.match(legacyHash('oldpw', 'a-salt-of-old-for-everybody'), /^fcabf1a38822aac13c[0-9a-f]{110}$/);
});

describe('the real OctoPrint', { skip: missing, concurrency: vector.cases.length + 3 }, () => {
  after(() => shared.close());

  for (const found of vector.cases) {
    test(titleOf(found), { skip: found.skip?.upstream ?? false }, () =>
      needsOwn(found) ? inTurn(() => apart(found)) : shared.use((server) => runCase(found, server, 'upstream')),
    );
  }

  test('permissions and groups are those of the table', () =>
    shared.use(async (server) => {
      assert.deepEqual(match({ permissions: { $is: permissions.permissions } }, await get(server, 'permissions')), []);
      assert.deepEqual(match({ groups: { $set: permissions.groups } }, await get(server, 'groups')), []);
      return [];
    }));

  test('a user file that it wrote has hashes of both kinds', () =>
    inTurn(async () => {
      const { users, config, salt, apikey } = await writtenFiles(dir);
      assert.equal([...users.matchAll(/password: \$argon2id\$v=19\$m=65536,t=3,p=4\$/g)].length, 4);
      assert.match(users, /^old:\n(?: .*\n)*? {2}password: [0-9a-f]{128}\n/m);
      assert.match(users, /^_version: 2$/m);
      assert.ok(users.includes(apikey));
      assert.ok(config.includes(salt));
    }));

  test('a user file that it wrote comes over, and everybody logs in', () =>
    inTurn(async () => {
      const { users, config, passwords, apikey } = await writtenFiles(dir);
      const at = mkdtempSync(join(tmpdir(), 'doorward-import-'));
      const ends = [() => rmSync(at, { recursive: true, force: true })];
      try {
        const files = { 'users.yaml': users, 'config.yaml': config, 'groups.yaml': 'groups: {}\n' };
        for (const [name, text] of Object.entries(files)) writeFileSync(join(at, name), text);
        const store = ['--store', `lmdb:${join(at, 'store.lmdb')}`, '--policy', 'octoprint'];
        const paths = ['users.yaml', 'groups.yaml', 'config.yaml'].map((name) => join(at, name));
        const { created } = await json(['import', 'octoprint', ...paths, ...store]);
        assert.ok(created >= 5);
        const cheap = ['hashMemory=1024', 'hashPasses=1', 'octoprint.rateLimiter=false'].flatMap((set) => [
          '--set',
          set,
        ]);
        const server = await serve({ after: (end) => ends.push(end) }, [...store, ...cheap]);
        const all = { ...passwords, carl: 'carlpw', old: 'oldpw' };
        for (const { name, active } of [
          ...vector.fixture.users,
          { name: 'carl', active: true },
          { name: 'old', active: true },
        ]) {
          const client = new OctoPrintClient({ baseurl: server.url });
          const status = await client.browser.login(name, all[name]).then(
            () => 200,
            (error) => error.status,
          );
          assert.equal(status, active ? 200 : 403, name);
        }
        const carl = await new OctoPrintClient({ baseurl: server.url, apikey }).users.get('carl');
        assert.deepEqual([carl.groups, carl.permissions.toSorted()], [['readonly'], ['PRINT', 'SYSTEM']]);
        assert.deepEqual(carl.settings, { interface: { color: 'blue', 'a.b': [1, null] }, tour: true });
      } finally {
        for (const end of ends.reverse()) await end();
      }
    }));
});
