// What OctoPrint's users ask for and do not have, by tokens of Doorward that the face takes for keys.
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { open } from 'doorward/faces';
import { memory } from 'doorward/stores/memory';

const origin = 'http://localhost:8080';
const policy = { preset: 'octoprint', hashMemory: 64, hashPasses: 1 };

let door;
let admin;
let clock;
beforeEach(async () => {
  clock = 1_700_000_000_000;
  door = await open({ store: memory(), policy, now: () => clock });
  admin = await door.setUp({ name: 'admin', password: 'adminpw' });
  await admin.users.create({ name: 'alice', password: 'alicepw' });
});

/** The three places of a key. */
const places = {
  'X-Api-Key': (key) => [`${origin}/api/currentuser`, { headers: { 'x-api-key': key } }],
  Bearer: (key) => [`${origin}/api/currentuser`, { headers: { authorization: `Bearer ${key}` } }],
  apikey: (key) => [`${origin}/api/currentuser?apikey=${encodeURIComponent(key)}`],
};
const ask = async (key, place = 'X-Api-Key') => (await door.handle(new Request(...places[place](key)))).json();
const call = (key, method, path, body) =>
  door.handle(
    new Request(`${origin}/api/access/${path}`, {
      method,
      headers: { 'x-api-key': key, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }),
  );

describe('keys of a user', () => {
  test('several, each with scopes of its own, in each of the three places', async () => {
    const make = (name, scopes) => admin.tokens.create({ user: 'alice', name, scopes });
    const view = await make('display', ['octoprint:STATUS', 'octoprint:WEBCAM']);
    const print = await make('slicer', ['octoprint:PRINT']);
    const whole = await make('script', null);
    const { apikey } = await admin.users.generateApiKey('alice');
    for (const place of Object.keys(places)) {
      const permissions = async (key) => (await ask(key, place)).permissions;
      assert.deepEqual(await permissions(view.value), ['STATUS', 'WEBCAM'], place);
      assert.deepEqual(await permissions(print.value), ['PRINT'], place);
      assert.ok((await permissions(whole.value)).length > 10, place);
      assert.deepEqual(await permissions(apikey), await permissions(whole.value), place);
    }
    // It is a key of alice's, and the one key of OctoPrint's is left as it is.
    assert.equal((await ask(view.value)).name, 'alice');
    assert.deepEqual(
      (await admin.tokens.list({ user: 'alice' })).tokens.map(({ name, primary }) => [name, primary]),
      [
        ['display', false],
        ['slicer', false],
        ['script', false],
        ['API key', true],
      ],
    );
    await admin.users.resetApiKey('alice');
    assert.equal((await ask(apikey)).name, null);
    assert.equal((await ask(whole.value)).name, 'alice');
    await admin.tokens.revoke(print.id);
    assert.deepEqual([(await ask(print.value)).name, (await ask(view.value)).name], [null, 'alice']);
  });

  test('what a key may do is what both it and its owner may', async () => {
    // Made before the owner lost the right: it bites at the next request.
    const { value } = await admin.tokens.create({ name: 'all', scopes: ['octoprint:PRINT', 'octoprint:SYSTEM'] });
    assert.deepEqual((await ask(value)).permissions, ['SYSTEM', 'PRINT']);
    const alices = await admin.tokens.create({ user: 'alice', name: 'x', scopes: ['octoprint:PRINT'] });
    await admin.users.edit('alice', { groups: ['readonly'] });
    assert.deepEqual((await ask(alices.value)).permissions, []);
    // An administrator's key that is not one gives no administration.
    assert.equal((await call(value, 'GET', 'users')).status, 403);
    assert.equal((await call(value, 'POST', 'users', { name: 'b', password: 'b', active: true })).status, 403);
  });

  test('a limited key gives its owner nothing that reaches further', async () => {
    const { value } = await admin.tokens.create({ user: 'alice', name: 'display', scopes: ['octoprint:STATUS'] });
    const answer = await call(value, 'POST', 'users/alice/apikey');
    if (answer.status === 200) {
      const { apikey } = await answer.json();
      assert.deepEqual((await ask(apikey)).permissions, ['STATUS']);
    } else assert.equal(answer.status, 403);
  });

  test('it expires', async () => {
    const { value } = await admin.tokens.create({ user: 'alice', name: 'visit', expires: clock + 60_000 });
    assert.equal((await ask(value)).name, 'alice');
    clock += 60_001;
    assert.equal((await ask(value)).name, null);
    assert.equal((await call(value, 'GET', 'users/alice')).status, 403);
  });

  test('its last use shows', async () => {
    const { value, id } = await admin.tokens.create({ user: 'alice', name: 'display' });
    const lastUsed = async () =>
      (await admin.tokens.list({ user: 'alice' })).tokens.find((token) => token.id === id).lastUsed;
    assert.equal(await lastUsed(), null);
    clock += 3_600_000;
    await ask(value);
    // It is written late.
    for (let tries = 0; (await lastUsed()) === null && tries < 50; tries++) await sleep(100);
    assert.ok(Math.abs((await lastUsed()) - clock) <= 60_000);
  });

  test('an account without a password holds keys, and cannot log in', async () => {
    await admin.users.create({ name: 'camera' });
    const { value } = await admin.tokens.create({ user: 'camera', name: 'key', scopes: ['octoprint:WEBCAM'] });
    assert.deepEqual(await ask(value), { groups: ['users'], name: 'camera', permissions: ['WEBCAM'] });
    const page = await door.handle(new Request(`${origin}/login/`));
    const [, csrf] = /csrf_token_P8080=([^;]+)/.exec(page.headers.getSetCookie()[0]);
    for (const pass of ['', 'camera', 'nologin']) {
      const login = await door.handle(
        new Request(`${origin}/api/login`, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            cookie: `csrf_token_P8080=${csrf}`,
            'x-csrf-token': csrf,
          },
          body: JSON.stringify({ user: 'camera', pass }),
        }),
      );
      assert.equal(login.status, 403, pass);
    }
  });
});
