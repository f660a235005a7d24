// The nymea face from a page: with Node on one server, and with no server at all.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connect } from 'doorward/nymea';
import { serve as serveDoorward } from '../node/cli-helpers.mjs';
import { bundle, launch, serve } from './harness.mjs';

const admin = { username: 'admin', password: 'Admin123' };
let browser;
let files;

before(async () => {
  files = await serve(await bundle(new URL('harness-nymea.mjs', import.meta.url)));
  browser = await launch();
});
after(() => Promise.all([browser.close(), files.close()]));

async function newPage() {
  const page = await (await browser.newContext()).newPage();
  await page.goto(files.url);
  await page.waitForFunction(() => globalThis.connectTo !== undefined);
  return page;
}

test('a change by one arrives at the other, and before the reply at who made it', async (t) => {
  const { origin } = new URL(files.url);
  const cheap = ['--policy', 'nymea', '--set', 'hashMemory=64', '--set', 'hashPasses=1'];
  const options = ['--store', 'memory:', '--nymea-port', '0', '--allow-origin', origin, ...cheap];
  const { url, ready } = await serveDoorward(t, options);
  const ann = await connect(ready.nymea);
  t.after(() => ann.close());
  await ann.createUser(admin);
  await ann.logIn({ ...admin, deviceName: 'Node' });
  const page = await newPage();
  // The stored token of one is good for the other.
  const identity = await page.evaluate(
    async ({ target, token }) => {
      globalThis.heard = [];
      globalThis.client = await connectTo(target, { token });
      for (const name of ['Users.UserAdded', 'Users.UserChanged', 'Users.UserRemoved'])
        client.on(name, (params) => heard.push([name, params.userInfo?.username ?? params.username]));
      return client.identity;
    },
    { target: `${url.replace('http', 'ws')}/nymea`, token: ann.token },
  );
  assert.equal(identity.username, 'admin');

  const heard = [];
  ann.on('Users.UserAdded', ({ userInfo }) => heard.push(['added', userInfo.username]));
  ann.on('Users.UserRemoved', ({ username }) => heard.push(['removed', username]));
  await ann.users.CreateUser({ username: 'Bob', password: 'Bobby123', scopes: [] });
  heard.push('reply');
  await page.waitForFunction(() => heard.length === 1);

  const inPage = await page.evaluate(async () => {
    await client.users.RemoveUser({ username: 'BOB' });
    return [...heard, 'reply'];
  });
  assert.deepEqual(inPage, [['Users.UserAdded', 'bob'], ['Users.UserRemoved', 'bob'], 'reply']);
  while (heard.length < 3) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.deepEqual(heard, [['added', 'bob'], 'reply', ['removed', 'bob']]);
});

test('with no server: the client on a door of the page, and the button of the host', async () => {
  const page = await newPage();
  const account = await page.evaluate(async (admin) => {
    const door = await openDoor();
    const client = await connectTo(() => door.nymea());
    const begun = client.server.initialSetupRequired;
    await client.createUser(admin);
    await client.logIn({ ...admin, deviceName: 'page' });
    const other = await connectTo(() => door.nymea());
    const { finished } = await other.requestPushButtonAuth({ deviceName: 'tablet' });
    await door.pressButton();
    await finished;
    const { users } = await client.users.GetUsers();
    const kept = [begun, other.identity.username, users.map(({ username }) => username)];
    await door.close();
    return kept;
  }, admin);
  assert.deepEqual(account, [true, '', ['admin', '']]);
});
