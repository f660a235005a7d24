// Answers of etcd that do not say what became of a commit: whatever was made counts as made, once.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, test } from 'node:test';
import { etcdServer } from '../../scripts/lib/servers.mjs';
import { openStore } from './open.mjs';

const server = await etcdServer();
after(() => server.remove());

const set = (store, value) => store.commit({ checks: [], mutations: [{ set: ['a'], value }] });
const read = async (store) => (await store.read([{ key: ['a'] }])).ranges[0][0];

/**
 * Stands between a store and etcd, and hands on everything; `between.onCommit(forward, response)`, where it is set, answers
 * commits.
 */
async function withBetween(dataset, work) {
  const between = { onCommit: undefined };
  const listener = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    const forward = async () =>
      (await fetch(`http://127.0.0.1:${server.port}${request.url}`, { method: 'POST', body })).text();
    if (body.includes('request_put') && between.onCommit !== undefined) await between.onCommit(forward, response);
    else response.end(await forward());
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const store = openStore(`etcd://127.0.0.1:${listener.address().port}/`, dataset);
  try {
    await set(store, '1');
    await work(store, between);
  } finally {
    await store.close();
    listener.closeAllConnections();
    listener.close();
  }
}

test('etcd: what it makes and refuses all the same, beyond its quota, counts as made', () =>
  withBetween('refused', async (store, between) => {
    const refuse = (response) =>
      response.writeHead(429).end(JSON.stringify({ code: 8, message: 'etcdserver: mvcc: database space exceeded' }));
    between.onCommit = async (forward, response) => {
      await forward();
      refuse(response);
    };
    const made = await set(store, '2');
    between.onCommit = undefined;
    assert.deepEqual(await read(store), { key: ['a'], value: '2', version: made.version });

    between.onCommit = (_, response) => refuse(response);
    await assert.rejects(set(store, '3'), { code: 'storeFull' });
    between.onCommit = undefined;
    assert.equal((await read(store)).value, '2');
    // The next one is not taken for one that was made before.
    assert.equal((await set(store, '4')).ok, true);
    assert.equal((await read(store)).value, '4');
  }));

test('etcd: a commit whose answer is cut off in the middle is made once, and said to be made', () =>
  withBetween('cut', async (store, between) => {
    let cut = 0;
    between.onCommit = async (forward, response) => {
      const answer = await forward();
      if (cut > 0) return void response.end(answer);
      cut += 1;
      response.writeHead(200, { 'content-length': String(answer.length) }).write(answer.slice(0, 20));
      setTimeout(() => response.destroy(), 20);
    };
    const result = await set(store, '2');
    assert.equal(cut, 1);
    assert.equal(result.ok, true);
    assert.deepEqual(await read(store), { key: ['a'], value: '2', version: result.version });
  }));
