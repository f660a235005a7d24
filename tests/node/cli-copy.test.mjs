// `doorward copy`, and a store that `serve` shares.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { lmdb } from 'doorward/stores/lmdb';
import { bearer, folder, json, password, prepared, refused, serve } from './cli-helpers.mjs';

const admin = { env: { DOORWARD_PASSWORD: password } };

async function filled(t, users = 0) {
  const store = await prepared(t);
  const raw = lmdb(store.slice('lmdb:'.length));
  const mutations = Array.from({ length: users }, (_, at) => ({ set: ['filling', String(at)], value: `"${at}"` }));
  if (users > 0) await raw.commit({ checks: [], mutations });
  await raw.close();
  return store;
}

const all = async (url, prefix = []) => {
  const store = lmdb(url.slice('lmdb:'.length));
  const found = [];
  for (;;) {
    const after = found.at(-1)?.key;
    const { ranges } = await store.read([{ prefix, ...(after && { after }) }]);
    found.push(...ranges[0]);
    if (ranges[0].length < 1000) break;
  }
  await store.close();
  return found.map(({ key, value }) => [key, value]);
};

test('a copy holds what the source holds, and opens', async (t) => {
  const from = await filled(t, 2500);
  const to = `lmdb:${join(folder(t), 'to.lmdb')}`;
  const { records, resumed, sha256 } = await json(['copy', '--from', from, '--to', to]);
  assert.equal(resumed, false);
  assert.match(sha256, /^[0-9a-f]{64}$/);
  const [source, target] = [await all(from), await all(to)];
  assert.equal(records, source.length);
  assert.deepEqual(target, source);
  assert.equal((await json(['users', 'get', 'ann', '--store', to])).name, 'ann');
  assert.equal((await refused(['copy', '--from', from, '--to', to])).code, 'alreadyExists');
});

test('a copy that was cut off is refused by a door, and gone on with', async (t) => {
  const from = await filled(t, 2500);
  const to = `lmdb:${join(folder(t), 'to.lmdb')}`;
  const source = await all(from);
  const half = lmdb(to.slice('lmdb:'.length));
  // As an earlier run left it: the first page is copied, and behind it stands what the source no longer has.
  await half.commit({
    checks: [],
    mutations: [
      ...source.slice(0, 1000).map(([key, value]) => ({ set: key, value })),
      { set: ['filling', '5555555'], value: '1' },
      { set: ['zzz'], value: '1' },
      { set: ['meta', 'import'], value: JSON.stringify({ copied: source[999][0] }) },
    ],
  });
  await half.close();
  assert.equal((await refused(['users', 'list', '--store', to])).code, 'storeCorrupt');
  assert.equal((await json(['copy', '--from', from, '--to', to])).resumed, true);
  assert.deepEqual(await all(to), source);
});

test('nothing is copied from nothing, and a half store is no source', async (t) => {
  const [from, to] = [`lmdb:${join(folder(t), 'a.lmdb')}`, `lmdb:${join(folder(t), 'b.lmdb')}`];
  assert.equal((await refused(['copy', '--from', from, '--to', to])).code, 'notFound');
  assert.equal((await refused(['copy', '--from', from, '--to', from], { exit: 2 })).code, 'invalidArgument');
  const half = lmdb(from.slice('lmdb:'.length));
  await half.commit({ checks: [], mutations: [{ set: ['meta', 'import'], value: '{}' }] });
  await half.close();
  assert.equal((await refused(['copy', '--from', from, '--to', to])).code, 'storeCorrupt');
});

test('a store that is shared takes administrators by an access token, and is a store for every command', async (t) => {
  const store = await prepared(t);
  const token = async (user, ...more) =>
    (await json(['tokens', 'create', user, '--name', 'x', '--store', store, ...more])).value;
  await json(['users', 'add', 'bob', '--group', 'users', '--store', store], admin);
  const [access, key, narrow, bobs] = [
    await token('ann', '--kind', 'access'),
    await token('ann'),
    await token('ann', '--kind', 'access', '--scope', 'users.read'),
    await token('bob', '--kind', 'access'),
  ];
  const server = await serve(t, ['--store', store, '--share-store', '/store']);
  const status = async (value) => (await fetch(`${server.url}/store`, { headers: bearer(value) })).status;
  assert.equal(await status(access), 200);
  for (const refusedToken of [key, narrow, bobs]) assert.equal(await status(refusedToken), 403);
  assert.equal((await fetch(`${server.url}/store`)).status, 401);
  assert.equal(await status('nonsense'), 401);
  const remote = [`--store`, `rest+${server.url}/store`];
  const env = { DOORWARD_TOKEN: access, DOORWARD_PASSWORD: password };
  await json(['users', 'add', 'cid', ...remote], { env });
  assert.equal((await json(['users', 'get', 'cid', '--store', store])).name, 'cid');
  const to = `lmdb:${join(folder(t), 'to.lmdb')}`;
  await json(['copy', '--from', remote[1], '--to', to], { env });
  assert.equal((await json(['users', 'get', 'cid', '--store', to])).name, 'cid');
  assert.equal((await refused(['users', 'list', ...remote], { env: { DOORWARD_TOKEN: key } })).code, 'storeFailed');
});
