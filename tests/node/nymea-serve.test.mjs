// The transports of the nymea face: who may connect, TLS, slow readers, the button, and the end.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import { test } from 'node:test';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'doorward/nymea';
import WebSocket from 'ws';
import { folder, json, refused, serve } from './cli-helpers.mjs';
import { Connection } from './nymea-connection.mjs';
import { cert, fingerprint, tlsOptions } from './tls-keys.mjs';

const cheap = ['--policy', 'nymea', '--set', 'hashMemory=8', '--set', 'hashPasses=1'];
const started = (t, ...args) => serve(t, ['--store', 'memory:', '--nymea-port', '0', ...cheap, ...args]);
const socketUrl = (server) => `${server.url.replace(/^http/, 'ws')}/nymea`;

/** The status that a WebSocket is refused with; 101 where it is not. */
async function upgrade(url, options) {
  const socket = new WebSocket(url, options);
  return new Promise((resolve) => {
    socket.on('error', () => {});
    socket.on('unexpected-response', (_, response) => resolve(response.statusCode));
    socket.on('open', () => {
      socket.terminate();
      resolve(101);
    });
  });
}

test('the ready line names what was asked for', async (t) => {
  const server = await started(t, '--nymea-open-port', '0');
  assert.deepEqual(Object.keys(server.ready), ['listening', 'nymea', 'nymeaOpen']);
  for (const name of ['nymea', 'nymeaOpen']) assert.match(server.ready[name], /^tcp:\/\/127\.0\.0\.1:\d+$/);
});

test('WebSockets: at their path alone, and not for pages of strangers', async (t) => {
  const server = await started(t, '--allow-origin', 'https://panel.example');
  const url = socketUrl(server);
  const { host } = new URL(server.url);
  assert.equal(await upgrade(url), 101);
  assert.equal(await upgrade(`${url}?x=1`), 101);
  assert.equal(await upgrade(url.replace('/nymea', '/other')), 404);
  assert.equal(await upgrade(url, { headers: { origin: `http://${host}` } }), 101);
  assert.equal(await upgrade(url, { headers: { origin: 'https://panel.example' } }), 101);
  assert.equal(await upgrade(url, { headers: { origin: 'https://evil.example' } }), 403);
  assert.equal(await upgrade(url, { headers: { origin: 'null' } }), 403);
  assert.equal(await upgrade(url, { headers: { host: 'evil.example' } }), 403);
});

test('a frame of more than 2 MiB ends the connection, and no other', async (t) => {
  const server = await started(t);
  const large = await Connection.open(socketUrl(server));
  const other = await Connection.open(socketUrl(server));
  t.after(() => other.end());
  large.write('a'.repeat(2 ** 21 + 1));
  await large.isClosed('too large');
  await other.replyTo(other.request('JSONRPC.Hello'), 'hello');
});

test('with a certificate everything speaks TLS', async (t) => {
  const server = await started(t, ...tlsOptions(t));
  assert.match(server.url, /^https:/);
  assert.match(server.ready.nymea, /^nymeas:/);
  const local = (url) => url.replace('127.0.0.1', 'localhost');
  for (const url of [server.ready.nymea, socketUrl(server), local(server.ready.nymea), local(socketUrl(server))]) {
    for (const tls of [{ ca: cert }, { fingerprint }]) {
      const client = await connect(url, { tls });
      assert.equal(client.server.initialSetupRequired, true);
      client.close();
    }
    for (const tls of [{}, { fingerprint: '0'.repeat(64) }])
      await assert.rejects(connect(url, { tls }), { code: 'offline' });
  }
  // Plain text where TLS is spoken.
  const plain = await Connection.open(server.ready.nymea.replace('nymeas:', 'tcp:'));
  if (!plain.closed) plain.request('JSONRPC.Hello');
  await plain.isClosed('plain text');
  assert.deepEqual(plain.log, []);
});

test('options that cannot be', async (t) => {
  const [, path] = tlsOptions(t);
  const serveWith = (...args) => ['serve', '--store', 'memory:', '--port', '0', ...args];
  await refused(serveWith('--tls-cert', path), { exit: 2 });
  await refused(serveWith('--host', '0.0.0.0', '--nymea-open-port', '0'), { exit: 2 });
  const both = serveWith('--tls-cert', path, '--tls-key', path);
  assert.equal((await refused(both)).code, 'invalidFile');
  const { ready } = await started(t);
  const { port } = new URL(ready.nymea.replace('tcp:', 'http:'));
  assert.equal((await refused(serveWith('--nymea-port', port))).code, 'unsupported');
});

test('who sends without reading is read no further, and loses nothing', { timeout: 60_000 }, async (t) => {
  const server = await started(t, '--nymea-open-port', '0');
  const { hostname, port } = new URL(server.ready.nymeaOpen.replace('tcp:', 'http:'));
  const socket = connectSocket({ host: hostname, port: Number(port) });
  t.after(() => socket.destroy());
  socket.pause();
  await once(socket, 'connect');
  const count = 4000;
  socket.write('{"id":0,"method":"JSONRPC.Hello"}');
  // Enough to fill the system's buffers on the way.
  const padding = 'x'.repeat(4000);
  for (let id = 1; id <= count; id += 1) {
    socket.write(`{"id":${id},"method":"JSONRPC.Introspect"}${id % 50 === 0 ? '' : `\n`}`);
    if (id % 2 === 0) socket.write(`{"id":-5,"pad":"${padding}"}`);
  }
  await sleep(1500);
  assert.ok(socket.writableLength > 0, 'all was read although nobody reads the replies');
  const other = await Connection.open(server.ready.nymea);
  await other.replyTo(other.request('JSONRPC.Hello'), 'others are served');
  other.end();
  let next = 0;
  let rest = '';
  socket.setEncoding('utf8').on('data', (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop();
    for (const { id } of lines.map((line) => JSON.parse(line))) if (id !== -5) assert.equal(id, next++);
  });
  socket.resume();
  while (next <= count) await sleep(20);
});

for (const transport of ['TCP', 'WebSocket']) {
  test(`SIGTERM: what has come is answered, then all are closed, ${transport}`, async (t) => {
    // A hash that takes its time.
    const server = await started(t, '--set', 'hashMemory=65536', '--set', 'hashPasses=3');
    const url = transport === 'TCP' ? server.ready.nymea : socketUrl(server);
    const [busy, idle] = [await Connection.open(url), await Connection.open(url)];
    for (const one of [busy, idle]) await one.replyTo(one.request('JSONRPC.Hello'), 'hello');
    const id = busy.request('JSONRPC.CreateUser', { username: 'admin', password: 'Admin123' });
    await sleep(30);
    const begun = Date.now();
    const ended = server.stop();
    assert.notEqual(await busy.replyTo(id, 'what was under way'), -1);
    await Promise.all([busy.isClosed('busy'), idle.isClosed('idle')]);
    assert.deepEqual(await ended, [0, null]);
    assert.ok(Date.now() - begun < 5000);
  });
}

/** Somebody who waits for the button. */
async function waiting(t, server) {
  const client = await connect(server.ready.nymea);
  t.after(() => client.close());
  const { finished } = await client.requestPushButtonAuth({ deviceName: 'panel' });
  return { client, finished };
}

test('`doorward button` presses the button of the server of the same store', async (t) => {
  const store = `lmdb:${join(folder(t), 'store.lmdb')}`;
  assert.equal((await refused(['button', '--store', store])).code, 'offline');
  const server = await serve(t, ['--store', store, '--nymea-port', '0', '--button', ...cheap]);
  const { client, finished } = await waiting(t, server);
  assert.equal(client.server.pushButtonAuthAvailable, true);
  await json(['button', '--store', store]);
  await finished;
  assert.equal(client.identity.username, '');
  await server.stop();
  assert.equal((await refused(['button', '--store', store])).code, 'offline');
});

test('a server that is killed leaves its socket to the next; a named socket serves any store', async (t) => {
  const path = join(folder(t), 'button.sock');
  const named = ['--control-socket', path];
  const first = await started(t, ...named);
  const taken = ['serve', '--store', 'memory:', '--port', '0', ...named];
  assert.equal((await refused(taken)).code, 'unsupported');
  await first.stop('SIGKILL');
  const second = await started(t, ...named);
  const { finished } = await waiting(t, second);
  await json(['button', '--store', 'memory:', ...named]);
  await finished;
  await refused(['button', '--store', 'memory:'], { exit: 2 });
});
