// The typed client, against a live server over TCP and WebSocket, and against a door in the same process.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { open } from 'doorward/faces';
import { connect } from 'doorward/nymea';
import { memory } from 'doorward/stores/memory';
import { folder, serve } from './cli-helpers.mjs';
import { freePort } from './free-port.mjs';

const cheap = ['--policy', 'nymea', '--set', 'hashMemory=8', '--set', 'hashPasses=1'];
const admin = { username: 'Admin', password: 'Admin123' };
const device = { ...admin, deviceName: 'here' };

async function overNetwork(t, pick) {
  const server = await serve(t, ['--store', 'memory:', '--nymea-port', '0', '--control', ...cheap]);
  return {
    target: pick(server),
    async press() {
      server.child.stdin.write('{"do":"nymea.press"}\n');
      assert.deepEqual(await server.nextLine(), { ok: true });
    },
  };
}

/** A server by the way to it, and how its button is pressed. */
const ways = {
  TCP: (t) => overNetwork(t, ({ ready }) => ready.nymea),
  WebSocket: (t) => overNetwork(t, ({ url }) => `${url.replace(/^http/, 'ws')}/nymea`),
  async 'a door'(t) {
    const policy = { preset: 'nymea', hashMemory: 8, hashPasses: 1 };
    const door = await open({ store: memory(), policy });
    t.after(() => door.close());
    return { target: () => door.nymea(), press: () => door.pressButton() };
  },
};

/** A client that ends with the test. */
async function client(t, target, options) {
  const made = await connect(target, options);
  t.after(() => made.close());
  return made;
}

const next = (one, event) =>
  new Promise((resolve) => {
    const stop = one.on(event, (payload) => {
      stop();
      resolve(payload);
    });
  });

for (const [name, way] of Object.entries(ways)) {
  test(`set-up, log-in, and every method, ${name}`, async (t) => {
    const { target } = await way(t);
    const ann = await client(t, target);
    assert.deepEqual([ann.server.initialSetupRequired, ann.identity, ann.token], [true, null, null]);
    await ann.createUser({ ...admin, displayName: 'A' });
    const identity = await ann.logIn(device);
    assert.deepEqual([identity.username, identity.permissionScopes.length], ['admin', 6]);
    const { users } = ann;
    await users.CreateUser({ username: 'bob', password: 'Bobby123', scopes: ['PermissionScopeControlThings'] });
    assert.deepEqual(
      (await users.GetUsers()).users.map(({ username }) => username),
      ['admin', 'bob'],
    );
    assert.deepEqual(Object.keys(await users.GetUserInfo()), ['userInfo']);
    await users.SetUserInfo({ username: 'bob', email: 'b@x' });
    await users.SetUserScopes({ username: 'bob', scopes: [] });
    await users.ChangeUserPassword({ username: 'bob', newPassword: 'Bobby1234' });
    await users.ChangePassword({ newPassword: 'Admin1234' });
    assert.deepEqual((await users.GetUserTokens({ username: 'bob' })).tokenInfoList, []);
    const [{ id }] = (await users.GetTokens()).tokenInfoList;
    const refused = async (work, code, userError) =>
      assert.rejects(work, (error) => {
        assert.deepEqual([error.code, error.details.userError], [code, userError]);
        return true;
      });
    await refused(users.RemoveUser({ username: 'ghost' }), 'notFound', 'UserErrorInvalidUserId');
    await refused(users.CreateUser({ ...admin }), 'alreadyExists', 'UserErrorDuplicateUserId');
    await refused(users.ChangePassword({ newPassword: 'weak' }), 'invalidPassword', 'UserErrorBadPassword');
    await refused(users.CreateUser({ username: 'bob' }), 'invalidArgument');
    await refused(ann.call('Users.Nope'), 'unsupported');
    const bob = await client(t, target);
    await bob.logIn({ username: 'bob', password: 'Bobby1234', deviceName: 'd' });
    await refused(bob.users.GetUsers(), 'denied');
    await refused(bob.logIn({ ...device, password: 'wrong' }), 'badCredentials');
    assert.equal(bob.identity, null);
    await users.RemoveUser({ username: 'bob' });
    const out = next(ann, 'loggedOut');
    await users.RemoveToken({ tokenId: id });
    await refused(users.GetUsers(), 'unknownToken');
    await out;
    assert.equal(ann.token, null);
  });

  test(`notifications come before the reply, and a stored token goes on, ${name}`, async (t) => {
    const { target } = await way(t);
    const ann = await client(t, target);
    await ann.createUser(admin);
    await ann.logIn(device);
    const again = await client(t, target, { token: ann.token });
    assert.equal(again.identity.username, 'admin');
    const heard = [];
    ann.on('Users.UserAdded', ({ userInfo }) => heard.push(`added ${userInfo.username}`));
    ann.on('Users.UserChanged', ({ userInfo }) => heard.push(`changed ${userInfo.email}`));
    const stop = ann.on('Users.UserRemoved', ({ username }) => heard.push(`removed ${username}`));
    const elsewhere = next(again, 'Users.UserRemoved');
    await ann.users.CreateUser({ username: 'Bob', password: 'Bobby123' }).then(() => heard.push('reply'));
    await ann.users.SetUserInfo({ username: 'bob', email: 'x' }).then(() => heard.push('reply'));
    await ann.users.RemoveUser({ username: 'bob' }).then(() => heard.push('reply'));
    assert.deepEqual(heard, ['added bob', 'reply', 'changed x', 'reply', 'removed bob', 'reply']);
    assert.deepEqual(await elsewhere, { username: 'bob' });
    stop();
    // A token that is no good leaves a stranger, who may log in.
    const stale = await client(t, target, { token: 'bm9uc2Vuc2U=' });
    assert.deepEqual([stale.identity, stale.token], [null, null]);
    await stale.logIn(device);
    assert.equal(stale.identity.username, 'admin');
  });

  test(`the push button, ${name}`, async (t) => {
    const { target, press } = await way(t);
    const [alice, mallory] = [await client(t, target), await client(t, target)];
    const first = await alice.requestPushButtonAuth({ deviceName: 'alice' });
    const second = await mallory.requestPushButtonAuth({ deviceName: 'mallory' });
    await assert.rejects(first.finished, { code: 'denied' });
    mallory.close();
    await assert.rejects(second.finished, { code: 'offline' });
    if (name !== 'a door') await sleep(100);
    const { transactionId, finished } = await alice.requestPushButtonAuth({ deviceName: 'alice' });
    assert.equal(transactionId, 3);
    await press();
    await finished;
    assert.deepEqual([alice.identity.username, alice.token.length > 20], ['', true]);
    assert.equal((await alice.users.GetTokens()).tokenInfoList[0].deviceName, 'alice');
  });
}

for (const transport of ['TCP', 'WebSocket']) {
  test(`a lost connection is opened again with the same token, ${transport}`, async (t) => {
    const store = `lmdb:${join(folder(t), 'store.lmdb')}`;
    const [port, nymeaPort] = [await freePort(), await freePort()];
    const start = () => serve(t, ['--port', `${port}`, '--nymea-port', `${nymeaPort}`, '--store', store, ...cheap]);
    const first = await start();
    const target = transport === 'TCP' ? `nymea://127.0.0.1:${nymeaPort}` : `ws://127.0.0.1:${port}/nymea`;
    const ann = await client(t, target);
    await ann.createUser(admin);
    await ann.logIn(device);
    const [{ token }, lost, back] = [ann, next(ann, 'disconnected'), next(ann, 'reconnected')];
    await first.stop('SIGKILL');
    await lost;
    const waits = ann.users.GetUsers();
    await start();
    await back;
    assert.equal((await waits).users.length, 1);
    assert.deepEqual([ann.token, ann.identity.username], [token, 'admin']);
    const told = next(ann, 'Users.UserChanged');
    await ann.users.SetUserInfo({ email: 'again' });
    assert.equal((await told).userInfo.email, 'again');
    ann.close();
    await assert.rejects(ann.users.GetUsers(), { code: 'offline' });
  });
}

test('what cannot be connected to', async (t) => {
  const port = await freePort();
  for (const scheme of ['tcp', 'nymeas', 'ws', 'wss'])
    await assert.rejects(connect(`${scheme}://127.0.0.1:${port}/nymea`), { code: 'offline' }, scheme);
  for (const target of ['nowhere', 'ftp://x', 'ws://ann:pw@127.0.0.1/nymea'])
    await assert.rejects(connect(target), { code: 'invalidArgument' }, target);
  await assert.rejects(connect('ws://127.0.0.1', { tokn: 'x' }), { code: 'unknownField' });
  await assert.rejects(connect('nymeas://127.0.0.1', { tls: { fingerprint: 'x' } }), { code: 'invalidArgument' });
  const { url } = await serve(t, ['--store', 'memory:']);
  await assert.rejects(connect(url.replace('http', 'tcp')), { code: 'offline' });
  const door = await open({ store: memory() });
  const connection = door.nymea();
  connection.close();
  await assert.rejects(connect(connection), { code: 'offline' });
  await door.close();
});
