import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect as connectSocket } from 'node:net';
import { test } from 'node:test';
import { bearer, command, json, password, prepared, refused, serve } from './cli-helpers.mjs';
import { serveHere } from './serve-here.mjs';

/** A server in memory with the administrator `ann`, and her token; `apart`: by the command, in a process of its own. */
async function started(t, { apart = false, args = [], ...options } = {}) {
  const server = apart ? await serve(t, ['--store', 'memory:', ...args]) : await serveHere(t, options);
  const { body } = await server.api('/setup', { body: { name: 'ann', password, cookie: false } });
  server.token = body.token;
  server.call = async (op, ...args) => server.api('/call', { body: { op, args }, headers: bearer(server.token) });
  return server;
}

/** A request with headers that fetch would not let a caller set. */
function rawRequest(url, { method = 'GET', headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part) => (text += part));
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text }));
    });
    outgoing.on('error', reject).end(body);
  });
}

test('the first line on stdout is the address, and nothing else is there', async (t) => {
  const server = await serve(t, ['--store', 'memory:']);
  assert.deepEqual(Object.keys(server.ready), ['listening']);
  assert.match(server.url, /^http:\/\/127\.0\.0\.1:\d+$/);
  await server.api('/status');
  assert.equal(server.lines.length, 1);
});

test('first-run set-up, and only once', async (t) => {
  const server = await serveHere(t);
  const before = await server.api('/status');
  assert.deepEqual([before.status, before.body.needsSetup, before.body.policy], [200, true, 'doorward']);
  assert.ok(before.body.scopes.some((scope) => scope.name === 'admin'));
  const done = await server.api('/setup', { body: { name: 'ann', password, email: 'ann@example.org', cookie: false } });
  assert.equal(done.status, 200);
  assert.deepEqual([done.body.me.name, done.body.me.admin], ['ann', true]);
  assert.match(done.body.token, /^dw_/);
  assert.equal(done.headers.get('set-cookie'), null);
  assert.equal((await server.api('/status')).body.needsSetup, false);
  const again = await server.api('/setup', { body: { name: 'eve', password } });
  assert.deepEqual([again.status, again.body.error.code], [409, 'setupDone']);
});

test('a log-in sets a cookie that no script reads, and the cookie is a credential', async (t) => {
  const server = await started(t);
  const entered = await server.api('/login', { body: { name: 'ann', password } });
  assert.deepEqual(Object.keys(entered.body), ['me']);
  const header = entered.headers.get('set-cookie');
  assert.match(header, /; Path=\/doorward\/v1; HttpOnly; SameSite=Strict$/);
  assert.match(header, /Max-Age=\d+/);
  assert.doesNotMatch(header, /Secure/);
  const cookie = header.split(';')[0];
  assert.equal((await server.api('/me', { headers: { cookie } })).body.name, 'ann');

  const call = (headers) => server.api('/call', { body: { op: 'users.list' }, headers: { cookie, ...headers } });
  assert.equal((await call({ origin: server.url })).status, 200);
  assert.equal((await call({ 'sec-fetch-site': 'same-origin' })).status, 200);
  for (const headers of [
    {},
    { origin: 'http://evil.example' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'null' },
  ]) {
    const { status, body } = await call(headers);
    assert.deepEqual(
      [status, body.error.code, body.error.details.by],
      [403, 'denied', 'origin'],
      JSON.stringify(headers),
    );
  }

  const left = await server.api('/logout', { body: {}, headers: { cookie, origin: server.url } });
  assert.equal(left.status, 200);
  assert.match(left.headers.get('set-cookie'), /Max-Age=0/);
  const after = await server.api('/me', { headers: { cookie } });
  assert.deepEqual([after.status, after.body.error.code], [401, 'unknownToken']);
});

test('on an https page the cookie is Secure', async (t) => {
  const server = await started(t, { allowHost: ['door.example'] });
  const { headers, status } = await rawRequest(`${server.url}/doorward/v1/login`, {
    method: 'POST',
    headers: { host: 'door.example', origin: 'https://door.example', 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'ann', password }),
  });
  assert.equal(status, 200);
  assert.match(headers['set-cookie'][0], /^doorward=dw_.*; Secure/);
});

test('another origin can neither log in nor set up', async (t) => {
  const server = await serveHere(t);
  for (const path of ['/setup', '/login']) {
    const { status } = await server.api(path, {
      body: { name: 'eve', password },
      headers: { origin: 'http://evil.example' },
    });
    assert.equal(status, 403);
  }
  assert.equal((await server.api('/status')).body.needsSetup, true);
});

test('a name that only points at this machine is refused', async (t) => {
  const server = await started(t, { allowHost: ['printer.local'] });
  const { port } = new URL(server.url);
  const status = async (host) => (await rawRequest(`${server.url}/doorward/v1/status`, { headers: { host } })).status;
  assert.equal(await status(`evil.example:${port}`), 403);
  assert.equal(await status('evil.example'), 403);
  for (const host of ['localhost', `127.0.0.1:${port}`, `[::1]:${port}`, `PRINTER.local:${port}`])
    assert.equal(await status(host), 200, host);
});

test('every operation goes by its name, with positional arguments', async (t) => {
  const { call } = await started(t);
  const bob = await call('users.create', { name: 'bob', password: 'bobs password', groups: [] });
  assert.equal(bob.body.result.name, 'bob');
  assert.equal((await call('users.list', { limit: 1 })).body.result.users.length, 1);
  // A null stands for an argument that is left out.
  const updated = await call('users.update', 'bob', null, null, ['users.read']);
  assert.deepEqual(updated.body.result.users.find((user) => user.name === 'bob').scopes, ['users.read']);
  assert.match((await call('users.generateApiKey', 'bob')).body.result.apikey, /^dw_/);
  assert.deepEqual((await call('users.remove', 'bob')).body, { result: null });
  assert.ok((await call('audit.list')).body.result.entries.length > 0);
});

test('a change of the own rights comes back with the call that made it', async (t) => {
  const server = await started(t);
  const { body } = await server.call('users.edit', 'ann', { displayName: 'Ann' });
  assert.equal(body.me.displayName, 'Ann');
  assert.equal((await server.call('users.create', { name: 'bob' })).body.me, undefined);
});

for (const [title, path, request, status, code] of [
  ['no credential', '/me', {}, 401, 'unknownToken'],
  ['a credential of another kind', '/me', { headers: { authorization: 'Basic YTpi' } }, 401, 'invalidToken'],
  ['a mistyped token', '/me', { headers: bearer('dw_mistyped') }, 401, 'invalidToken'],
  ['a wrong password', '/login', { body: { name: 'ann', password: 'wrong password' } }, 401, 'badCredentials'],
  ['an unknown name', '/login', { body: { name: 'nobody', password: 'wrong password' } }, 401, 'badCredentials'],
  ['no name', '/login', { body: { password } }, 400, 'invalidArgument'],
  ['a name of another type', '/login', { body: { name: 7, password } }, 400, 'invalidArgument'],
  ['an unknown field', '/login', { body: { name: 'ann', password, remember: true } }, 400, 'unknownField'],
  ['a body that is no JSON', '/login', { body: '{' }, 400, 'invalidArgument'],
  ['a body that is a list', '/login', { body: '[]' }, 400, 'invalidArgument'],
  ['an empty body', '/login', { body: '' }, 400, 'invalidArgument'],
  [
    'a body of another type',
    '/login',
    { body: 'name=ann', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    400,
    'invalidArgument',
  ],
  ['a path that is none', '/nothing', {}, 404, 'notFound'],
]) {
  test(`refused with ${status} ${code}: ${title}`, async (t) => {
    const server = await started(t);
    const { status: got, body, headers } = await server.api(path, request);
    assert.deepEqual([got, body.error.code], [status, code]);
    assert.deepEqual(Object.keys(body.error), ['code', 'message', 'details']);
    assert.equal(headers.get('cache-control'), 'no-store');
  });
}

test('a call that is wrong in any way is an error of its caller', async (t) => {
  const server = await started(t);
  const call = async (body) => {
    const { status, body: reply } = await server.api('/call', { body, headers: bearer(server.token) });
    return [status, reply.error?.code];
  };
  for (const op of [
    'users',
    'users.constructor',
    'users.__proto__',
    'token.list',
    'close',
    '',
    'users.list.x',
    'world.user',
  ]) {
    assert.deepEqual(await call({ op }), [400, 'invalidArgument'], op);
  }
  assert.deepEqual(await call({ op: 'users.list', args: {} }), [400, 'invalidArgument']);
  assert.deepEqual(await call({ op: 'users.list', args: [1, 2, 3, 4, 5, 6] }), [400, 'invalidArgument']);
  assert.deepEqual(await call({ args: [] }), [400, 'invalidArgument']);
  assert.deepEqual(await call({ op: 'users.list', args: [{ zork: 1 }] }), [400, 'unknownField']);
  assert.deepEqual(await call({ op: 'users.get', args: ['nobody'] }), [404, 'notFound']);
  assert.deepEqual(await call({ op: 'users.create', args: [{ name: 'ann' }] }), [409, 'alreadyExists']);
  assert.deepEqual(await call({ op: 'users.create', args: [{ name: 'x', scopes: ['no.such'] }] }), [
    400,
    'unknownScope',
  ]);
  assert.deepEqual(await call({ op: 'users.remove', args: ['ann'] }), [409, 'ownAccount']);
});

test('no argument of any type makes a server error', async (t) => {
  const server = await started(t, { apart: true });
  const odd = [
    null,
    true,
    0,
    -1,
    1.5,
    1e308,
    '',
    'x',
    '\u0000',
    '\ud800',
    'x'.repeat(5000),
    [],
    [[]],
    [null],
    {},
    { name: null },
    { name: {} },
    { zork: 1 },
    { limit: -1 },
    JSON.parse('{"__proto__":{"a":1}}'),
  ];
  const ops = [
    ...[
      'list',
      'get',
      'add',
      'update',
      'delete',
      'changePassword',
      'generateApiKey',
      'resetApiKey',
      'getSettings',
      'saveSettings',
      'create',
      'edit',
      'remove',
      'clearPassword',
      'rights',
    ].map((op) => `users.${op}`),
    ...['create', 'list', 'revoke'].map((op) => `tokens.${op}`),
    ...['list', 'get', 'add', 'update', 'delete'].flatMap((op) => [`groups.${op}`, `resources.${op}`]),
    ...['list', 'set', 'delete'].map((op) => `links.${op}`),
    'audit.list',
  ];
  const bad = [];
  for (const op of ops) {
    for (const value of odd) {
      for (const args of [[value], ['ann', value], ['thing', 'lamp', value]]) {
        const { status, body } = await server.api('/call', { body: { op, args }, headers: bearer(server.token) });
        if (status >= 500) bad.push([op, args, body]);
      }
    }
    // Ops among these end the administrator's own token; log in again where that happened.
    const { body } = await server.api('/login', { body: { name: 'ann', password, cookie: false } });
    if (body.token !== undefined) server.token = body.token;
  }
  assert.deepEqual(bad, []);
  assert.equal(server.child.exitCode, null);
});

test('too many failed log-ins are told with the time to wait', async (t) => {
  const server = await started(t, { set: ['lockoutAttempts=2'] });
  const fail = () => server.api('/login', { body: { name: 'ann', password: 'wrong password' } });
  let last = await fail();
  for (let i = 0; i < 5 && last.status === 401; i += 1) last = await fail();
  assert.deepEqual([last.status, last.body.error.code], [429, 'lockedOut']);
  assert.ok(last.body.error.details.retryAfter > 0);
  assert.equal(
    Number(last.headers.get('retry-after')),
    Math.max(1, Math.ceil(last.body.error.details.retryAfter / 1000)),
  );
});

test('a body beyond 1 MiB is refused, announced or not', async (t) => {
  const server = await started(t);
  const body = JSON.stringify({ name: 'ann', password: 'x'.repeat(1_100_000) });
  const announced = await server.api('/login', { body });
  assert.deepEqual([announced.status, announced.body.error.code], [413, 'limitExceeded']);
  const chunked = await rawRequest(`${server.url}/doorward/v1/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'transfer-encoding': 'chunked' },
    body,
  });
  assert.equal(chunked.status, 413);
  assert.equal((await server.api('/status')).status, 200);
});

test('a token that is revoked or a user who is disabled is out at the next request', async (t) => {
  const server = await started(t);
  await server.call('users.create', { name: 'bob', password: 'bobs password' });
  const { body } = await server.api('/login', { body: { name: 'bob', password: 'bobs password', cookie: false } });
  const me = () => server.api('/me', { headers: bearer(body.token) });
  assert.equal((await me()).status, 200);
  await server.call('users.edit', 'bob', { status: 'disabled' });
  assert.equal((await me()).status, 403);
  await server.call('users.remove', 'bob');
  assert.equal((await me()).status, 401);
});

test('who may not list users is denied, and cannot listen to events', async (t) => {
  const server = await started(t);
  await server.call('users.create', { name: 'bob', password: 'bobs password', groups: [] });
  const { body } = await server.api('/login', { body: { name: 'bob', password: 'bobs password', cookie: false } });
  const headers = bearer(body.token);
  const denied = await server.api('/call', { body: { op: 'users.list' }, headers });
  assert.deepEqual([denied.status, denied.body.error.code], [403, 'denied']);
  assert.ok(denied.body.error.details.by);
  assert.equal((await server.api('/events', { headers })).status, 403);
});

test('the page comes with headers that keep strangers’ scripts out', async (t) => {
  const server = await started(t);
  const response = await fetch(`${server.url}/`);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
  assert.equal(response.headers.get('referrer-policy'), 'no-referrer');
  assert.equal(response.headers.get('x-frame-options'), 'DENY');
  const html = await response.text();
  if (!html.includes('<html')) return assert.match(html, /not part of this installation/);
  const policy = response.headers.get('content-security-policy');
  assert.match(policy, /default-src 'self'; script-src 'self' 'wasm-unsafe-eval'/);
  assert.match(policy, /frame-ancestors 'none'/);
  assert.doesNotMatch(policy, /unsafe-inline|unsafe-eval'(?<!wasm-unsafe-eval')/);
  assert.equal(response.headers.get('cache-control'), 'no-cache');
  const etag = response.headers.get('etag');
  assert.equal((await fetch(`${server.url}/`, { headers: { 'if-none-match': etag } })).status, 304);
  const asset = /(?:src|href)="\.?(\/assets\/[^"]+)"/.exec(html)?.[1];
  assert.ok(asset, 'the page names no asset');
  const plain = await rawRequest(server.url + asset);
  assert.equal(plain.headers['cache-control'], 'public, max-age=31536000, immutable');
  const packed = await fetch(server.url + asset, { headers: { 'accept-encoding': 'br' } });
  assert.equal(packed.headers.get('content-encoding'), 'br');
  assert.equal(await packed.text(), plain.text);
});

test('no path leads out of the page’s folder', async (t) => {
  const server = await started(t);
  for (const path of [
    '/../package.json',
    '/..%2fpackage.json',
    '/%2e%2e/package.json',
    '/assets/../../package.json',
    '/cli.js',
    '//etc/passwd',
    '/%00',
  ]) {
    const { status } = await rawRequestPath(server.url, path);
    assert.ok([400, 404].includes(status), `${path}: ${status}`);
  }
});

/** Sends the path as it is; URL parsers would tidy it. */
function rawRequestPath(url, path) {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connectSocket({ host: hostname, port: Number(port) });
    let text = '';
    socket
      .on('error', reject)
      .setEncoding('utf8')
      .on('data', (part) => (text += part));
    socket.on('end', () => resolve({ status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]), text }));
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${hostname}\r\nConnection: close\r\n\r\n`);
  });
}

test('a port in use, and an address that is not ours, are told', async (t) => {
  const server = await started(t);
  const { port } = new URL(server.url);
  const error = await refused(['serve', '--store', 'memory:', '--port', port]);
  assert.match(error.message, /port is in use/);
  assert.equal(error.details.reason, 'EADDRINUSE');
  assert.match(
    (await refused(['serve', '--store', 'memory:', '--port', '0', '--host', '203.0.113.7'])).message,
    /no such address/,
  );
});

for (const signal of ['SIGTERM', 'SIGINT']) {
  test(`${signal} lets a running request end, then the exit code is 0`, async (t) => {
    const server = await started(t, { apart: true });
    // A log-in hashes for a while; the signal arrives in the midst of it.
    const entering = server.api('/login', { body: { name: 'ann', password } });
    await new Promise((resolve) => setTimeout(resolve, 15));
    const ended = server.stop(signal);
    assert.equal((await entering).status, 200);
    assert.deepEqual(await ended, [0, null]);
  });
}

test('an open event stream does not hold the server up', async (t) => {
  const server = await started(t, { apart: true });
  const response = await fetch(`${server.url}/doorward/v1/events`, { headers: bearer(server.token) });
  const reader = response.body.getReader();
  const begun = Date.now();
  assert.deepEqual(await server.stop(), [0, null]);
  assert.ok(Date.now() - begun < 3000);
  await reader.cancel().catch(() => {});
});

test('--control: one reply a command, in order, and stop ends the server', async (t) => {
  const server = await started(t, { apart: true, args: ['--control'] });
  await server.call('resources.add', { kind: 'thing', id: 'lamp-1' });
  const send = (line) => server.child.stdin.write(`${typeof line === 'string' ? line : JSON.stringify(line)}\n`);
  send({ do: 'resource.remove', kind: 'thing', id: 'lamp-1' });
  send({ do: 'resource.remove', kind: 'thing', id: 'lamp-1' });
  send({ do: 'nymea.agent', on: 'yes' });
  send({ do: 'frobnicate' });
  send('not json');
  send({ do: 'stop', now: true });
  send({ do: 'resource.remove', kind: 'thing' });
  send({ do: 'stop' });
  assert.deepEqual(await server.nextLine(), { ok: true });
  const codes = [];
  for (let i = 0; i < 6; i += 1) codes.push((await server.nextLine()).error.code);
  assert.deepEqual(codes, [
    'notFound',
    'invalidArgument',
    'unsupported',
    'invalidArgument',
    'unknownField',
    'invalidArgument',
  ]);
  assert.deepEqual(await server.nextLine(), { ok: true });
  assert.deepEqual(await server.exited, [0, null]);
});

test('what was answered survives a kill -9', async (t) => {
  const store = await prepared(t);
  const first = await serve(t, ['--store', store]);
  const { body } = await first.api('/login', { body: { name: 'ann', password, cookie: false } });
  for (let i = 0; i < 10; i += 1) {
    const made = await first.api('/call', {
      body: { op: 'users.create', args: [{ name: `user-${i}` }] },
      headers: bearer(body.token),
    });
    assert.equal(made.status, 200);
  }
  assert.deepEqual(await first.stop('SIGKILL'), [null, 'SIGKILL']);
  const second = await serve(t, ['--store', store]);
  const list = await second.api('/call', { body: { op: 'users.list' }, headers: bearer(body.token) });
  assert.equal(list.body.result.users.length, 11);
  assert.equal((await json(['users', 'list', '--store', store])).users.length, 11);
});

test('no secret is in the log', async (t) => {
  const server = await started(t, { apart: true });
  await server.api('/login', { body: { name: 'ann', password: 'a wrong password' } });
  await server.api('/me', { headers: bearer(server.token) });
  await server.api('/me', { headers: bearer(`${server.token}x`) });
  await server.stop();
  for (const secret of [password, 'a wrong password', server.token]) {
    assert.ok(!server.stderr.includes(secret));
    assert.ok(!server.lines.join('\n').includes(secret));
  }
});

test('a reader that goes away early is no failure', async (t) => {
  const store = await prepared(t);
  const child = spawn(process.execPath, [command, 'users', 'list', '--store', store], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.destroy();
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  const [code] = await once(child, 'close');
  assert.deepEqual([code, stderr], [0, '']);
});
