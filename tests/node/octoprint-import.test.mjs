// `doorward import octoprint`: users come over as they are, once, and log in with the passwords they had.
import assert from 'node:assert/strict';
import { createHash, pbkdf2Sync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { folder, json, refused, serve } from './cli-helpers.mjs';

const salt = 'abcdefghijklmnopqrstuvwxyz012345';
const sha512 = (password) =>
  createHash('sha512')
    .update(password + salt)
    .digest('hex');

/** In passlib's spelling: `.` for `+`, no padding. */
function passlib(password) {
  const spelled = (bytes) => bytes.toString('base64').replaceAll('+', '.').replace(/=+$/, '');
  const [rounds, grains] = [1000, Buffer.from('sixteen grains..')];
  return `$pbkdf2-sha256$${rounds}$${spelled(grains)}$${spelled(pbkdf2Sync(password, grains, rounds, 32, 'sha256'))}`;
}

const keyOf = { carl: 'C'.repeat(43), old: '0123456789ABCDEF0123456789ABCDEF' };

const users = `
_version: 2
carl:
  active: true
  apikey: ${keyOf.carl}
  groups: [users, lab, gone]
  password: ${passlib('carlpw')}
  permissions: [SETTINGS, PLUGIN_NOSUCH_THING]
  settings: { interface: { color: blue } }
old:
  active: true
  apikey: ${keyOf.old}
  password: ${sha512('oldpw')}
  roles: [user, admin]
  settings: {}
asleep:
  active: false
  apikey: short
  groups: [users]
  password: nologin
  permissions: []
  settings: {}
`;
const groups = `
_version: 2
groups:
  admins: { permissions: [], subgroups: [], default: false }
  guests: { permissions: [STATUS], subgroups: [], default: false }
  lab: { name: Lab, description: The lab, permissions: [PRINT], subgroups: [readonly], default: false }
tracked: []
`;
const config = `
accessControl: { salt: ${salt} }
api: { key: GLOBALGLOBALGLOBALGLOBAL }
`;

function files(t, given = { users, groups, config }) {
  const at = folder(t);
  const path = (name) => join(at, `${name}.yaml`);
  for (const [name, text] of Object.entries(given)) writeFileSync(path(name), text);
  return { paths: Object.keys(given).map(path), store: `lmdb:${join(at, 'store.lmdb')}`, at };
}

const cheap = ['--set', 'hashMemory=1024', '--set', 'hashPasses=1'];
const bring = (paths, store, ...more) =>
  json(['import', 'octoprint', ...paths, '--store', store, '--policy', 'octoprint', ...cheap, ...more]);
const outcomes = ({ created, updated, unchanged }) => ({ created, updated, unchanged });

/** The password hashes of a store, by user, out of a backup. */
async function hashes(store, at) {
  const backup = join(at, 'backup.jsonl');
  await json(['export', backup, '--force', '--store', store]);
  const records = readFileSync(backup, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const values = records.filter(({ key }) => key?.[0] === 'user').map(({ value }) => JSON.parse(value));
  return Object.fromEntries(values.map(({ name, password }) => [name, password]));
}

async function logIn(server, user, pass) {
  const page = await fetch(`${server.url}/login/`);
  const cookie = page.headers.getSetCookie()[0].split(';')[0];
  const response = await fetch(`${server.url}/api/login`, {
    method: 'POST',
    headers: { cookie, 'x-csrf-token': cookie.split('=')[1], 'content-type': 'application/json' },
    body: JSON.stringify({ user, pass }),
  });
  return { status: response.status, body: await response.json() };
}

test('users come over, log in with what they had, and are hashed anew', async (t) => {
  const { paths, store, at } = files(t);
  const total = { created: 6, updated: 1, unchanged: 0 };
  assert.deepEqual(outcomes(await bring(paths, store, '--dry-run')), total);
  assert.deepEqual((await json(['users', 'list', '--store', store])).users, []);
  assert.deepEqual(outcomes(await bring(paths, store)), total);
  assert.deepEqual(outcomes(await bring(paths, store)), { created: 0, updated: 0, unchanged: 7 });

  const before = await hashes(store, at);
  assert.match(before.carl, /^\$pbkdf2-sha256\$/);
  assert.match(before.old, /^\$sha512-suffix\$/);
  assert.equal(before.asleep, undefined);

  const server = await serve(t, [
    '--store',
    store,
    '--policy',
    'octoprint',
    '--set',
    'octoprint.rateLimiter=false',
    ...cheap,
  ]);
  const carl = await logIn(server, 'carl', 'carlpw');
  assert.equal(carl.status, 200);
  assert.deepEqual(
    [carl.body.groups.toSorted(), carl.body.permissions, carl.body.settings],
    [['lab', 'users'], ['SETTINGS'], { interface: { color: 'blue' } }],
  );
  assert.deepEqual(carl.body.needs.group.toSorted(), ['lab', 'readonly', 'users']);
  const old = await logIn(server, 'old', 'oldpw');
  assert.deepEqual([old.status, old.body.admin, old.body.groups], [200, true, ['admins', 'users']]);
  for (const [name, wrong] of [
    ['carl', 'oldpw'],
    ['old', 'wrong'],
    ['asleep', 'nologin'],
  ])
    assert.equal((await logIn(server, name, wrong)).status, 403, name);
  for (const [name, key] of Object.entries(keyOf)) {
    const response = await fetch(`${server.url}/api/currentuser`, { headers: { 'x-api-key': key } });
    assert.equal((await response.json()).name, name);
  }
  await server.stop();

  const after = await hashes(store, at);
  assert.match(after.carl, /^\$argon2id\$v=19\$m=1024,t=1,p=1\$/);
  assert.match(after.old, /^\$argon2id\$v=19\$m=1024,t=1,p=1\$/);
  assert.deepEqual(outcomes(await bring(paths, store)), { created: 0, updated: 0, unchanged: 7 });
  assert.deepEqual(await hashes(store, at), after, 'a second run leaves new hashes alone');
});

test('what cannot be brought over is named, and nothing is changed', async (t) => {
  for (const [text, code] of [
    ['', 'invalidFile'],
    ['- a list', 'invalidFile'],
    ['a: [', 'invalidFile'],
    ['carl: 5', 'invalidFile'],
    [`carl: { password: "$2b$12$R9h/cIPz0gi", groups: [] }`, 'invalidFile'],
    [`carl: { password: "${sha512('x')}", groups: [] }`, 'invalidFile'],
    [`" b": { password: "${passlib('x')}", groups: [] }`, 'invalidName'],
  ]) {
    const { paths, store } = files(t, { users: text });
    const error = await refused(['import', 'octoprint', ...paths, '--store', store, '--policy', 'octoprint']);
    assert.equal(error.code, code, text);
    assert.doesNotMatch(JSON.stringify(error), /\$2b|pbkdf2|[0-9a-f]{64}/, 'no hash is quoted');
    assert.deepEqual((await json(['users', 'list', '--store', store])).users, []);
  }
  const { store } = files(t);
  assert.equal(
    (await refused(['import', 'octoprint', join(folder(t), 'no.yaml'), '--store', store])).code,
    'invalidArgument',
  );
  const usage = await refused(['import', 'nosuch', 'a.yaml', '--store', store], { exit: 2 });
  assert.match(usage.message, /octoprint/);
});
