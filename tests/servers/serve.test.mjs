// Several `serve` on one database: what one does, the others know, a revoked token within a second.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { etcdServer, postgresServer } from '../../scripts/lib/servers.mjs';
import { bearer, json, password, serve } from '../node/cli-helpers.mjs';
import { urlOf } from './open.mjs';

const servers = { postgres: await postgresServer(), etcd: await etcdServer() };
after(() => Promise.all(Object.values(servers).map((server) => server.remove())));

for (const [name, { url }] of Object.entries(servers)) {
  test(`${name}: a token revoked at one server is refused there at once, elsewhere within a second`, async (t) => {
    const store = urlOf(url, 'served');
    await json(['setup', 'ann', '--store', store], { env: { DOORWARD_PASSWORD: password } });
    const token = async (kind) => json(['tokens', 'create', 'ann', '--name', kind, '--kind', kind, '--store', store]);
    const [one, two] = await Promise.all([serve(t, ['--store', store]), serve(t, ['--store', store])]);
    const admin = bearer((await token('access')).value);
    for (let round = 0; round < 3; round += 1) {
      const { id, value } = await token('apikey');
      const status = async (server) => (await server.api('/me', { headers: bearer(value) })).status;
      for (let times = 0; times < 30; times += 1) assert.deepEqual([await status(one), await status(two)], [200, 200]);
      const revoked = await one.api('/call', { body: { op: 'tokens.revoke', args: [id] }, headers: admin });
      const at = performance.now();
      assert.equal(revoked.status, 200, JSON.stringify(revoked.body));
      assert.equal(await status(one), 401, 'at once where it was revoked');
      while ((await status(two)) === 200) assert.ok(performance.now() - at < 1000, 'still taken after a second');
    }
    const { users } = await (async () => {
      await one.api('/call', { body: { op: 'users.create', args: [{ name: 'bob' }] }, headers: admin });
      return (await two.api('/call', { body: { op: 'users.list', args: [] }, headers: admin })).body.result;
    })();
    assert.deepEqual(users.map(({ name }) => name).sort(), ['ann', 'bob']);
    for (const server of [one, two]) assert.deepEqual(await server.stop(), [0, null]);
  });
}

test('a store is copied from LMDB to PostgreSQL, and on to etcd', async (t) => {
  const { folder } = await import('../node/cli-helpers.mjs');
  const { join } = await import('node:path');
  const first = `lmdb:${join(folder(t), 'x.lmdb')}`;
  await json(['setup', 'ann', '--store', first], { env: { DOORWARD_PASSWORD: password } });
  const [second, third] = [urlOf(servers.postgres.url, 'copied'), urlOf(servers.etcd.url, 'copied')];
  const one = await json(['copy', '--from', first, '--to', second]);
  const two = await json(['copy', '--from', second, '--to', third]);
  assert.deepEqual(two, one);
  assert.equal((await json(['users', 'get', 'ann', '--store', third])).name, 'ann');
});
