// Second factors: set up, asked for at every log-in by a password, removed; here and over a server.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret, TOTP, URI } from 'otpauth';
import { open } from 'doorward/faces';
import { connect } from 'doorward/remote';
import { memory } from 'doorward/stores/memory';
import { folder, serve } from './cli-helpers.mjs';
import { join } from 'node:path';
import { writeFileSync } from 'node:fs';

const password = 'correct horse battery';
const cheap = { hashMemory: 8, hashPasses: 1 };

const refused = (work, code) =>
  assert.rejects(work, (error) => {
    assert.equal(error.code, code, error.message);
    return true;
  });

/** A door whose clock is the test's. */
async function house(t, preset = 'doorward') {
  const clock = { now: Date.now() };
  const door = await open({ store: memory(), policy: { preset, ...cheap }, now: () => clock.now });
  t.after(() => door.close());
  const admin = await door.setUp({ name: 'admin', password });
  await admin.users.add({ name: 'ann', password });
  return { clock, door, admin };
}

const codeOf = (secret, now) => new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: now });

/** Sets one up; gives the code of any time, and the recovery codes. */
async function setUp(session, clock) {
  const { secret } = await session.secondFactor.start();
  const { recoveryCodes } = await session.secondFactor.confirm(secret, codeOf(secret, clock.now));
  clock.now += 30_000;
  return { code: () => codeOf(secret, clock.now), recoveryCodes };
}

test('the password alone opens no session any more', async (t) => {
  const { clock, door } = await house(t);
  const ann = await door.logIn('ann', password);
  assert.deepEqual(await ann.secondFactor.get(), { active: false, recoveryCodes: 0 });
  const { secret, uri } = await ann.secondFactor.start({ issuer: 'My House' });
  const parsed = URI.parse(uri);
  assert.deepEqual(
    [parsed.issuer, parsed.label, parsed.secret.base32, parsed.digits, parsed.period],
    ['My House', 'ann', secret, 6, 30],
  );
  await door.logIn('ann', password);
  await refused(ann.secondFactor.confirm(secret, '000000x'), 'secondFactorWrong');
  await refused(ann.secondFactor.confirm('AAAA', '000000'), 'invalidArgument');
  assert.deepEqual(await ann.secondFactor.get(), { active: false, recoveryCodes: 0 });
  const { code, recoveryCodes } = await setUp(ann, clock);
  assert.equal(new Set(recoveryCodes).size, 10);
  assert.deepEqual(await ann.secondFactor.get(), { active: true, recoveryCodes: 10 });
  await refused(ann.secondFactor.start(), 'alreadyExists');
  await refused(door.logIn('ann', password), 'secondFactorRequired');
  await refused(door.logIn('ann', 'wrong', { code: code() }), 'badCredentials');
  await refused(door.logIn('ann', password, { code: '12345' }), 'secondFactorWrong');
  await door.logIn('ann', password, { code: code() });
  await refused(door.logIn('ann', password, { code: code() }), 'secondFactorWrong');
  clock.now += 30_000;
  await door.logIn('ann', password, { code: ` ${code().slice(0, 3)} ${code().slice(3)} ` });
  // A recovery code, in any letter case, with dashes or without, once.
  const typed = recoveryCodes[3].toLowerCase().replaceAll('-', ' ');
  await door.logIn('ann', password, { code: typed });
  await refused(door.logIn('ann', password, { code: recoveryCodes[3] }), 'secondFactorWrong');
  assert.deepEqual(await ann.secondFactor.get(), { active: true, recoveryCodes: 9 });
  await refused(door.logIn('ann', password, { code: 5 }), 'invalidArgument');
});

test('guessing a code has to wait, whatever the policy says of passwords', async (t) => {
  for (const preset of ['doorward', 'vrm', 'octoprint', 'devicehive']) {
    const { clock, door } = await house(t, preset);
    const { code } = await setUp(await door.logIn('ann', password), clock);
    for (let i = 0; i < 5; i += 1) await refused(door.logIn('ann', password, { code: '0' }), 'secondFactorWrong');
    await refused(door.logIn('ann', password, { code: code() }), 'lockedOut');
    await refused(door.logIn('ann', password), 'secondFactorRequired');
    clock.now += 1000;
    await door.logIn('ann', password, { code: code() });
  }
});

test('protocols without a second factor refuse as by a wrong password; keys go on working', async (t) => {
  const { clock, door, admin } = await house(t, 'octoprint');
  const post = (path, body) =>
    door.handle(
      new Request(`http://localhost${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    );
  const octoprint = (body) => post('/api/login', { user: 'ann', ...body });
  const devicehive = (body) => post('/dh/rest/token', { login: 'ann', ...body });
  const whole = async (reply) => ({ status: reply.status, text: await reply.text() });
  assert.equal((await devicehive({ password })).status, 201);
  const wrong = [await whole(await octoprint({ pass: 'x' })), await whole(await devicehive({ password: 'x' }))];
  const { apikey } = await admin.users.generateApiKey('ann');
  const ann = await door.authenticate(apikey);
  await setUp(ann, clock);
  assert.deepEqual(
    [await whole(await octoprint({ pass: password })), await whole(await devicehive({ password }))],
    wrong,
  );
  const basic = Buffer.from(`ann:${password}`).toString('base64');
  const trusting = await open({
    store: memory(),
    policy: { preset: 'octoprint', ...cheap },
    faces: { octoprint: { trustBasicAuthentication: true } },
    now: () => clock.now,
  });
  t.after(() => trusting.close());
  const user = await trusting.setUp({ name: 'ann', password });
  const asked = () =>
    trusting.handle(new Request('http://localhost/api/currentuser', { headers: { authorization: `Basic ${basic}` } }));
  assert.equal((await (await asked()).json()).name, 'ann');
  await setUp(user, clock);
  assert.notEqual((await (await asked()).json()).name, 'ann');
  assert.equal((await door.authenticate(apikey)).me.name, 'ann');
  const current = await door.handle(
    new Request('http://localhost/api/currentuser', { headers: { 'x-api-key': apikey } }),
  );
  assert.equal((await current.json()).name, 'ann');
});

test('one’s own goes with the password or a code, another’s by who may set his password', async (t) => {
  const { clock, door, admin } = await house(t);
  const ann = await door.logIn('ann', password);
  const { code, recoveryCodes } = await setUp(ann, clock);
  await refused(ann.secondFactor.remove(), 'secondFactorRequired');
  await refused(ann.secondFactor.remove({ password: 'wrong' }), 'currentPasswordWrong');
  await refused(ann.secondFactor.remove({ code: '000000x' }), 'secondFactorWrong');
  await refused(ann.secondFactor.remove({ user: 'admin', password }), 'denied');
  await refused(ann.secondFactor.get({ user: 'admin' }), 'denied');
  const renewed = await ann.secondFactor.renewRecoveryCodes({ code: code() });
  assert.equal(renewed.recoveryCodes.filter((one) => recoveryCodes.includes(one)).length, 0);
  await refused(door.logIn('ann', password, { code: recoveryCodes[0] }), 'secondFactorWrong');
  await ann.secondFactor.renewRecoveryCodes({ password });
  await refused(door.logIn('ann', password, { code: renewed.recoveryCodes[0] }), 'secondFactorWrong');
  await refused(admin.secondFactor.renewRecoveryCodes({ user: 'ann', password }), 'denied');
  assert.deepEqual(await admin.secondFactor.get({ user: 'ann' }), { active: true, recoveryCodes: 10 });
  await admin.secondFactor.remove({ user: 'ann' });
  await refused(admin.secondFactor.remove({ user: 'ann' }), 'notFound');
  await door.logIn('ann', password);
  await setUp(ann, clock);
  await ann.secondFactor.remove({ password });
  await door.logIn('ann', password);
  const { value } = await ann.tokens.create({ name: 'limited', scopes: ['self.manage'] });
  const limited = await door.authenticate(value);
  await refused(limited.secondFactor.start(), 'denied');
  const { entries } = await admin.audit.list({ limit: 100 });
  const told = entries.map(({ what, actor, outcome, by }) => [what, actor, outcome, by].join(' '));
  for (const line of [
    'secondFactorAdded ann ok ',
    'secondFactorChanged ann ok ',
    'secondFactorRemoved ann ok ',
    'secondFactorRemoved admin ok ',
    'loginFailed  refused second-factor',
  ])
    assert.ok(told.includes(line), line);
});

test('the same over a server, and from a world file', async (t) => {
  const secret = new Secret({ size: 20 }).base32;
  const path = join(folder(t), 'world.json');
  const users = [
    { name: 'root', admin: true, password },
    { name: 'tia', password, totp: secret },
  ];
  writeFileSync(path, JSON.stringify({ users }));
  const { url } = await serve(t, ['--store', 'memory:', '--world', path, '--set', 'hashMemory=8']);
  const door = await connect({ baseurl: url });
  t.after(() => door.close());
  await refused(door.logIn('tia', password), 'secondFactorRequired');
  await refused(door.logIn('tia', password, { code: '000000x' }), 'secondFactorWrong');
  const tia = await door.logIn('tia', password, { code: codeOf(secret, Date.now()) });
  assert.deepEqual(await tia.secondFactor.get(), { active: true, recoveryCodes: 0 });
  assert.equal(await tia.secondFactor.remove({ password }), undefined);
  const made = await tia.secondFactor.start();
  const { recoveryCodes } = await tia.secondFactor.confirm(made.secret, codeOf(made.secret, Date.now()));
  const root = await door.logIn('root', password);
  const again = await door.logIn('tia', password, { code: recoveryCodes[0] });
  assert.equal((await again.secondFactor.renewRecoveryCodes({ code: recoveryCodes[1] })).recoveryCodes.length, 10);
  assert.equal(await root.secondFactor.remove({ user: 'tia' }), undefined);
  await door.logIn('tia', password);
});

test('a notice is told when a site is added', async (t) => {
  const { door, admin } = await house(t, 'vrm');
  await admin.users.edit('ann', { email: 'ann@example.org' });
  await admin.resources.add({ kind: 'gateway', id: 'c0619ab00901' });
  const notices = [];
  door.on('notice', (notice) => notices.push(notice));
  const ask = async (path, body, headers = {}) =>
    (
      await door.handle(
        new Request(`http://localhost/v2${path}`, { method: 'POST', headers, body: JSON.stringify(body) }),
      )
    ).json();
  const { token } = await ask('/auth/login', { username: 'ann@example.org', password });
  const bearer = { 'x-authorization': `Bearer ${token}` };
  const { records } = await ask('/users/me/addsite', { installation_identifier: 'c0619ab00901' }, bearer);
  const me = await admin.users.get('ann');
  assert.deepEqual(notices, [
    { about: 'siteAdded', user: { id: me.id, name: 'ann' }, resource: { kind: 'site', id: records.site_id } },
  ]);
  // A password that is set ends the bearer token.
  await admin.users.changePassword('ann', 'another password');
  assert.equal((await ask('/users/me/addsite', {}, bearer)).error_code, 'invalid_credentials');
});

test('a dealer’s customer is the person, not the name', async (t) => {
  const { admin } = await house(t, 'vrm');
  await admin.users.add({ name: 'dee', password });
  await admin.links.set({ user: 'dee', kind: 'customer', id: 'ANN' });
  const customers = async () => (await admin.links.list({ user: 'dee' })).links.map(({ kind, id }) => `${kind} ${id}`);
  assert.deepEqual(await customers(), ['customer ann']);
  await admin.users.edit('ann', { name: 'anna' });
  assert.deepEqual(await customers(), ['customer anna']);
  await admin.users.remove('anna');
  assert.deepEqual(await customers(), []);
});
