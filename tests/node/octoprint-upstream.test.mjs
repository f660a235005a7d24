// The vectors against the real OctoPrint 1.11: they are right where it answers `upstream`, or else `expect`.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { OctoPrintClient, connect } from 'doorward/octoprint';
import { json, serve } from './cli-helpers.mjs';
import { openDoorward } from './octoprint-doorward.mjs';
import { match } from './octoprint-match.mjs';
import { install, legacyHash, needsOwn, openReal, writtenFiles } from './octoprint-real.mjs';
import { SharedServers, callAs } from './octoprint-shared.mjs';
import { inTurn, permissions, runCase, titleOf, vector } from './octoprint-runner.mjs';
import { keyStory, told } from './octoprint-story.mjs';
import { Trouble } from '../../scripts/lib/run.mjs';

let dir;
let missing = false;
try {
  dir = await install((text) => process.stderr.write(`${text}\n`));
} catch (error) {
  if (!(error instanceof Trouble)) throw error;
  const last = error.output.trim().split('\n').at(-1);
  missing = `the real OctoPrint cannot be installed: ${error.message}${last ? ` (${last})` : ''}`;
}

/** Descriptions are each server's own words; plugins bring the real one permissions and groups more. */
function plain(value) {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([name]) => name !== 'description');
  return Object.fromEntries(kept.map(([name, item]) => [name, withoutPlugins(name, plain(item))]));
}

function withoutPlugins(name, item) {
  if (!Array.isArray(item)) return item;
  if (name === 'role') return item.filter((role) => !role.startsWith('plugin_'));
  // `k` is the group that only Doorward makes.
  return item.filter((one) => one?.key !== 'k' && !String(one?.key ?? one).startsWith('PLUGIN_'));
}

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

  /** Where the real server answers otherwise, each with what the specification requires of Doorward. */
  const differences = new Set([
    // 500, on which J10 and J24 suggest to take null for absent.
    'update without lists',
    'group without lists',
    'group of nulls',
    'get after it',
  ]);

  test('what programs do with our client comes to the same on both', () =>
    inTurn(async () => {
      const accounts = {};
      for (const [name, open] of [
        ['real', () => openReal(dir)],
        ['doorward', () => openDoorward({ settings: { rateLimiter: false }, steps: [] })],
      ]) {
        const server = await open();
        try {
          const given = { Client: OctoPrintClient, baseurl: server.url, key: server.keys.admin, generation: 'C' };
          accounts[name] = told(await keyStory(given));
        } finally {
          await server.close();
        }
      }
      const { real, doorward } = accounts;
      const differ = Object.keys(real).filter(
        (label) => !differences.has(label) && !isDeepStrictEqual(plain(real[label]), plain(doorward[label])),
      );
      assert.deepEqual(
        differ.map((label) => [label, plain(real[label]), plain(doorward[label])]),
        [],
      );
      assert.equal(Object.keys(doorward).length, Object.keys(real).length);
    }));

  test('the ten functions of `connect()` give the same on both', () =>
    inTurn(async () => {
      const accounts = [];
      for (const open of [() => openReal(dir), () => openDoorward({ settings: { rateLimiter: false }, steps: [] })]) {
        const server = await open();
        try {
          const { users } = await connect({ baseurl: server.url, apikey: server.keys.admin });
          const account = {
            list: await users.list(),
            add: await users.add({ name: 'js', password: 'jspw' }),
            get: await users.get('js'),
            update: await users.update('js', true, true),
            changePassword: await users.changePassword('js', 'newpw'),
            generateApiKey: await users.generateApiKey('js'),
            resetApiKey: await users.resetApiKey('js'),
            saveSettings: await users.saveSettings('js', { a: { x: 1 }, l: [1, null] }),
            getSettings: await users.getSettings('js'),
            missing: await users.get('ghost').catch(({ code }) => code),
            twice: await users.add({ name: 'js', password: 'x' }).catch(({ code }) => code),
            delete: await users.delete('js'),
          };
          const outcomes = Object.entries(account).map(([label, data]) => [label, { data: data ?? null }]);
          accounts.push(plain(told(Object.fromEntries(outcomes))));
        } finally {
          await server.close();
        }
      }
      assert.deepEqual(accounts[1], accounts[0]);
      assert.deepEqual([accounts[0].missing.data, accounts[0].twice.data], ['notFound', 'alreadyExists']);
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
