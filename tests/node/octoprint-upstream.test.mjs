// The vectors against the real OctoPrint 1.11: they are right where it answers `upstream`, or else `expect`.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { match } from './octoprint-match.mjs';
import { install, legacyHash, needsOwn, openReal, writtenFiles } from './octoprint-real.mjs';
import { SharedServers, callAs } from './octoprint-shared.mjs';
import { inTurn, permissions, runCase, titleOf, vector } from './octoprint-runner.mjs';
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
});
