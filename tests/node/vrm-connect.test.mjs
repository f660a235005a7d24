// `doorward/vrm` against a real server of ours, and against answers of others.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Secret, TOTP } from 'otpauth';
import { connect } from 'doorward/vrm';
import { Shared } from './vector-targets.mjs';
import { start, vector } from './vrm-runner.mjs';

const shared = new Shared(start);
after(() => shared.close());

const refused = (work, code, more = {}) =>
  assert.rejects(work, (error) => {
    assert.equal(error.code, code, error.message);
    for (const [name, value] of Object.entries(more)) assert.equal(error.details[name], value);
    return true;
  });

const as = async (name, target) => connect({ baseurl: (target ?? (await shared.get())).url, ...vector.logins[name] });

test('tokens from their making to their end', async () => {
  const { url } = await shared.get();
  const ann = await as('ann');
  assert.equal(ann.idUser, 7);
  assert.deepEqual(await ann.accessTokens.list(), []);
  const until = Math.floor(Date.now() / 1000) * 1000 + 60_000;
  const made = await ann.accessTokens.create({ name: 'T', expires: new Date(until) });
  assert.match(made.token, /^[a-f0-9]{64}$/);
  await refused(ann.accessTokens.create({ name: 'T' }), 'alreadyExists', { field: 'name', by: 'not_unique' });
  await refused(ann.accessTokens.create({ name: 'past', expires: 1000 }), 'invalidArgument', { field: 'expiry' });
  await refused(ann.accessTokens.create({ name: ' ' }), 'invalidArgument', { field: 'name' });
  const other = await ann.accessTokens.create({ name: 'other' });
  const list = await ann.accessTokens.list();
  assert.deepEqual(
    list.map(({ id, name, expires }) => [id, name, expires]),
    [
      [made.id, 'T', until],
      [other.id, 'other', null],
    ],
  );
  assert.ok(Math.abs(list[0].created - Date.now()) < 60_000);
  assert.ok(!JSON.stringify(list).includes(made.token));

  const byToken = await connect({ baseurl: `${url}/`, token: made.token });
  assert.equal((await byToken.users.me()).idAccessToken, made.id);
  const bob = await as('bob');
  assert.deepEqual(await bob.accessTokens.revoke(made.id), { removed: 0 });
  assert.deepEqual(await ann.accessTokens.revoke(made.id), { removed: 1 });
  await refused(byToken.users.me(), 'unknownToken');
  await refused(connect({ baseurl: url, token: made.token }), 'unknownToken');
  assert.deepEqual(await ann.accessTokens.revoke('*'), { removed: 1 });
  await refused(ann.accessTokens.revoke('x'), 'invalidArgument');
  await bob.logOut();
  await refused(bob.users.me(), 'unknownToken');
});

test('users, installations and sites', async (t) => {
  const target = await start(t);
  const ann = await as('ann', target);
  assert.deepEqual(await ann.users.me(), {
    id: 7,
    name: 'Ann',
    email: 'ann@example.org',
    country: 'NL',
    accessLevel: 0,
    idAccessToken: null,
  });
  assert.deepEqual(
    (await ann.users.installations()).map(({ idSite }) => idSite),
    [101, 102],
  );
  const [extended, ...none] = await ann.users.installations({ extended: true, idSite: 102 });
  assert.deepEqual([extended.view_permissions.vnc, none], [false, []]);
  await refused(ann.users.installations({ user: 8 }), 'denied');
  const root = await as('root', target);
  assert.equal((await root.users.installations({ user: 8 })).length, 2);
  await refused(root.users.installations({ user: 99 }), 'notFound');
  const id = await ann.users.addSite('C0619AB00901');
  assert.equal(await ann.users.getSiteId('c0619ab00901'), id);
  assert.equal(await ann.users.getSiteId('ffffffffffff'), null);
  await refused(ann.users.addSite('c0619ab00901'), 'alreadyExists');
  await refused(ann.users.addSite('c0619ab00103'), 'denied');
  await refused(ann.users.addSite('ffffffffffff'), 'notFound');
  await refused(ann.users.addSite(''), 'invalidArgument');
});

test('log-ins', async (t) => {
  const target = await start(t);
  const baseurl = target.url;
  const tia = { baseurl, username: 'tia@example.org', password: target.given['tia password'] };
  await refused(connect(tia), 'secondFactorRequired');
  await refused(connect({ ...tia, password: 'wrong' }), 'badCredentials');
  await refused(connect({ ...tia, code: '12' }), 'badCredentials');
  const code = new TOTP({ secret: Secret.fromBase32(target.given['tia secret']) }).generate();
  assert.equal((await connect({ ...tia, code, remember: true })).idUser, 10);
  await refused(connect({ ...tia, x: 1 }), 'unknownField');
  await refused(connect({ baseurl }), 'invalidArgument');
  await refused(connect({ baseurl, token: 'a b' }), 'invalidArgument');
  await refused(connect({ baseurl: 'http://127.0.0.1:1', token: 'a'.repeat(64) }), 'offline');
});

test('answers of others', async () => {
  const answering = (body, init = {}) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return connect({ baseurl: 'http://vrm.test', token: 'x', fetch: () => Promise.resolve(new Response(text, init)) });
  };
  await refused(answering('<html>', { status: 200 }), 'unsupported');
  await refused(answering('<html>', { status: 404 }), 'unsupported');
  await refused(answering('<html>', { status: 503 }), 'offline');
  await refused(answering({ success: false, errors: ['one', 'two'] }, { status: 403 }), 'denied');
  await refused(answering({ success: false, errors: 'x' }), 'denied');
  await refused(answering({ success: true, user: { id: '7' } }), 'unsupported');
  const user = { id: '7', name: 'a', email: 'b', country: 'c', accessLevel: '0', idAccessToken: '5' };
  assert.equal((await answering({ success: true, user })).idUser, 7);
  const headers = { 'retry-after': '3' };
  await refused(answering({ success: false, errors: 'slow' }, { status: 429, headers }), 'lockedOut', {
    retryAfter: 3000,
  });
});
