import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { command, folder, json, password, prepared, refused, run, serve } from './cli-helpers.mjs';

test('the version is the package’s, and the file can be executed as it is', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../../pkg/package.json', import.meta.url), 'utf8'));
  const { code, stdout } = await run(['--version']);
  assert.deepEqual([code, stdout], [0, `${version}\n`]);
  assert.match(readFileSync(command, 'utf8'), /^#!\/usr\/bin\/env node\n/);
  assert.ok(statSync(command).isFile());
});

test('help names every command, with examples', async () => {
  const { code, stdout } = await run(['--help']);
  assert.equal(code, 0);
  for (const name of [
    'serve',
    'setup',
    'users',
    'tokens',
    'groups',
    'resources',
    'links',
    'audit',
    'apply',
    'export',
    'import',
  ]) {
    assert.match(stdout, new RegExp(`^  ${name}\\b`, 'm'));
  }
  assert.match(stdout, /Examples:/);
  assert.match((await run(['export', '--help'])).stdout, /0600/);
});

for (const [title, args, message] of [
  ['an unknown command', ['frobnicate'], /unknown command `frobnicate`/],
  ['an unknown option', ['users', 'list', '--frobnicate'], /unknown option `--frobnicate`/],
  ['a missing argument', ['users', 'get'], /missing required argument `name`/],
  ['an unknown store', ['users', 'list', '--store', 'ftp://x'], /the store has to be/],
  ['an lmdb store without a path', ['users', 'list', '--store', 'lmdb:'], /needs a path/],
  ['a password in the address', ['users', 'list', '--store', 'http://a:b@localhost'], /must not hold a password/],
  ['an unknown policy', ['users', 'list', '--policy', 'lax'], /argument `lax` is invalid/],
  ['an unknown setting', ['users', 'list', '--store', 'memory:', '--set', 'zork=1'], /unknown setting `zork`/],
  ['a setting that is not JSON', ['users', 'list', '--store', 'memory:', '--set', 'hashPasses=two'], /is not JSON/],
  [
    'a setting of the wrong type',
    ['users', 'list', '--store', 'memory:', '--set', 'lastAdminGuard=1'],
    /takes true or false/,
  ],
  ['a setting without a value', ['users', 'list', '--store', 'memory:', '--set', 'lastAdminGuard'], /NAME=VALUE/],
  ['a port that is none', ['serve', '--port', '65536'], /from 0 to 65535/],
  ['nobody to ask for a password', ['setup', 'ann', '--store', 'memory:'], /no terminal/],
  ['revoking nothing', ['tokens', 'revoke', '--store', 'memory:'], /give the id of a token/],
]) {
  test(`wrong usage, exit 2: ${title}`, async () => {
    const error = await refused(args, { exit: 2 });
    assert.equal(error.code, 'invalidArgument');
    assert.match(error.message, message);
  });
}

test('no command at all is wrong usage, with the help', async () => {
  const { code, stderr } = await run([]);
  assert.equal(code, 2);
  assert.match(stderr, /Usage: doorward/);
});

test('the password of a store is told to nobody', async () => {
  for (const store of [
    'postgres://ann:hunter2@127.0.0.1:1/x',
    'postgres://ann:hunter2@127.0.0.1:no/x',
    'etcd://ann:hunter2@127.0.0.1:1/x',
    'etcd://ann:hunter2@127.0.0.1:1/x?y=1',
    'rest+http://ann:hunter2@127.0.0.1:1/x',
    'mysql://ann:hunter2@127.0.0.1/x',
  ]) {
    const { code, stdout, stderr } = await run(['users', 'list', '--store', store]);
    assert.notEqual(code, 0);
    assert.notEqual(stderr, '');
    assert.doesNotMatch(stdout + stderr, /hunter2/, store);
  }
});

test('a store behind a server needs a token', async () => {
  assert.equal((await refused(['users', 'list', '--store', 'rest+http://127.0.0.1:1/store'])).code, 'denied');
});

test('a value given to an unknown option is not told again', async () => {
  const { code, stdout, stderr } = await run(['users', 'add', 'bob', '--password=hunter2hunter2']);
  assert.equal(code, 2);
  assert.doesNotMatch(stdout + stderr, /hunter2/);
});

test('an error is one line for people, and JSON with --json', async () => {
  const { code, stdout, stderr } = await run(['users', 'get', 'nobody', '--store', 'memory:']);
  assert.equal(code, 1);
  assert.equal(stdout, '');
  assert.match(stderr, /^doorward: notFound: .*`nobody`.*\n$/);
  const error = await refused(['users', 'get', 'nobody', '--store', 'memory:']);
  assert.deepEqual(Object.keys(error), ['code', 'message', 'details']);
});

test('set-up makes one administrator, once, and leaves no token', async (t) => {
  const store = `lmdb:${join(folder(t), 'store.lmdb')}`;
  const made = await json(['setup', 'ann', '--store', store, '--password-stdin', '--email', 'ann@example.org'], {
    input: `${password}\n`,
  });
  assert.deepEqual(made, { id: 1, name: 'ann' });
  const ann = await json(['users', 'get', 'ann', '--store', store]);
  assert.equal(ann.admin, true);
  assert.equal(ann.email, 'ann@example.org');
  assert.deepEqual((await json(['tokens', 'list', 'ann', '--store', store])).tokens, []);
  const again = await refused(['setup', 'bob', '--store', store], { env: { DOORWARD_PASSWORD: password } });
  assert.equal(again.code, 'setupDone');
});

test('the password on stdin loses one line break and nothing else', async (t) => {
  const store = await prepared(t);
  await json(['users', 'add', 'bob', '--store', store, '--password-stdin'], { input: '  trailing blanks  \r\n' });
  const server = await serve(t, ['--store', store]);
  const log = (password) => server.api('/login', { body: { name: 'bob', password, cookie: false } });
  assert.equal((await log('trailing blanks')).status, 401);
  assert.equal((await log('  trailing blanks  ')).status, 200);
});

test('the store comes from DOORWARD_STORE, and an option goes before it', async (t) => {
  const store = await prepared(t);
  const env = { DOORWARD_STORE: store };
  assert.equal((await json(['users', 'list'], { env })).users.length, 1);
  assert.equal((await json(['users', 'list', '--store', 'memory:'], { env })).users.length, 0);
});

test('users: add, list, get, update, rename, passwd, delete', async (t) => {
  const store = await prepared(t);
  const s = ['--store', store];
  const bob = await json([
    'users',
    'add',
    'bob',
    '--no-password',
    '--display-name',
    'Bob',
    '--country',
    'NL',
    '--no-groups',
    '--data',
    '{"desk":4}',
    ...s,
  ]);
  assert.equal(bob.id, 2);
  assert.deepEqual(
    [bob.displayName, bob.country, bob.hasPassword, bob.groups, bob.data],
    ['Bob', 'NL', false, [], { desk: 4 }],
  );
  assert.equal((await refused(['users', 'add', 'bob', '--no-password', ...s])).code, 'alreadyExists');
  const page = await json(['users', 'list', '--limit', '1', ...s]);
  assert.deepEqual(
    page.users.map((user) => user.name),
    ['ann'],
  );
  const next = await json(['users', 'list', '--limit', '1', '--after', page.next, ...s]);
  assert.deepEqual(
    next.users.map((user) => user.name),
    ['bob'],
  );
  assert.deepEqual(
    (await json(['users', 'list', '--search', 'bo', ...s])).users.map((user) => user.name),
    ['bob'],
  );

  const changed = await json([
    'users',
    'update',
    'bob',
    '--status',
    'disabled',
    '--scope',
    'users.read',
    '--reach',
    'thing=a',
    '--reach',
    'thing=b',
    '--reach',
    'site=all',
    ...s,
  ]);
  assert.deepEqual([changed.status, changed.scopes, changed.displayName], ['disabled', ['users.read'], 'Bob']);
  assert.deepEqual(changed.reach, { thing: { a: null, b: null }, site: 'all' });
  assert.deepEqual(
    (await json(['users', 'update', 'bob', '--no-scopes', '--name', 'rob', '--status', 'active', ...s])).scopes,
    [],
  );
  const rights = await json(['users', 'rights', 'ann', ...s]);
  assert.ok(rights.grants.some((grant) => grant.scope === 'admin'));

  await json(['users', 'passwd', 'rob', ...s], { env: { DOORWARD_PASSWORD: 'another password' } });
  assert.equal((await json(['users', 'get', 'rob', ...s])).hasPassword, true);
  await json(['users', 'passwd', 'rob', '--remove', ...s]);
  assert.equal((await json(['users', 'get', 'rob', ...s])).hasPassword, false);
  await json(['users', 'delete', 'rob', ...s]);
  assert.equal((await refused(['users', 'get', 'rob', ...s])).code, 'notFound');
  assert.equal((await refused(['users', 'delete', 'ann', ...s])).code, 'lastAdmin');
});

test('tokens: the value is printed once, alone on stdout', async (t) => {
  const store = await prepared(t);
  const s = ['--store', store];
  const { code, stdout, stderr } = await run([
    'tokens',
    'create',
    'ann',
    '--name',
    'slicer',
    '--scope',
    'users.read',
    '--expires',
    '90d',
    ...s,
  ]);
  assert.equal(code, 0, stderr);
  const value = stdout.trim();
  assert.match(value, /^dw_[\w-]+$/);
  const listed = await run(['tokens', 'list', 'ann', '--json', ...s]);
  assert.ok(!listed.stdout.includes(value));
  const [token] = JSON.parse(listed.stdout).tokens;
  assert.deepEqual([token.name, token.kind, token.scopes], ['slicer', 'apikey', ['users.read']]);
  assert.ok(Math.abs(token.expires - token.created - 90 * 86_400_000) < 60_000);

  const server = await serve(t, s);
  const me = () => server.api('/me', { headers: { authorization: `Bearer ${value}` } });
  assert.equal((await me()).body.name, 'ann');
  assert.deepEqual(await json(['tokens', 'revoke', token.id, ...s]), { removed: 1 });
  assert.equal((await me()).status, 401);
  await json(['tokens', 'create', 'ann', '--name', 'a', ...s]);
  await json(['tokens', 'create', 'ann', '--name', 'b', '--expires', '2099-01-01T00:00Z', ...s]);
  assert.deepEqual(await json(['tokens', 'revoke', '--all', '--user', 'ann', ...s]), { removed: 2 });
});

test('groups, resources and links', async (t) => {
  const store = await prepared(t);
  const s = ['--store', store];
  const lab = await json(['groups', 'add', 'lab', '--name', 'Lab', '--scope', 'users.read', ...s]);
  assert.deepEqual([lab.key, lab.name, lab.scopes, lab.default], ['lab', 'Lab', ['users.read'], false]);
  await json(['groups', 'add', 'all', '--subgroup', 'lab', ...s]);
  assert.equal((await refused(['groups', 'update', 'lab', '--subgroup', 'all', ...s])).code, 'groupCycle');
  await json(['groups', 'update', 'lab', '--no-scopes', '--default', ...s]);
  assert.deepEqual((await json(['groups', 'get', 'lab', ...s])).scopes, []);
  await json(['groups', 'delete', 'all', ...s]);
  assert.equal((await refused(['groups', 'get', 'all', ...s])).code, 'notFound');

  const lamp = await json([
    'resources',
    'add',
    'lamp-1',
    '--kind',
    'thing',
    '--name',
    'Lamp',
    '--data',
    '{"watt":9}',
    ...s,
  ]);
  assert.deepEqual([lamp.kind, lamp.id, lamp.name, lamp.data], ['thing', 'lamp-1', 'Lamp', { watt: 9 }]);
  await json(['links', 'set', 'ann', 'thing', 'lamp-1', '--level', '2', ...s]);
  assert.deepEqual((await json(['links', 'list', '--user', 'ann', ...s])).links, [
    { user: 'ann', kind: 'thing', id: 'lamp-1', level: 2 },
  ]);
  assert.equal((await json(['links', 'list', '--kind', 'thing', '--id', 'lamp-1', ...s])).links.length, 1);
  await json(['links', 'delete', 'ann', 'thing', 'lamp-1', ...s]);
  assert.deepEqual((await json(['links', 'list', '--user', 'ann', ...s])).links, []);
  assert.equal(
    (await json(['resources', 'update', 'lamp-1', '--kind', 'thing', '--name', 'Big lamp', ...s])).name,
    'Big lamp',
  );
  assert.equal((await json(['resources', 'list', '--kind', 'thing', ...s])).resources.length, 1);
  await json(['resources', 'delete', 'lamp-1', '--kind', 'thing', ...s]);
  assert.equal((await refused(['resources', 'get', 'lamp-1', '--kind', 'thing', ...s])).code, 'notFound');
});

test('the audit names the owner of the machine, and holds no secret', async (t) => {
  const store = await prepared(t);
  const s = ['--store', store];
  await json(['users', 'add', 'bob', ...s], { env: { DOORWARD_PASSWORD: 'bobs-own-secret' } });
  const token = await json(['tokens', 'create', 'bob', '--name', 'x', ...s]);
  const { stdout } = await run(['audit', '--json', ...s]);
  const { entries } = JSON.parse(stdout);
  const added = entries.find((entry) => entry.what === 'userAdded' && entry.on.user === 'bob');
  assert.equal(added.actor, 'local');
  for (const secret of [password, 'bobs-own-secret', token.value]) assert.ok(!stdout.includes(secret));
});

test('tables show control characters instead of sending them to the terminal', async (t) => {
  const store = await prepared(t);
  const s = ['--store', store];
  await json(['users', 'update', 'ann', '--display-name', 'A\u202enn', ...s]);
  const { stdout } = await run(['users', 'list', ...s]);
  assert.match(stdout, /A\\u\{202e\}nn/);
  assert.match(stdout, /^ID +NAME/);
});

test('several commands at once on one store: all of them are there afterwards', async (t) => {
  const store = await prepared(t);
  const names = Array.from({ length: 6 }, (_, i) => `user-${i}`);
  const made = await Promise.all(names.map((name) => json(['users', 'add', name, '--no-password', '--store', store])));
  assert.equal(new Set(made.map((user) => user.id)).size, names.length);
  const { users } = await json(['users', 'list', '--store', store]);
  assert.deepEqual(
    users.map((user) => user.name),
    ['ann', ...names],
  );
});

test('a command works beside a running server, and each sees the other', async (t) => {
  const store = await prepared(t);
  const server = await serve(t, ['--store', store]);
  await json(['users', 'add', 'bob', '--store', store], { env: { DOORWARD_PASSWORD: 'bobs password' } });
  assert.equal((await server.api('/login', { body: { name: 'bob', password: 'bobs password' } })).status, 200);
  const { stdout } = await run(['tokens', 'list', 'bob', '--json', '--store', store]);
  assert.equal(JSON.parse(stdout).tokens.length, 1);
});

test('through a server, with a token, as far as that token goes', async (t) => {
  const store = await prepared(t);
  const token = await json(['tokens', 'create', 'ann', '--name', 'reader', '--scope', 'users.read', '--store', store]);
  const server = await serve(t, ['--store', store]);
  const env = { DOORWARD_TOKEN: token.value };
  assert.equal((await json(['users', 'list', '--store', server.url], { env })).users[0].name, 'ann');
  assert.equal(
    (await refused(['users', 'add', 'bob', '--no-password', '--store', server.url], { env })).code,
    'denied',
  );
  assert.equal((await refused(['users', 'list', '--store', server.url])).code, 'denied');
  assert.equal((await refused(['export', '--store', server.url], { env })).code, 'unsupported');
  await server.stop();
  assert.equal((await refused(['users', 'list', '--store', server.url], { env })).code, 'offline');
});
