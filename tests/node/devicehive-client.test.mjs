// `doorward/devicehive` against a running server: every function, its errors, and tokens that run out.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { connect } from 'doorward/devicehive';
import { base, vector } from './devicehive-runner.mjs';
import { startWorld } from './vector-targets.mjs';

const ends = [];
const begin = (set) =>
  startWorld({ after: (work) => ends.push(work) }, { policy: 'devicehive', world: vector.world, set });
after(async () => {
  for (const end of ends.reverse()) await end();
});

const dhadmin = { login: 'dhadmin', password: 'dhadmin_#911' };
const cli = { login: 'cli', password: 'client-pw1' };

describe('the sixteen functions', () => {
  let url;
  let admin;
  before(async () => {
    url = (await begin()).url + base;
    admin = await connect({ url: `${url}/`, ...dhadmin });
  });

  test('list and count, with filters', async () => {
    const logins = async (query) => (await admin.user.list(query)).map(({ login }) => login);
    assert.deepEqual(await logins({ take: 4 }), ['dhadmin', 'cli', 'bob', 'off']);
    assert.deepEqual(await logins({ loginPattern: '%b%', sortField: 'login', sortOrder: 'DESC' }), ['bob']);
    assert.deepEqual(await logins({ role: 1, status: 2, login: undefined }), ['off']);
    assert.deepEqual(await logins({ sortField: 'id', skip: 1, take: 1 }), ['cli']);
    assert.equal(await admin.user.count({ status: 2 }), 1);
  });

  test('the life of a user', async () => {
    const { user } = admin;
    const made = await user.insert({ login: 'new', password: 'new-pw', role: 1, data: { a: 1 } });
    assert.deepEqual(Object.keys(made).sort(), ['allDeviceTypesAvailable', 'data', 'id', 'introReviewed', 'lastLogin']);
    const { id } = made;
    await user.update(id, { status: 2, data: { b: 2 } });
    const found = await user.get(id);
    assert.deepEqual([found.login, found.status, found.data, found.networks], ['new', 2, { b: 2 }, []]);
    await assert.rejects(user.insert({ login: 'new', password: 'new-pw', role: 1 }), {
      code: 'alreadyExists',
      details: { status: 403 },
    });
    await assert.rejects(user.insert({ login: 'x', password: 'new-pw', role: 1 }), { code: 'invalidArgument' });
    await user.assignNetwork(id, 1);
    assert.equal((await user.getNetwork(id, 1)).name, 'Sample Network');
    await user.unassignNetwork(id, 1);
    await assert.rejects(user.getNetwork(id, 1), { code: 'notFound' });
    await assert.rejects(user.assignDeviceType(id, 1), { code: 'denied' });
    await user.disallowAllDeviceTypes(id);
    await user.assignDeviceType(id, 32);
    assert.equal((await user.getDeviceType(id, 32)).name, 'Cameras');
    assert.equal((await user.getDeviceTypes(id)).length, 1);
    await user.unassignDeviceType(id, 32);
    assert.deepEqual(await user.getDeviceTypes(id), []);
    await user.allowAllDeviceTypes(id);
    assert.ok((await user.getDeviceTypes(id)).length >= 3);
    await user.delete(id);
    await assert.rejects(user.get(id), { code: 'notFound', message: `User with id = ${id} not found` });
  });

  test('oneself', async () => {
    const { user } = await connect({ url, ...cli });
    await user.updateCurrent({ data: { seen: true }, introReviewed: true });
    const me = await user.getCurrent();
    assert.deepEqual([me.login, me.data, me.introReviewed], ['cli', { seen: true }, true]);
    await assert.rejects(user.updateCurrent({ role: 0 }), { code: 'denied' });
    await assert.rejects(user.updateCurrent({ password: 'other-pw' }), { code: 'currentPasswordRequired' });
    await assert.rejects(user.updateCurrent({ password: 'other-pw', oldPassword: 'no' }), {
      code: 'currentPasswordWrong',
    });
    await assert.rejects(user.list(), { code: 'denied' });
    await assert.rejects(admin.user.delete(1), { code: 'ownAccount' });
  });

  test('tokens of one’s own, and what the server says of itself', async () => {
    const { apiVersion } = await admin.info();
    assert.notEqual(apiVersion, '');
    const tokens = await admin.createTokens({ userId: 11, actions: ['GetCurrentUser'] });
    const narrow = await connect({ url, accessToken: tokens.accessToken });
    assert.equal((await narrow.user.getCurrent()).login, 'cli');
    assert.equal(narrow.tokens.refreshToken, null);
    await assert.rejects(narrow.createTokens({ userId: 11 }), { code: 'denied' });
  });

  test('what is no connection', async () => {
    await assert.rejects(connect({ url, login: 'dhadmin', password: 'no' }), { code: 'badCredentials' });
    await assert.rejects(connect({ url, login: 'ghost', password: 'no' }), { code: 'badCredentials' });
    await assert.rejects(connect({ url, login: 'off', password: 'off-pw-123' }), { code: 'accountDisabled' });
    await assert.rejects(connect({ url, refreshToken: 'a.b.c' }), { code: 'unknownToken' });
    await assert.rejects(connect({ url: url.replace('/dh/rest', ''), ...dhadmin }), { code: 'unsupported' });
    await assert.rejects(connect({ url: 'http://127.0.0.1:9', ...dhadmin }), { code: 'offline' });
    for (const [more, code] of [
      [{}, 'invalidArgument'],
      [{ login: 'a' }, 'invalidArgument'],
      [{ ...dhadmin, accessToken: 'x' }, 'invalidArgument'],
      [{ accessToken: 'a b' }, 'invalidArgument'],
      [{ ...dhadmin, user: 'x' }, 'unknownField'],
    ]) {
      await assert.rejects(connect({ url, ...more }), { code });
    }
    for (const id of [1.5, -1, '1', undefined, '../token'])
      await assert.rejects(admin.user.get(id), { code: 'invalidId' });
  });
});

test('an access token that has expired is replaced, once for all calls that wait for it', async () => {
  const { url } = await begin(['devicehive.accessLifetime=700']);
  const told = [];
  let refreshes = 0;
  const counted = (address, init) => {
    if (String(address).endsWith('/token/refresh')) refreshes += 1;
    return fetch(address, init);
  };
  const connection = await connect({ url: url + base, ...dhadmin, fetch: counted, onTokens: (now) => told.push(now) });
  await connection.user.getCurrent();
  await new Promise((resolve) => setTimeout(resolve, 800));
  const all = await Promise.all(Array.from({ length: 5 }, () => connection.user.getCurrent()));
  assert.deepEqual(
    all.map(({ id }) => id),
    [1, 1, 1, 1, 1],
  );
  assert.equal(refreshes, 1);
  assert.equal(told.length, 2);
  assert.equal(told[1].refreshToken, told[0].refreshToken);
  assert.deepEqual(connection.tokens, told[1]);

  const byRefresh = await connect({ url: url + base, refreshToken: told[0].refreshToken });
  assert.equal((await byRefresh.user.getCurrent()).id, 1);
  const alone = await connect({ url: url + base, accessToken: told[0].accessToken });
  await assert.rejects(alone.user.getCurrent(), { code: 'expiredToken' });
});
