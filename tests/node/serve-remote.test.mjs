// `doorward/remote` against a running server: the same door and sessions as in the page's own store.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { test } from 'node:test';
import { connect } from 'doorward/remote';
import { password } from './cli-helpers.mjs';
import { serveHere } from './serve-here.mjs';

async function connected(t, options = {}) {
  const server = await serveHere(t);
  const door = await connect({ baseurl: server.url, ...options });
  t.after(() => door.close());
  return { server, door };
}

async function entered(t) {
  const { server, door } = await connected(t);
  return { server, door, session: await door.setUp({ name: 'ann', password, displayName: 'Ann' }) };
}

const code = (expected) => (error) => error.name === 'DoorwardError' && error.code === expected;

test('what the server is, and set-up', async (t) => {
  const { door } = await connected(t);
  assert.deepEqual([door.needsSetup, door.policy], [true, 'doorward']);
  assert.ok(door.scopes.some((scope) => scope.name === 'admin' && scope.dangerous));
  const session = await door.setUp({ name: 'ann', password, displayName: 'Ann' });
  assert.deepEqual([session.me.name, session.me.displayName, session.me.admin], ['ann', 'Ann', true]);
  assert.match(session.token, /^dw_/);
  assert.equal(door.needsSetup, false);
  await assert.rejects(door.setUp({ name: 'eve', password }), code('setupDone'));
});

test('the ten functions, with the same arguments and results', async (t) => {
  const { session } = await entered(t);
  const { users } = session;
  const added = await users.add({ name: 'bob', password: 'bobs password', groups: [] });
  assert.deepEqual(
    added.users.map((user) => user.name),
    ['ann', 'bob'],
  );
  assert.equal((await users.get('bob')).active, true);
  assert.equal((await users.update('bob', false)).users[1].active, false);
  assert.equal((await users.update('bob', true, true)).users[1].admin, true);
  assert.deepEqual((await users.update('bob', true, false, ['users.read'], null)).users[1].scopes, ['users.read']);
  assert.deepEqual(await users.changePassword('bob', 'bobs new password'), {});
  const { apikey } = await users.generateApiKey('bob');
  assert.match(apikey, /^dw_/);
  assert.deepEqual(await users.resetApiKey('bob'), {});
  assert.deepEqual(await users.saveSettings('bob', { theme: 'dark' }), {});
  assert.deepEqual(await users.getSettings('bob'), { theme: 'dark' });
  assert.deepEqual(
    (await users.delete('bob')).users.map((user) => user.name),
    ['ann'],
  );
  assert.deepEqual((await users.list()).users.length, 1);
});

test('where OctoPrintClient throws at once, so does this', async (t) => {
  const { session } = await entered(t);
  const { users } = session;
  const calls = [
    () => users.get(''),
    () => users.update(''),
    () => users.delete(),
    () => users.generateApiKey(''),
    () => users.resetApiKey(''),
    () => users.getSettings(),
    () => users.saveSettings(''),
  ];
  for (const call of calls) assert.throws(call, { name: 'InvalidArgumentError', message: 'user name must be set' });
  assert.throws(() => users.add({ name: 'n' }), { name: 'InvalidArgumentError' });
  assert.throws(() => users.changePassword('ann', ''), { name: 'InvalidArgumentError' });
});

test('tokens, groups, resources, links, audit', async (t) => {
  const { door, session } = await entered(t);
  const expires = new Date(Date.now() + 3_600_000);
  const token = await session.tokens.create({ name: 'x', scopes: ['users.read'], expires });
  assert.equal(token.expires, expires.getTime());
  const narrow = await door.authenticate(token.value);
  assert.equal(narrow.token, null);
  assert.deepEqual(narrow.me.scopes, ['users.read']);
  await assert.rejects(narrow.users.create({ name: 'x' }), code('denied'));
  assert.deepEqual((await session.tokens.list()).tokens.length, 2);
  assert.deepEqual(await session.tokens.revoke(token.id), { removed: 1 });
  await assert.rejects(narrow.users.list(), code('unknownToken'));
  assert.equal((await session.groups.add({ key: 'lab' })).key, 'lab');
  assert.equal((await session.groups.update('lab', { name: 'Lab' })).name, 'Lab');
  assert.equal(await session.groups.delete('lab'), undefined);
  await session.resources.add({ kind: 'site', id: 101, owner: null });
  assert.equal((await session.resources.get('site', 101)).id, '101');
  assert.equal(await session.links.set({ user: 'ann', kind: 'site', id: 101, level: 1 }), undefined);
  assert.deepEqual((await session.links.list({ user: 'ann' })).links, [
    { user: 'ann', kind: 'site', id: '101', level: 1 },
  ]);
  assert.equal(await session.resources.delete('site', 101), undefined);
  assert.ok((await session.audit.list({ limit: 5 })).entries.length === 5);
});

test('decisions without asking: those of an administrator, and those of a narrow reach', async (t) => {
  const { door, session } = await entered(t);
  assert.equal(session.can('users.read'), true);
  assert.equal(session.can('users.read', { kind: 'thing', id: 'any' }), true);
  assert.equal(session.can('no.such'), false);
  assert.equal(session.explain('no.such').by, 'unknown-scope');
  await session.users.create({
    name: 'bob',
    password: 'bobs password',
    groups: [],
    scopes: ['resources.read'],
    reach: { thing: ['a', 'c'], site: 'all' },
  });
  const bob = await door.logIn('bob', 'bobs password');
  assert.equal(bob.can('users.read'), false);
  assert.equal(bob.can('resources.read'), true);
  assert.equal(bob.can('resources.read', { kind: 'thing', id: 'a' }), true);
  assert.equal(bob.can('resources.read', { kind: 'thing', id: 'b' }), false);
  assert.equal(bob.can('resources.read', { kind: 'site', id: 7 }), true);
  assert.equal(bob.can('resources.read', { kind: 'constructor', id: 'a' }), false);
  assert.deepEqual(bob.filter('resources.read', 'thing', ['c', 'b', 'a']), ['c', 'a']);
  const handles = bob.intern('thing', ['c', 'b', 'a', 'c']);
  assert.equal(handles[0], handles[3]);
  assert.deepEqual([...bob.filter('resources.read', handles)], [handles[0], handles[2], handles[0]]);
  assert.equal(bob.can('resources.read', handles[1]), false);
  assert.equal(bob.can('resources.read', 99), false);
  assert.deepEqual(
    [bob.explain('resources.read').by, bob.explain('resources.read', { kind: 'thing', id: 'b' }).by],
    ['scope', 'reach'],
  );

  // The handles stay when the rights change.
  await session.users.edit('bob', { reach: { thing: ['b'] } });
  await bob.refresh();
  assert.equal(bob.can('resources.read', handles[1]), true);
  assert.equal(bob.can('resources.read', handles[0]), false);
  bob.close();
  assert.equal(bob.can('resources.read'), false);
  assert.deepEqual(bob.filter('resources.read', 'site', [1]), []);
  await assert.rejects(bob.users.list(), code('storeClosed'));
});

test('a change of the own rights counts at once', async (t) => {
  const { session } = await entered(t);
  await session.users.edit('ann', { displayName: 'Ann B.' });
  assert.equal(session.me.displayName, 'Ann B.');
});

test('log-out ends the token, also where it had ended already', async (t) => {
  const { door, session } = await entered(t);
  const second = await door.logIn('ann', password, { device: 'Tablet' });
  assert.equal(second.me.token.name, 'Tablet');
  const { token } = second;
  await second.logOut();
  await assert.rejects(door.authenticate(token), code('unknownToken'));
  const third = await door.logIn('ann', password);
  await session.tokens.revoke(third.me.token.id);
  await third.logOut();
});

test('resume takes up a token, and says null when it is over', async (t) => {
  const { server, door, session } = await entered(t);
  assert.equal(await door.resume(), null);
  const again = await connect({ baseurl: server.url, token: session.token });
  assert.equal((await again.resume()).me.name, 'ann');
  await session.logOut();
  assert.equal(await again.resume(), null);
  await again.close();
});

test('with cookies, a log-in gives no token away', async (t) => {
  // Node's fetch keeps no cookies; this one does, as a browser would.
  let cookie = '';
  const fetching = async (url, init) => {
    const headers = new Headers(init.headers);
    if (init.credentials === 'same-origin') {
      if (cookie !== '') headers.set('cookie', cookie);
      headers.set('sec-fetch-site', 'same-origin');
    }
    const response = await fetch(url, { ...init, headers });
    const set = response.headers.get('set-cookie');
    if (set !== null) cookie = set.includes('Max-Age=0') ? '' : set.split(';')[0];
    return response;
  };
  const { server, door } = await connected(t, { cookie: true, fetch: fetching });
  const session = await door.setUp({ name: 'ann', password });
  assert.equal(session.token, null);
  assert.equal((await session.users.list()).users.length, 1);
  const reloaded = await connect({ baseurl: server.url, cookie: true, fetch: fetching });
  assert.equal((await reloaded.resume()).me.name, 'ann');
  await session.logOut();
  assert.equal(cookie, '');
  assert.equal(await reloaded.resume(), null);
  await reloaded.close();
});

test('events of others arrive, and stop when they are no longer wanted', async (t) => {
  const { server, door, session } = await entered(t);
  const other = await connect({ baseurl: server.url });
  const theirs = await other.logIn('ann', password);
  const heard = [];
  let wake = () => {};
  const stop = door.on('userAdded', (event) => {
    heard.push(event.name);
    wake();
  });
  // The stream opens in the background: add users until the first is heard.
  for (let i = 0; i < 50 && heard.length === 0; i += 1) {
    await theirs.users.create({ name: `user-${i}` });
    await new Promise((resolve) => {
      wake = resolve;
      setTimeout(resolve, 100);
    });
  }
  assert.ok(heard.length > 0);
  stop();
  const count = heard.length;
  await theirs.users.create({ name: 'unheard' });
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal(heard.length, count);
  await other.close();
  assert.equal((await session.users.get('unheard')).name, 'unheard');
});

test('nobody there is `offline`, somebody else is `unsupported`', async (t) => {
  const { server, session } = await entered(t);
  await server.stop();
  await assert.rejects(session.users.list(), code('offline'));
  await assert.rejects(connect({ baseurl: server.url }), code('offline'));
  const stranger = createServer((request, response) => {
    const answers = { '/html': '<html>', '/json': '{"hello":1}', '/bad': '{' };
    const path = new URL(request.url, 'http://x').pathname.replace('/doorward/v1/status', '');
    response.writeHead(path === '/gone' ? 502 : path === '/none' ? 404 : 200).end(answers[path] ?? 'x');
  }).listen(0, '127.0.0.1');
  await once(stranger, 'listening');
  t.after(() => stranger.close());
  const base = `http://127.0.0.1:${stranger.address().port}`;
  for (const path of ['/html', '/json', '/bad', '/none'])
    await assert.rejects(connect({ baseurl: base + path }), code('unsupported'), path);
  await assert.rejects(connect({ baseurl: `${base}/gone` }), code('offline'));
});

test('bad options and arguments are told before anything is sent', async (t) => {
  await assert.rejects(connect({ baseurl: 'ftp://x' }), code('invalidArgument'));
  await assert.rejects(connect({ baseurl: '' }), code('invalidArgument'));
  await assert.rejects(connect({ baseurl: 7 }), code('invalidArgument'));
  await assert.rejects(connect({ baseurl: 'http://a:b@localhost' }), code('invalidArgument'));
  await assert.rejects(connect({ baseurl: 'http://localhost', apikey: 'x' }), code('unknownField'));
  const { door, session } = await entered(t);
  // JSON would write null for it, and a token without end come out.
  await assert.rejects(session.tokens.create({ name: 'x', expires: NaN }), code('invalidArgument'));
  await assert.rejects(session.tokens.create({ name: 'x', expires: new Date(NaN) }), code('invalidArgument'));
  await assert.rejects(session.users.saveSettings('ann', { n: 1n }), code('invalidArgument'));
  await assert.rejects(door.authenticate('a\nb'), code('invalidToken'));
  await assert.rejects(door.handle(new Request('http://x/')), code('unsupported'));
  await door.close();
  await assert.rejects(session.users.list(), code('storeClosed'));
  await assert.rejects(door.logIn('ann', password), code('storeClosed'));
});
