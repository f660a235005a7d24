import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Secret, TOTP } from 'otpauth';
import { bearer, folder, json, refused, run, serve } from './cli-helpers.mjs';

const value = 'A'.repeat(43);

/** What the file's second factor shows now. */
const code = () => new TOTP({ secret: Secret.fromBase32('JBSWY3DPEHPK3PXP') }).generate();

const world = () => ({
  groups: [
    { key: 'lab', name: 'Lab', scopes: ['users.read'], subgroups: ['tools'], default: false },
    { key: 'tools', scopes: ['resources.read'] },
  ],
  users: [
    {
      id: 7,
      name: 'ann',
      password: 'anns long password',
      admin: true,
      status: 'active',
      displayName: 'Ann',
      email: 'ann@example.org',
      country: 'NL',
      scopes: ['audit.read'],
      groups: ['lab', 'admins'],
      reach: { thing: ['lamp-1'], devicetype: 'all' },
      data: { desk: 4 },
      settings: { theme: 'dark' },
      introReviewed: true,
      role: 'dealer',
      totp: 'JBSWY3DPEHPK3PXP',
    },
    { name: 'dee', groups: [] },
  ],
  resources: {
    thing: [{ id: 'lamp-1', name: 'Lamp' }],
    network: [{ id: 1, name: 'Sample' }],
    site: [{ id: 101, name: 'Boat', identifier: 'C0619AB00101', owner: 'ann' }],
    gateway: [{ id: 'C0619AB00901' }],
  },
  links: [
    { user: 'ann', kind: 'site', id: 101, level: 1 },
    { user: 'dee', kind: 'customer', id: 'ann' },
  ],
  tokens: [{ user: 'ann', kind: 'apikey', value, scopes: ['users.read'], expires: null }],
});

function setting(t) {
  const at = folder(t);
  const store = ['--store', `lmdb:${join(at, 'store.lmdb')}`];
  const write = (content, name = 'world.json') => {
    const path = join(at, name);
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  };
  return { store, write, apply: (content, ...args) => json(['apply', write(content), ...args, ...store]) };
}

const counts = ({ created, updated, unchanged }) => [created, updated, unchanged];

test('a dry run says what would be done and does nothing', async (t) => {
  const { store, apply } = setting(t);
  const plan = await apply(world(), '--dry-run');
  assert.deepEqual(counts(plan), [11, 0, 0]);
  assert.equal(plan.dryRun, true);
  assert.deepEqual(await json(['users', 'list', ...store]), { users: [] });
  assert.ok(!(await json(['groups', 'list', ...store])).groups.some((group) => group.key === 'lab'));
});

test('everything the file declares is there afterwards, and a second run changes nothing', async (t) => {
  const { store, apply } = setting(t);
  // The owner of a site is linked to it at once, so that the link itself only gets its level.
  assert.deepEqual(counts(await apply(world())), [10, 1, 0]);
  const ann = await json(['users', 'get', 'ann', ...store]);
  assert.deepEqual(
    [ann.id, ann.displayName, ann.email, ann.country, ann.admin, ann.status, ann.introReviewed, ann.data, ann.settings],
    [7, 'Ann', 'ann@example.org', 'NL', true, 'active', true, { desk: 4 }, { theme: 'dark' }],
  );
  assert.deepEqual([...ann.groups].sort(), ['admins', 'lab']);
  assert.deepEqual(ann.scopes, ['audit.read']);
  assert.equal(ann.reach.devicetype, 'all');
  assert.ok('lamp-1' in ann.reach.thing);
  assert.equal((await json(['users', 'get', 'dee', ...store])).hasPassword, false);
  assert.deepEqual((await json(['groups', 'get', 'lab', ...store])).subgroups, ['tools']);
  const boat = await json(['resources', 'get', '101', '--kind', 'site', ...store]);
  assert.deepEqual([boat.name, boat.owner, boat.data], ['Boat', 'ann', { identifier: 'c0619ab00101' }]);
  assert.equal((await json(['resources', 'get', 'c0619ab00901', '--kind', 'gateway', ...store])).id, 'c0619ab00901');
  const { links } = await json(['links', 'list', '--kind', 'site', '--id', '101', ...store]);
  assert.deepEqual(links, [{ user: 'ann', kind: 'site', id: '101', level: 1 }]);

  const before = await json(['audit', ...store]);
  assert.deepEqual(counts(await apply(world())), [0, 0, 11]);
  assert.deepEqual(await json(['audit', ...store]), before);
  assert.deepEqual(counts(await apply(world(), '--dry-run')), [0, 0, 11]);
});

test('the password and the token of the file are good for a log-in; neither is printed', async (t) => {
  const { store, write } = setting(t);
  const path = write(world());
  for (const args of [[], ['--json']]) {
    const { code, stdout, stderr } = await run(['apply', path, ...store, ...args]);
    assert.equal(code, 0, stderr);
    for (const secret of [value, 'anns long password', 'JBSWY3DPEHPK3PXP'])
      assert.ok(!(stdout + stderr).includes(secret));
  }
  const server = await serve(t, store);
  const log = { name: 'ann', password: 'anns long password' };
  assert.equal((await server.api('/login', { body: log })).body.error.code, 'secondFactorRequired');
  assert.equal((await server.api('/login', { body: { ...log, code: code() } })).status, 200);
  const me = await server.api('/me', { headers: bearer(value) });
  assert.equal(me.status, 200);
  assert.deepEqual(me.body.scopes, ['users.read']);
});

test('only what differs is changed', async (t) => {
  const { store, apply } = setting(t);
  await apply(world());
  const next = world();
  next.users[0].displayName = 'Ann B.';
  next.users[0].password = 'another password';
  next.groups[1].scopes = [];
  next.links[0].level = 2;
  const done = await apply(next);
  assert.deepEqual(counts(done), [0, 3, 8]);
  assert.deepEqual(
    done.steps.filter((step) => step.outcome === 'updated').map((step) => step.name),
    ['tools', 'ann', 'ann site 101'],
  );
  const server = await serve(t, store);
  const log = { name: 'ann', password: 'another password', code: code() };
  assert.equal((await server.api('/login', { body: log })).status, 200);
  assert.equal((await server.api('/login', { body: { name: 'ann', password: 'anns long password' } })).status, 401);
});

test('a role and a second factor are kept, and the secret of the factor is shown to nobody', async (t) => {
  const { store, write, apply } = setting(t);
  const secret = 'GEZDGNBVGY3TQOJQ';
  const declared = { ...world(), users: [{ ...world().users[0], totp: secret }, world().users[1]] };
  await apply(world());
  assert.deepEqual(
    (await apply(declared)).steps.filter((step) => step.outcome === 'updated').map((step) => step.name),
    ['ann'],
  );
  assert.deepEqual(counts(await apply(declared)), [0, 0, 11]);
  declared.users[0].role = 'normal';
  assert.deepEqual(counts(await apply(declared)), [0, 1, 10]);

  const path = write(declared);
  const server = await serve(t, [...store, '--world', path]);
  const { body } = await server.api('/login', {
    body: { name: 'ann', password: 'anns long password', cookie: false },
  });
  // Where the second factor is asked for there is no session without it.
  const call = async (op, ...args) => server.api('/call', { body: { op, args }, headers: bearer(body.token ?? value) });
  const shown = [body, await call('users.list'), await call('users.get', 'ann'), await call('audit.list')];
  shown.push((await server.api('/me', { headers: bearer(body.token ?? value) })).body, server.stderr);
  await server.stop();
  shown.push(await json(['users', 'list', ...store]), await json(['users', 'get', 'ann', ...store]));
  shown.push(await json(['audit', ...store]), await run(['apply', path, ...store]));
  for (const one of shown) {
    const text = JSON.stringify(one);
    assert.doesNotMatch(text, /GEZDGNBVGY3TQOJQ|JBSWY3DPEHPK3PXP|totp/i);
  }
});

test('what the file does not name is left alone', async (t) => {
  const { store, apply } = setting(t);
  await apply(world());
  assert.deepEqual(counts(await apply({ users: [{ name: 'dee', displayName: 'Dee' }] })), [0, 1, 0]);
  const ann = await json(['users', 'get', 'ann', ...store]);
  assert.equal(ann.displayName, 'Ann');
  assert.deepEqual(counts(await apply({ users: [{ name: 'ann', country: 'BE' }] })), [0, 1, 0]);
  assert.deepEqual(await json(['users', 'get', 'ann', ...store]), {
    ...ann,
    country: 'BE',
    updated: (await json(['users', 'get', 'ann', ...store])).updated,
  });
});

test('a declared reach and the links of the same file do not undo each other', async (t) => {
  const { store, apply } = setting(t);
  const declared = {
    users: [{ name: 'ann', reach: { site: [1], thing: { a: 2 } } }],
    resources: { site: [{ id: 2, owner: 'ann' }] },
    links: [
      { user: 'ann', kind: 'site', id: 3, level: 4 },
      { user: 'ann', kind: 'network', id: 5 },
    ],
  };
  await apply(declared);
  const reach = { site: { 1: null, 2: null, 3: 4 }, thing: { a: 2 }, network: { 5: null } };
  assert.deepEqual((await json(['users', 'get', 'ann', ...store])).reach, reach);
  assert.deepEqual(counts(await apply(declared)), [0, 0, 4]);
  // A kind that the file does not name stays; of one that it names, nothing else stays.
  await json(['links', 'set', 'ann', 'thing', 'b', ...store]);
  await json(['links', 'set', 'ann', 'network', '6', ...store]);
  assert.deepEqual(counts(await apply(declared)), [0, 1, 3]);
  reach.network[6] = null;
  assert.deepEqual((await json(['users', 'get', 'ann', ...store])).reach, reach);
});

test('YAML says the same', async (t) => {
  const { store, write, apply } = setting(t);
  await apply({ groups: world().groups });
  const yaml = `
# groups of the workshop
groups:
  - key: lab
    name: Lab
    scopes: [users.read]
    subgroups: [tools]
    default: false
  - { key: tools, scopes: [resources.read] }
tokens: []
`;
  assert.deepEqual(counts(await json(['apply', write(yaml, 'world.yaml'), ...store])), [0, 0, 2]);
});

test('a date stands for its milliseconds', async (t) => {
  const { store, apply } = setting(t);
  await apply({ users: [{ name: 'ann' }], tokens: [{ user: 'ann', value, expires: '2099-01-02T03:04:05Z' }] });
  const { tokens } = await json(['tokens', 'list', 'ann', ...store]);
  assert.equal(tokens[0].expires, Date.UTC(2099, 0, 2, 3, 4, 5));
});

const faults = [
  ['an unknown field of a user', { users: [{ name: 'a', pasword: 'x' }] }, 'unknownField', /`pasword` at `users\.0`/],
  ['an unknown field at the top', { usres: [] }, 'unknownField', /`usres` at its top/],
  ['an unknown field of a token', { tokens: [{ user: 'a', value, kid: 1 }] }, 'unknownField', /`kid` at `tokens\.0`/],
  ['a user without a name', { users: [{ id: 1 }] }, 'invalidFile', /users\.0/],
  ['an unknown status', { users: [{ name: 'a', status: 'gone' }] }, 'invalidFile', /active, locked, disabled/],
  ['an id beyond 2^53', '{"users":[{"name":"a","id":9007199254740992}]}', 'invalidFile', /users\.0\.id/],
  [
    'a resource id beyond 2^53',
    '{"links":[{"user":"a","kind":"x","id":9007199254740993}]}',
    'invalidFile',
    /links\.0\.id/,
  ],
  ['a kind that cannot be one', { resources: { 'a b': [] } }, 'invalidFile', /`a b`/],
  ['settings that are no object', { users: [{ name: 'a', settings: [1] }] }, 'invalidFile', /settings/],
  ['a short token value', { tokens: [{ user: 'a', value: 'short' }] }, 'invalidFile', /tokens\.0\.value/],
  [
    'a date that is none',
    { tokens: [{ user: 'a', value, expires: '2099-13-40T00:00Z' }] },
    'invalidFile',
    /no such date/,
  ],
  ['one user twice', { users: [{ name: 'a' }, { name: 'a' }] }, 'invalidFile', /users\.1/],
  [
    'one id twice',
    {
      users: [
        { name: 'a', id: 3 },
        { name: 'b', id: 3 },
      ],
    },
    'invalidFile',
    /users\.1\.id/,
  ],
  [
    'one token twice',
    {
      users: [{ name: 'a' }],
      tokens: [
        { user: 'a', value },
        { user: 'a', value },
      ],
    },
    'invalidFile',
    /tokens\.1/,
  ],
  ['a list', '[]', 'invalidFile', /at its top/],
  ['broken JSON', '{"users": [', 'invalidFile', /no valid JSON/],
  ['an unknown group', { users: [{ name: 'a', groups: ['nope'] }] }, 'unknownGroup', /`nope`/],
  [
    'groups in a circle',
    {
      groups: [
        { key: 'a', subgroups: ['b'] },
        { key: 'b', subgroups: ['a'] },
      ],
    },
    'groupCycle',
    /`a`/,
  ],
  ['a link of nobody', { links: [{ user: 'nobody', kind: 'site', id: 1 }] }, 'notFound', /`nobody`/],
  [
    'a dealer of nobody',
    { users: [{ name: 'dee' }], links: [{ user: 'dee', kind: 'customer', id: 'nobody' }] },
    'notFound',
    /`links\.0\.id`.*`nobody`/,
  ],
  ['a role that nobody has', { users: [{ name: 'a', role: 'owner' }] }, 'invalidFile', /normal, dealer, admin/],
  ['a second factor that is no Base32', { users: [{ name: 'a', totp: 'not base 32 at all' }] }, 'invalidFile', /totp/],
  [
    'an identifier that is none',
    { resources: { site: [{ id: 1, identifier: 'c0619' }] } },
    'invalidFile',
    /identifier/,
  ],
  [
    'one gateway twice',
    { resources: { gateway: [{ id: 'c0619ab00901' }, { id: 'C0619AB00901' }] } },
    'invalidFile',
    /gateway\.1/,
  ],
  ['a token of nobody', { tokens: [{ user: 'nobody', value }] }, 'notFound', /`nobody`/],
  [
    'an unknown scope',
    { users: [{ name: 'ok' }, { name: 'a', scopes: ['no.such'] }] },
    'unknownScope',
    /`users\.1\.scopes`.*`no\.such`/,
  ],
  [
    'an unknown scope of a token',
    { users: [{ name: 'a' }], tokens: [{ user: 'a', value, scopes: ['no.such'] }] },
    'unknownScope',
    /`tokens\.0/,
  ],
  ['a name that breaks the rule', { users: [{ name: 'ok' }, { name: ' a ' }] }, 'invalidName', /user ` a `/],
];

test('a file with a fault is refused whole', async (t) => {
  const { store, write } = setting(t);
  for (const [title, content, code, message] of faults) {
    await t.test(title, async () => {
      const error = await refused(['apply', write(content), ...store]);
      assert.equal(error.code, code, error.message);
      assert.match(error.message, message);
    });
  }
  assert.deepEqual(await json(['users', 'list', ...store]), { users: [] });
  assert.ok(!(await json(['groups', 'list', ...store])).groups.some((group) => ['a', 'b'].includes(group.key)));
});

test('a fault beside a secret does not tell the secret', async (t) => {
  const { store, write } = setting(t);
  for (const content of [
    '{"users":[{"name":"a","password":"hunter2hunter2}]}',
    '{"users":[{"name":"a","password":["hunter2hunter2"]}]}',
  ]) {
    const { code, stderr } = await run(['apply', write(content), ...store]);
    assert.equal(code, 1);
    assert.doesNotMatch(stderr, /hunter2/);
  }
  const { stderr } = await run([
    'apply',
    write('users:\n  - name: a\n    password: "hunter2hunter2\n', 'w.yaml'),
    ...store,
  ]);
  assert.match(stderr, /no valid YAML/);
  assert.doesNotMatch(stderr, /hunter2/);
});

test('a file that is not there is named', async () => {
  const error = await refused(['apply', 'no-such-file.json', '--store', 'memory:']);
  assert.match(error.message, /`no-such-file\.json`: there is no such file/);
});

test('serve applies the file before it is ready, and starts again on what is there', async (t) => {
  const { store, write } = setting(t);
  const path = write(world());
  for (const tally of [/10 created, 1 updated, 0 unchanged/, /0 created, 0 updated, 11 unchanged/]) {
    const server = await serve(t, [...store, '--world', path]);
    assert.match(server.stderr, tally);
    const status = await server.api('/status');
    assert.equal(status.body.needsSetup, false);
    assert.deepEqual(await server.stop(), [0, null]);
  }
});

test('serve with a bad world file says so and is never ready', async (t) => {
  const { write } = setting(t);
  const { code, stdout, stderr } = await run([
    'serve',
    '--port',
    '0',
    '--store',
    'memory:',
    '--world',
    write({ usres: [] }),
  ]);
  assert.deepEqual([code, stdout], [1, '']);
  assert.match(stderr, /unknownField/);
});
