// `doorward import nymea`: users come over as they are, once, with their tokens, and log in with the passwords they had.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import sqlite from 'node-sqlite3-wasm';
import { folder, json, refused, run, serve } from './cli-helpers.mjs';
import { Connection } from './nymea-connection.mjs';

const thing = '11111111-1111-4111-8111-111111111111';
const hash = (password, salt) =>
  createHash('sha512')
    .update(password + salt)
    .digest('base64');
const salt = '00000000-0000-4000-8000-000000000000';
const token = (seed) => createHash('sha256').update(seed).digest('base64');

const all = 'ControlThings,ConfigureThings,AccessAllThings,ExecuteRules,ConfigureRules,Admin'
  .split(',')
  .map((name) => `PermissionScope${name}`)
  .join(',');

/** As the server of that version writes its file. */
function database(t, version = 2) {
  const at = folder(t);
  const path = join(at, 'users.sqlite');
  const db = new sqlite.Database(path);
  const columns = ['username VARCHAR(40) UNIQUE PRIMARY KEY', 'password VARCHAR(100)', 'salt VARCHAR(100)'];
  if (version > 0) columns.push('email VARCHAR(40)', 'displayName VARCHAR(40)', 'scopes TEXT');
  if (version > 1) columns.push('allowedThingIds TEXT');
  db.exec(`CREATE TABLE users (${columns.join(', ')})`);
  db.exec(
    'CREATE TABLE tokens (id VARCHAR(40) UNIQUE, username VARCHAR(40), token VARCHAR(100) UNIQUE, creationdate DATETIME, devicename VARCHAR(40))',
  );
  if (version > 0) {
    db.exec('CREATE TABLE metadata (key VARCHAR(10), data VARCHAR(40))');
    db.run('INSERT INTO metadata VALUES (?, ?)', ['version', version]);
  }
  const insert = (row) => {
    const names = Object.keys(row).filter((name) => columns.some((column) => column.startsWith(`${name} `)));
    const marks = names.map(() => '?').join(',');
    db.run(
      `INSERT INTO users (${names.join(',')}) VALUES (${marks})`,
      names.map((name) => row[name]),
    );
  };
  const user = (username, password, more) =>
    insert({
      username,
      password: hash(password, salt),
      salt,
      email: '',
      displayName: '',
      allowedThingIds: '',
      ...more,
    });
  user('admin', 'Admin123', { email: 'b@x', displayName: "O'Boss", scopes: all });
  user('bob', 'Bobby123', { scopes: 'PermissionScopeControlThings', allowedThingIds: `{${thing}}` });
  if (version > 1) {
    user('none', 'Nobody123', { scopes: 'PermissionScopeNone' });
    insert({ username: '', password: '', salt: '', email: '', displayName: '', scopes: all, allowedThingIds: '' });
  }
  const add = (username, seed, device) =>
    db.run('INSERT INTO tokens VALUES (?,?,?,?,?)', [
      `{${thing}}${seed}`,
      username,
      token(seed),
      '2024-05-01 12:00:00',
      device,
    ]);
  add('admin', 'a1', 'phone');
  add('admin', 'a2', "it's");
  add('bob', 'b1', 'tablet');
  add('', 'n1', 'button');
  add('gone', 'g1', 'x');
  db.close();
  return { at, path, store: `lmdb:${join(at, 'store.lmdb')}` };
}

const cheap = ['--policy', 'nymea', '--set', 'hashMemory=1024', '--set', 'hashPasses=1'];
const bring = ({ path, store }, ...more) => json(['import', 'nymea', path, '--store', store, ...cheap, ...more]);
const outcomes = ({ created, updated, unchanged }) => ({ created, updated, unchanged });

async function ask(connection, method, params) {
  const id = connection.request(method, params, connection.token);
  return connection.log[await connection.replyTo(id, method)].params;
}

async function greet(t, url, stored) {
  const connection = await Connection.open(url);
  t.after(() => connection.end());
  connection.token = stored;
  return { connection, hello: await ask(connection, 'JSONRPC.Hello') };
}

/** The password hashes of a store, by user, out of a backup. */
async function hashes({ at, store }) {
  const backup = join(at, 'backup.jsonl');
  await json(['export', backup, '--force', '--store', store]);
  const text = readFileSync(backup, 'utf8');
  const records = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const users = records.filter(({ key }) => key?.[0] === 'user').map(({ value }) => JSON.parse(value));
  return { text, of: (name) => users.find((user) => user.name === name).password };
}

test('the hash of the specification is the one that is taken over', () => {
  assert.equal(
    hash('Admin123', salt),
    'S3O5P+Ja4fRrz0LXq+jgpkJXeWOjrdvZHx+Z2b3xSI95zURz5m50+XalAyUAjfBaHBd0Vek6Pg2RZb7ZtGj5tg==',
  );
});

test('users, scopes, things, tokens and passwords; a second run changes nothing', async (t) => {
  const files = database(t);
  const before = readFileSync(files.path);
  const planned = await bring(files, '--dry-run');
  assert.deepEqual(outcomes(planned), { created: 7, updated: 0, unchanged: 0 });
  assert.deepEqual((await json(['users', 'list', '--store', files.store])).users, []);
  assert.deepEqual(outcomes(await bring(files)), { created: 7, updated: 0, unchanged: 0 });
  assert.deepEqual(outcomes(await bring(files)), { created: 0, updated: 0, unchanged: 6 });
  assert.deepEqual(readFileSync(files.path), before);

  const imported = await hashes(files);
  assert.match(imported.of('bob'), /^\$sha512-suffix\$/);
  for (const seed of ['a1', 'a2', 'b1']) assert.ok(!imported.text.includes(token(seed)), 'a token in the clear');

  const server = await serve(t, ['--store', files.store, '--nymea-port', '0', ...cheap]);
  const { connection, hello } = await greet(t, server.ready.nymea, token('a1'));
  assert.deepEqual([hello.authenticated, hello.username, hello.permissionScopes.length], [true, 'admin', 6]);
  const { users } = await ask(connection, 'Users.GetUsers');
  assert.deepEqual(users, [
    { username: 'admin', email: 'b@x', displayName: "O'Boss", scopes: all.split(','), allowedThingIds: [] },
    { username: 'bob', email: '', displayName: '', scopes: ['PermissionScopeControlThings'], allowedThingIds: [thing] },
    { username: 'none', email: '', displayName: '', scopes: [], allowedThingIds: [] },
  ]);
  const { tokenInfoList } = await ask(connection, 'Users.GetTokens');
  assert.deepEqual(
    tokenInfoList.map(({ deviceName }) => deviceName),
    ['phone', "it's"],
  );
  const bob = (await greet(t, server.ready.nymea)).connection;
  const credentials = { username: 'bob', password: 'Bobby123', deviceName: 'd' };
  assert.equal((await ask(bob, 'JSONRPC.Authenticate', credentials)).success, true);
  await server.stop();
  const after = await hashes(files);
  assert.match(after.of('bob'), /^\$argon2id\$/);
  assert.match(after.of('admin'), /^\$sha512-suffix\$/);
  // The same file again does not bring the old hash back.
  assert.deepEqual(outcomes(await bring(files)), { created: 0, updated: 0, unchanged: 6 });
  assert.match((await hashes(files)).of('bob'), /^\$argon2id\$/);
});

test('older files are taken as the server itself would migrate them', async (t) => {
  for (const [version, scopes, email] of [
    [0, 6, 'bob'],
    [1, 2, ''],
  ]) {
    const files = database(t, version);
    await bring(files);
    const server = await serve(t, ['--store', files.store, '--nymea-port', '0', ...cheap]);
    const { connection } = await greet(t, server.ready.nymea, token('b1'));
    const { userInfo } = await ask(connection, 'Users.GetUserInfo');
    assert.deepEqual([userInfo.scopes.length, userInfo.email], [scopes, email], `version ${version}`);
    await server.stop();
  }
});

test('what is left out is said, and what is no such file is refused', async (t) => {
  const files = database(t);
  const { stderr } = await run(['import', 'nymea', files.path, '--store', files.store, ...cheap]);
  assert.match(stderr, /nameless user/);
  assert.match(stderr, /a token of `gone`/);
  assert.doesNotMatch(stderr, new RegExp(token('n1').slice(0, 20).replaceAll('+', '\\+')));
  const other = join(files.at, 'other.sqlite');
  writeFileSync(other, 'no database at all, but long enough to be looked at\n'.repeat(50));
  const refuse = (path, options) => refused(['import', 'nymea', path, '--store', 'memory:', ...cheap], options);
  assert.equal((await refuse(other)).code, 'invalidFile');
  assert.equal((await refuse(join(files.at, 'nowhere.sqlite'))).code, 'invalidArgument');
  const db = new sqlite.Database(files.path);
  db.run("UPDATE metadata SET data = '3'");
  db.close();
  assert.match((await refuse(files.path)).message, /has the version 3/);
  await refused(['import', 'nymea', 'a', 'b', '--store', 'memory:'], { exit: 2 });
});
