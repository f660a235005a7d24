// `connect`: the users of a session over OctoPrint's REST API, beside those of a door.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { DoorwardError, open } from 'doorward';
import { InvalidArgumentError, RequestError, connect } from 'doorward/octoprint';
import { memory } from 'doorward/stores/memory';
import { recorder } from './octoprint-helpers.mjs';
import { octoprint } from './octoprint-server.mjs';

let server;
let fake;
before(async () => {
  server = await recorder();
});
after(() => server.close());
beforeEach(() => {
  fake = octoprint(server.port);
  server.answer = fake.answer;
  server.take();
});

const code = (expected, details) => (error) => {
  assert.ok(DoorwardError.is(error), `a DoorwardError, not ${error}`);
  assert.equal(error.code, expected, error.message);
  for (const [name, value] of Object.entries(details ?? {})) assert.equal(error.details[name], value);
  return true;
};
const asAdmin = () => connect({ baseurl: server.url, apikey: fake.keyOf('ann') });
const asked = () => server.take().map(({ method, path }) => `${method} ${path}`);

/** The users of a session of a door, and those of a connection: ann is an administrator of both. */
const both = {
  'a door': async () => {
    const door = await open({ store: memory(), policy: { preset: 'octoprint', hashMemory: 64, hashPasses: 1 } });
    return (await door.setUp({ name: 'ann', password: 'correct horse' })).users;
  },
  'a server': async () => (await asAdmin()).users,
};

for (const [what, make] of Object.entries(both)) {
  test(`the same page on ${what}`, async () => {
    const users = await make();
    const names = ({ users: all }) => all.map(({ name }) => name);
    assert.deepEqual(names(await users.add({ name: 'bob', password: 'battery staple' })), ['ann', 'bob']);
    await assert.rejects(users.add({ name: 'bob', password: 'battery staple' }), code('alreadyExists'));
    const bob = await users.get('bob');
    assert.deepEqual(
      [bob.active, bob.admin, bob.roles, bob.groups, bob.status, bob.apikey, bob.hasApiKey, bob.permissions],
      [true, false, ['user'], ['users'], 'active', null, false, []],
    );
    await users.update('bob', true, true);
    const promoted = await users.get('bob');
    assert.deepEqual([promoted.admin, promoted.roles], [true, ['user', 'admin']]);
    assert.deepEqual([...promoted.groups].sort(), ['admins', 'users']);
    await users.update('bob', false, false, null, null);
    const disabled = await users.get('bob');
    assert.deepEqual([disabled.active, disabled.status, disabled.groups], [false, 'disabled', ['users']]);
    assert.deepEqual((await users.edit('bob', { status: 'active', groups: [] })).groups, []);
    assert.match((await users.generateApiKey('bob')).apikey, /./);
    assert.equal((await users.get('bob')).hasApiKey, true);
    assert.deepEqual(await users.resetApiKey('bob'), {});
    assert.deepEqual(await users.saveSettings('bob', { a: { x: 1 }, b: 1 }), {});
    await users.saveSettings('bob', { a: 2 });
    await users.saveSettings('bob');
    assert.deepEqual(await users.getSettings('bob'), { a: 2, b: 1 });
    assert.deepEqual(await users.changePassword('bob', 'a new password'), {});
    await assert.rejects(users.update('bob', true, false, ['nope']), code('unknownScope'));
    await assert.rejects(users.update('bob', true, false, null, ['nope']), code('unknownGroup'));
    const chief = await users.create({ name: 'cy', password: 'a long password', admin: true });
    assert.deepEqual([...chief.groups].sort(), ['admins', 'users']);
    assert.deepEqual(Object.keys(chief).sort(), Object.keys(await users.get('ann')).sort());
    const page = await users.list({ limit: 2 });
    assert.deepEqual([names(page), names(await users.list({ after: page.next }))], [['ann', 'bob'], ['cy']]);
    assert.deepEqual(names(await users.list({ search: 'b' })), ['bob']);
    assert.equal('next' in (await users.list({ limit: 3 })), false);
    await assert.rejects(users.list({ limit: 0 }));
    assert.equal(await users.remove('cy'), undefined);
    assert.deepEqual(names(await users.delete('bob')), ['ann']);
    await assert.rejects(users.get('bob'), code('notFound'));
    await assert.rejects(users.delete('ann'), code('ownAccount'));
    for (const call of [
      () => users.get(''),
      () => users.add({ name: 'x' }),
      () => users.update(),
      () => users.delete(),
      () => users.changePassword('ann'),
      () => users.generateApiKey(),
      () => users.saveSettings(''),
    ]) {
      assert.throws(call, InvalidArgumentError);
    }
  });
}

test('the records have the same fields', async () => {
  const [local, remote] = await Promise.all(Object.values(both).map(async (make) => (await make()).get('ann')));
  assert.deepEqual(Object.keys(remote).sort(), Object.keys(local).sort());
  for (const [field, value] of Object.entries(local)) {
    const kind = (given) => (given === null ? 'null' : typeof given);
    // Nobody has said when.
    if (field !== 'lastLogin') assert.equal(kind(remote[field]), kind(value), field);
  }
});

describe('a session by password', () => {
  const asBob = () => connect({ baseurl: server.url, user: 'bob', password: 'bobpw' });
  beforeEach(() => fake.add('bob', 'bobpw'));

  test('works with the CSRF check, and outlives a change of its own password', async () => {
    const { users, browser } = await asBob();
    assert.deepEqual(asked(), ['GET /login/', 'POST /api/login']);
    await assert.rejects(users.changePassword('bob', 'newpw'), code('currentPasswordRequired'));
    await assert.rejects(users.changePassword('bob', 'newpw', 'bad'), code('currentPasswordWrong'));
    assert.deepEqual(await users.changePassword('bob', 'newpw', 'bobpw'), {});
    assert.equal((await users.get('bob')).name, 'bob');
    await assert.rejects(users.list(), code('denied'));
    await browser.logout();
    await assert.rejects(users.get('bob'), code('denied'));
  });

  test('errors of the log-in', async () => {
    const wrong = connect({ baseurl: server.url, user: 'bob', password: 'bad' });
    await assert.rejects(wrong, code('badCredentials'));
    for (const [reply, ...expected] of [
      [
        { status: 429, body: '{"error":"too many"}', headers: { 'retry-after': '30' } },
        'lockedOut',
        { retryAfter: 30_000 },
      ],
      [{ status: 403, body: '{"error":"x","mfa":["totp"]}' }, 'denied', { by: 'secondFactor' }],
      [{ status: 400, body: '{"error":"CSRF validation failed"}' }, 'denied', { by: 'csrf' }],
      [{ status: 404, body: '<p>' }, 'unsupported'],
      [{ status: 200, body: '<p>' }, 'unsupported'],
      [{ status: 502, body: '<p>' }, 'offline'],
    ]) {
      server.answer = () => reply;
      await assert.rejects(asBob(), code(...expected));
    }
    await assert.rejects(connect({ baseurl: 'http://127.0.0.1:1', user: 'a', password: 'b' }), code('offline'));
  });
});

test('what a failure means, with the request as its cause', async () => {
  const { users } = await asAdmin();
  for (const [reply, expected, details] of [
    [{ status: 400, body: '{"error":"Username invalid"}' }, 'invalidName'],
    [{ status: 400, body: '{"error":"x"}' }, 'invalidArgument'],
    [{ status: 400, body: '{"error":"CSRF validation failed"}' }, 'unknownToken'],
    [
      { status: 403, body: '{"error":"Please reauthenticate with your credentials"}' },
      'denied',
      { by: 'reauthentication' },
    ],
    [{ status: 403, body: '{"error":"x"}' }, 'denied'],
    [{ status: 404, body: '{"error":"x"}' }, 'notFound'],
    [{ status: 404, body: '<p>' }, 'unsupported'],
    [{ status: 418, body: '{"error":"x"}' }, 'unsupported'],
    [{ status: 500, body: '<p>' }, 'storeFailed'],
    [{ status: 200, body: '' }, 'unsupported'],
  ]) {
    server.answer = () => reply;
    const error = await users.add({ name: 'x', password: 'y' }).catch((reason) => reason);
    code(expected, details)(error);
    assert.ok(error.cause instanceof RequestError);
  }
});

test('what OctoPrint has no place for is refused before it is sent', async () => {
  const { users } = await asAdmin();
  for (const call of [
    () => users.list({ order: 'id' }),
    () => users.create({ name: 'x' }),
    () => users.create({ name: 'x', password: 'y', email: 'x@example.org' }),
    () => users.create({ name: 'x', password: 'y', settings: {} }),
    () => users.edit('ann', { name: 'x' }),
    () => users.edit('ann', { status: 'locked' }),
    () => users.edit('ann', { reach: {} }),
    () => users.clearPassword('ann'),
    () => users.rights('ann'),
  ]) {
    await assert.rejects(call, code('unsupported'));
  }
  await assert.rejects(users.edit('ann', { shoeSize: 43 }), code('unknownField'));
  await assert.rejects(users.list({ page: 2 }), code('unknownField'));
  assert.throws(() => users.get('..'), InvalidArgumentError);
  assert.deepEqual(asked(), []);
});

test('options are checked; a key goes without cookies and without a first request', async () => {
  for (const [options, expected] of [
    [{}, 'invalidArgument'],
    [{ baseurl: '' }, 'invalidArgument'],
    [{ baseurl: server.url, apikey: 'a b' }, 'invalidArgument'],
    [{ baseurl: server.url, user: 'x' }, 'invalidArgument'],
    [{ baseurl: server.url, user: 'x', password: 'y', apikey: 'z' }, 'invalidArgument'],
    [{ baseurl: server.url, token: 'z' }, 'unknownField'],
  ]) {
    await assert.rejects(connect(options), code(expected));
  }
  const { client, users, access } = await asAdmin();
  assert.deepEqual(asked(), []);
  assert.equal(client.options.credentials, 'omit');
  await users.list();
  assert.equal((await access.groups.list()).groups[0].key, 'admins');
});

test('a fetch of the caller is taken', async () => {
  const seen = [];
  const fetch = (url, init) => (seen.push(url), globalThis.fetch(url, init));
  const { users } = await connect({ baseurl: server.url, apikey: fake.keyOf('ann'), fetch });
  await users.list();
  assert.deepEqual(seen, [`${server.url}api/access/users`]);
});
