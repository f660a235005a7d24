// The REST store against its own handler, over real HTTP, and the protocol as a stranger would speak it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { lmdb } from 'doorward/stores/lmdb';
import { memory } from 'doorward/stores/memory';
import { rest } from 'doorward/stores/rest';
import { storeHandler } from 'doorward/stores/rest-handler';
import { testStore } from 'doorward/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startProxy } from '../servers/proxy.mjs';
import { checkAgainstModel } from './stores-model.mjs';
import { serveStores } from './stores-served.mjs';

const token = 'the-token-of-the-tests';
const authorize = (request) => request.headers.get('authorization') === `Bearer ${token}`;
const { port, dataOf, handlers } = await serveStores(authorize);

const urlOf = (dataset, at = port) => `http://127.0.0.1:${at}/${dataset}`;
/** Connected before it is given: what a watch on it then misses, it would have to hear. */
const open = async (dataset) => {
  const store = rest(urlOf(dataset), { token });
  await store.read([]);
  return store;
};

testStore('rest', open, { test });
test('rest: random commits and reads agree with the model', () => checkAgainstModel(fc, open, 60));

const set = (store, key, value = '1') => store.commit({ checks: [], mutations: [{ set: key, value }] });
const ask = (dataset, path, init = {}) =>
  fetch(`${urlOf(dataset)}${path}`, {
    ...init,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...init.headers },
  });
const post = (dataset, path, body, headers) =>
  ask(dataset, path, { method: 'POST', body: JSON.stringify(body), headers }).then((response) => response.json());
const eventually = async (what, is) => {
  const until = Date.now() + 5000;
  while (!is()) {
    assert.ok(Date.now() < until, what);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};

test('rest: a commit repeated with its idempotency key is made once, and answered alike', async () => {
  const commit = { checks: [{ key: ['a'], version: null }], mutations: [{ set: ['a'], value: '1' }] };
  const headers = { 'idempotency-key': 'a-key-of-the-tests' };
  const first = await post('twice', '/commit', commit, headers);
  assert.equal(first.ok, true);
  assert.deepEqual(await post('twice', '/commit', commit, headers), first);
  assert.deepEqual(await post('twice', '/commit', commit), { ok: false, conflicts: [['a']] });
  const everything = await post('twice', '/read', { ranges: [{ prefix: [] }, { prefix: [], reverse: true }] });
  assert.deepEqual(
    everything.ranges.map((entries) => entries.map(({ key }) => key)),
    [[['a']], [['a']]],
    'markers are not seen',
  );
});

test('rest: an entry has its version as its ETag', async () => {
  const store = await open('etag');
  const { version } = await set(store, ['a', 'b/c'], '{"x":1}');
  const path = `/entry?key=${encodeURIComponent('["a","b/c"]')}`;
  const fresh = await ask('etag', path);
  assert.deepEqual([fresh.status, fresh.headers.get('etag'), await fresh.text()], [200, `"${version}"`, '{"x":1}']);
  const same = await ask('etag', path, { headers: { 'if-none-match': `"${version}"` } });
  assert.equal(same.status, 304);
  assert.equal((await ask('etag', '/entry?key=["none"]')).status, 404);
  await store.close();
});

test('rest: without the right token nothing is told, and the client says that the store failed', async () => {
  for (const path of ['', '/entry?key=["a"]', '/watch', '/nowhere']) {
    const answer = await ask('closed', path, { headers: { authorization: 'Bearer wrong' } });
    assert.equal(answer.status, 403, path);
    assert.equal((await answer.json()).error.code, 'denied');
  }
  const store = rest(urlOf('closed'), { token: 'hunter2' });
  const error = await store.read([]).catch((error) => error);
  assert.equal(error.code, 'storeFailed');
  assert.doesNotMatch(error.stack + JSON.stringify(error), /hunter2/);
  await store.close();
});

test('rest: malformed requests have a code and change nothing', async () => {
  const cases = [
    [{ method: 'POST', body: 'x' }, '/read', 400],
    [{ method: 'POST', body: '[]' }, '/read', 400],
    [{ method: 'POST', body: '{"ranges":7}' }, '/read', 400],
    [{ method: 'POST', body: '{"ranges":[],"more":1}' }, '/read', 400],
    [{ method: 'POST', body: '{"ranges":[{"key":["\u{10ffff}doorward"]}]}' }, '/read', 400],
    [{ method: 'POST', body: '{"checks":[],"mutations":[{"set":["\u{10ffff}x"],"value":"1"}]}' }, '/commit', 400],
    [{ method: 'POST', body: '{}', headers: { 'content-type': 'text/plain' } }, '/commit', 400],
    [{ method: 'POST', body: `{"ranges":"${'x'.repeat(17_000_000)}"}` }, '/read', 413],
    [{ method: 'DELETE' }, '/entry', 404],
    [{}, '/entry?key=x', 400],
    [{}, '/watch?prefixes=7', 400],
  ];
  for (const [init, path, status] of cases) {
    const answer = await ask('malformed', path, init);
    const { error } = await answer.json();
    assert.equal(answer.status, status, `${path} ${init.body?.slice(0, 60)}`);
    assert.ok(error.code);
  }
  assert.equal(dataOf('malformed').size, 0);
});

test('rest: what is wrong with a URL or an option is said at once', () => {
  const refused = [
    [() => rest('ftp://h/s', { token }), 'invalidArgument'],
    [() => rest('http://u:p@h/s', { token }), 'invalidArgument'],
    [() => rest('http://h/s?x=1', { token }), 'invalidArgument'],
    [() => rest('/s', { token }), 'invalidArgument'],
    [() => rest('http://h/s', { token: '' }), 'invalidArgument'],
    [() => rest('http://h/s', { token, retries: 3 }), 'unknownField'],
    [() => storeHandler(memory(), {}), 'invalidArgument'],
    [() => storeHandler(memory(), { authorize, base: 'store' }), 'invalidArgument'],
    [() => storeHandler(memory(), { authorize, cors: true }), 'unknownField'],
  ];
  for (const [open, code] of refused) assert.throws(open, { code });
});

test('rest: a proxy that drops answers causes no double effect; a server that is away is `offline`', async () => {
  const proxy = await startProxy(port);
  const store = rest(urlOf('proxied', proxy.port), { token });
  await set(store, ['counter'], '0');
  const told = [];
  let lost = 0;
  store.watch(
    [['round']],
    (changes) => told.push(...changes.map(({ key }) => key[1])),
    () => (lost += 1),
  );
  for (let round = 0; round < 6; round += 1) {
    let swallowed = 0;
    proxy.swallow = (text) => text.includes('POST /proxied/commit') && (swallowed += 1) === 1;
    const { ranges } = await store.read([{ key: ['counter'] }]);
    const { value, version } = ranges[0][0];
    const result = await store.commit({
      checks: [{ key: ['counter'], version }],
      mutations: [
        { set: ['counter'], value: String(Number(value) + 1) },
        { set: ['round', String(round)], value: '1' },
      ],
    });
    proxy.swallow = undefined;
    assert.equal(result.ok, true);
    assert.ok(swallowed > 0);
    assert.equal((await store.read([{ key: ['counter'] }])).ranges[0][0].value, String(round + 1));
  }
  await proxy.down();
  await assert.rejects(store.read([]), { code: 'offline' });
  await new Promise((resolve) => setTimeout(resolve, 2000));
  await assert.rejects(set(store, ['round', 'never']), { code: 'offline' });
  await set(memory({ data: dataOf('proxied') }), ['round', 'meanwhile']);
  await proxy.up();
  await eventually('the watch goes on where it was', () => told.includes('meanwhile'));
  assert.deepEqual([told, lost], [['0', '1', '2', '3', '4', '5', 'meanwhile'], 0]);
  await store.close();
  await proxy.down();
});

test('rest: a watch says that it lost something after a restart of the server, and over a store that only counts', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'doorward-rest-'));
  const behind = lmdb(join(folder, 'x.lmdb'));
  const fresh = () => storeHandler(behind, { authorize, base: '/counting' });
  handlers.set('counting', fresh());
  const store = await open('counting');
  let lost = 0;
  store.watch(
    [[]],
    () => undefined,
    () => (lost += 1),
  );
  await new Promise((resolve) => setTimeout(resolve, 600));
  await set(store, ['a']);
  await eventually('a change is heard of', () => lost === 1);
  const old = handlers.get('counting');
  handlers.set('counting', fresh());
  old.close();
  await eventually('a restart is heard of', () => lost === 2);
  await store.close();
  handlers.get('counting').close();
  await behind.close();
  rmSync(folder, { recursive: true });
});

// A collected request has its signal forgotten by the platform: the end of the store has to reach the watch all the same.
test('a process ends when its store is closed, whatever was collected since the watch began', async () => {
  const program = `import { rest } from 'doorward/stores/rest';
    const store = rest('${urlOf('collected')}', { token: '${token}' });
    const begun = new Promise((resolve) => store.watch([[]], resolve));
    await store.read([]);
    for (let told = false; !told; ) {
      await store.commit({ checks: [], mutations: [{ set: ['a'], value: String(Math.random()) }] });
      told = await Promise.race([begun.then(() => true), new Promise((resolve) => setTimeout(resolve, 50, false))]);
    }
    gc();
    await new Promise((resolve) => setTimeout(resolve, 50));
    gc();
    await store.close();`;
  const args = ['--expose-gc', '--input-type=module', '-e', program];
  const cwd = fileURLToPath(new URL('.', import.meta.url));
  await promisify(execFile)(process.execPath, args, { cwd, timeout: 20_000 });
});
