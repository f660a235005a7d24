// `doorward import devicehive`, and the key that tokens are signed with: given, and made anew.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect } from 'doorward/devicehive';
import { folder, json, refused, serve } from './cli-helpers.mjs';
import { base } from './devicehive-runner.mjs';

const policy = ['--policy', 'devicehive', '--set', 'hashMemory=1024', '--set', 'hashPasses=1'];

const hashOf = (password, salt) =>
  createHash('sha256')
    .update(salt + password)
    .digest('base64');

/** Both spellings of the columns, and all forms of a line. The first user's hash is the specification's (3.1). */
const lines = [
  {
    type: 'user',
    id: 1,
    login: 'dhadmin',
    password_hash: 'DFXFrZ8VQIkOYECScBbBwsYinj+o8IlaLsRQ81wO+l8=',
    password_salt: 'sjQbZgcCmFxqTV4CCmGwpIHO',
    role: 0,
    status: 0,
    data: { a: [1, null] },
    intro_reviewed: true,
    entity_version: 3,
  },
  {
    user: {
      id: 5,
      login: 'cli',
      passwordHash: hashOf('client-pw', 'sixteen grains..'),
      passwordSalt: 'sixteen grains..',
      role: 1,
      status: 0,
      allDeviceTypesAvailable: false,
    },
  },
  {
    id: 6,
    login: 'off',
    hash: hashOf('off-pw', 'x'),
    salt: 'x',
    role: 1,
    status: 2,
    networks: [{ id: 22, name: 'Net-B' }],
  },
  { type: 'user', id: 7, login: 'nobody', password_hash: null, role: 1, status: 1 },
  { type: 'user_network', user_id: 5, network_id: 1 },
  { network: { id: 1, name: 'Sample Network', description: 'A sample' } },
  { type: 'network', id: 22, name: 'Net-B', description: null },
  { type: 'device_type', id: 3, name: 'Cameras' },
  { type: 'userDeviceType', userId: 5, deviceTypeId: 3 },
  { type: 'userNetwork', userId: 5, networkId: 99 },
];

function file(t, content = lines) {
  const at = folder(t);
  const path = join(at, 'users.jsonl');
  writeFileSync(path, typeof content === 'string' ? content : content.map((line) => JSON.stringify(line)).join('\n'));
  return { path, store: ['--store', `lmdb:${join(at, 'store.lmdb')}`] };
}

test('users, networks, device types and associations come over, once', async (t) => {
  const { path, store } = file(t);
  const bring = (...more) => json(['import', 'devicehive', path, ...store, ...policy, ...more]);
  const plan = await bring('--dry-run');
  assert.deepEqual([plan.created, plan.updated, plan.unchanged], [10, 0, 0]);
  assert.deepEqual(await json(['users', 'list', ...store]), { users: [] });
  const done = await bring();
  // What a user is associated with is there as soon as he is.
  assert.deepEqual([done.created, done.updated, done.unchanged], [9, 0, 1]);
  const again = await bring();
  assert.deepEqual([again.created, again.updated, again.unchanged], [0, 0, 10]);

  const { url } = await serve(t, [...store, ...policy]);
  const admin = await connect({ url: url + base, login: 'dhadmin', password: 'dhadmin_#911' });
  const { lastLogin, ...me } = await admin.user.getCurrent();
  assert.notEqual(lastLogin, null);
  assert.deepEqual(me, {
    id: 1,
    login: 'dhadmin',
    role: 0,
    status: 0,
    data: { a: [1, null] },
    introReviewed: true,
    allDeviceTypesAvailable: true,
    networks: [],
  });
  const cli = await connect({ url: url + base, login: 'cli', password: 'client-pw' });
  const { id, networks } = await cli.user.getCurrent();
  assert.deepEqual([id, networks], [5, [{ id: 1, name: 'Sample Network', description: 'A sample' }]]);
  assert.deepEqual(await admin.user.getDeviceTypes(5), [{ id: 3, name: 'Cameras', description: null }]);
  assert.deepEqual((await admin.user.get(6)).networks, [{ id: 22, name: 'Net-B', description: null }]);
  for (const [login, password, code] of [
    ['off', 'off-pw', 'accountDisabled'],
    ['cli', 'dhadmin_#911', 'badCredentials'],
    ['nobody', 'x', 'accountDisabled'],
  ]) {
    await assert.rejects(connect({ url: url + base, login, password }), { code });
  }
  // What has become of the password since is left alone by another run.
  await cli.user.updateCurrent({ password: 'new-client-pw', oldPassword: 'client-pw', data: { b: 2 } });
  assert.equal((await bring()).updated, 1, 'the data');
  await connect({ url: url + base, login: 'cli', password: 'new-client-pw' });
});

test('a password that came over is hashed anew at the next log-in', async (t) => {
  const { path, store } = file(t);
  await json(['import', 'devicehive', path, ...store, ...policy]);
  const server = await serve(t, [...store, ...policy]);
  for (let at = 0; at < 2; at++) await connect({ url: server.url + base, login: 'cli', password: 'client-pw' });
  const backup = join(folder(t), 'backup.jsonl');
  await json(['export', backup, ...store]);
  const text = readFileSync(backup, 'utf8');
  assert.match(text, /cli[^\n]*\$argon2id\$|\$argon2id\$[^\n]*cli/);
  assert.match(text, /dhadmin[^\n]*\$sha256-prefix\$|\$sha256-prefix\$[^\n]*dhadmin/);
});

test('a file that is wrong is refused with its line, and nothing changes', async (t) => {
  for (const [content, message] of [
    ['{"type":"user","id":1,"login":"a","role":1}\n{oops', /line 2: no JSON$/],
    ['[]', /line 1: neither/],
    ['{"type":"gateway","id":1}', /line 1: neither/],
    ['{"type":"user","login":"a","role":1}', /line 1: `id` has to be an id/],
    ['{"type":"user","id":1,"login":"a","role":2}', /line 1: a role/],
    ['{"type":"user","id":1,"login":"a","role":1,"status":3}', /line 1: a status/],
    ['{"type":"user","id":1,"login":"a","role":1,"hash":"c2VjcmV0","salt":"x"}', /line 1: a password hash/],
    ['{"type":"user","id":1,"login":"a","role":1}\n\n{"type":"user","id":1,"login":"b","role":1}', /line 3: a second/],
  ]) {
    const { path, store } = file(t, content);
    const error = await refused(['import', 'devicehive', path, ...store]);
    assert.equal(error.code, 'invalidFile');
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /c2VjcmV0|oops/);
  }
  const { store } = file(t);
  assert.equal((await refused(['import', 'devicehive', '/nowhere.jsonl', ...store])).code, 'invalidArgument');
  await refused(['import', 'devicehive', 'a', 'b', ...store], { exit: 2 });
});

test('keys rotate: tokens that are out stay good, or end at once; a server that runs takes the new key', async (t) => {
  const { path, store } = file(t);
  await json(['import', 'devicehive', path, ...store, ...policy]);
  const server = await serve(t, [...store, ...policy]);
  const url = server.url + base;
  const logIn = () => connect({ url, login: 'dhadmin', password: 'dhadmin_#911' });
  const first = await logIn();
  const day = 86_400_000;
  const { oldKeysGoodUntil } = await json(['keys', 'rotate', ...store]);
  assert.ok(Math.abs(oldKeysGoodUntil - Date.now() - 182 * day) < 60_000);
  const second = await logIn();
  assert.equal((await first.user.getCurrent()).id, 1);
  assert.equal((await second.user.getCurrent()).id, 1);
  const signature = ({ tokens }) => tokens.accessToken.split('.')[2];
  assert.notEqual(signature(first), signature(second));

  assert.deepEqual(await json(['keys', 'rotate', '--end-old', ...store]), { oldKeysGoodUntil: null });
  await assert.rejects(first.user.getCurrent(), { code: 'unknownToken' });
  await assert.rejects(second.user.getCurrent(), { code: 'unknownToken' });
  await (await logIn()).user.getCurrent();
  const { entries } = await json(['audit', ...store]);
  assert.deepEqual(
    entries.filter(({ what }) => what === 'keysRotated').map(({ actor, on, outcome }) => [actor, on, outcome]),
    [
      [null, { kind: 'devicehive' }, 'ok'],
      [null, { kind: 'devicehive' }, 'ok'],
    ],
  );
  for (let at = 0; at < 8; at++) await json(['keys', 'rotate', ...store]);
  assert.equal((await refused(['keys', 'rotate', ...store])).code, 'limitExceeded');
});

test('servers that are given one secret take the tokens of each other', async (t) => {
  const given = [];
  for (const more of [
    ['--devicehive-secret', 'c2hhcmVkIGJ5IHR3byBzZXJ2ZXJz'],
    ['--set', 'devicehive.secret="c2hhcmVkIGJ5IHR3byBzZXJ2ZXJz"'],
    [],
  ]) {
    const { path, store } = file(t);
    await json(['import', 'devicehive', path, ...store, ...policy]);
    given.push((await serve(t, [...store, ...policy, ...more])).url + base);
  }
  const [one, two, other] = given;
  const { tokens } = await connect({ url: one, login: 'dhadmin', password: 'dhadmin_#911' });
  assert.equal((await (await connect({ url: two, ...tokens })).user.getCurrent()).id, 1);
  await assert.rejects((await connect({ url: other, ...tokens })).user.getCurrent(), { code: 'unknownToken' });
  await refused(['serve', '--devicehive-secret', '!', '--store', 'memory:']);
});
