// The pool alone, over workers that are made up here. It is internal, and what is looked at (wiped passwords, workers
// that die) cannot be seen through the package's exports: hence the relative path.
import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createHasher } from '../../pkg/dist/hash/hasher.js';
import { answer } from '../../pkg/dist/hash/protocol.js';

/** Workers that answer when told to. */
function fakes({ local = false, autoReady = true } = {}) {
  const made = [];
  const spawn = (onReply) => {
    const fake = { requests: [], stopped: false, held: [], reply: onReply, local };
    fake.finish = (value = 'phc') => onReply({ kind: 'done', value });
    fake.die = () => onReply({ kind: 'broken', reason: 'gone' });
    made.push(fake);
    if (autoReady) queueMicrotask(() => onReply({ kind: 'ready' }));
    return {
      send: (request) => fake.requests.push(request),
      hold: (busy) => fake.held.push(busy),
      stop: () => void (fake.stopped = true),
    };
  };
  return { made, spawn };
}

const none = () => {
  throw new Error('no worker here');
};
const turn = () => delay(0);
const hashOf = (hasher, password = 'secret') => hasher.hash(password, 64, 1, 1);

test('makes nothing before the first password, then one worker for one job', async () => {
  const { made, spawn } = fakes();
  const hasher = createHasher({ spawn, spawnLocal: none, workers: 2 });
  await turn();
  assert.equal(made.length, 0);
  const first = hashOf(hasher);
  await turn();
  assert.equal(made.length, 1);
  made[0].finish('one');
  assert.equal(await first, 'one');
  const second = hashOf(hasher);
  made[0].finish('two');
  assert.equal(await second, 'two');
  assert.equal(made.length, 1);
  assert.deepEqual(made[0].held, [true, false, true, false]);
  await hasher.close();
  assert.ok(made[0].stopped);
});

test('sends the password as bytes and a fresh salt of 16 bytes', async () => {
  const { made, spawn } = fakes();
  const hasher = createHasher({ spawn, spawnLocal: none, workers: 1 });
  const one = hashOf(hasher, 'pä€😀');
  made[0].finish();
  const two = hashOf(hasher, '');
  made[0].finish();
  await Promise.all([one, two]);
  const [a, b] = made[0].requests;
  assert.deepEqual([...a.password], [...new TextEncoder().encode('pä€😀')]);
  assert.equal(
    a.password.byteLength,
    a.password.buffer.byteLength,
    'the buffer that is transferred holds nothing else',
  );
  assert.equal(b.password.length, 0);
  assert.equal(a.salt.length, 16);
  assert.notDeepEqual([...a.salt], [...b.salt]);
  assert.deepEqual([a.memory, a.passes, a.lanes], [64, 1, 1]);
});

test('passwords are wiped on the far side, whatever comes of them', async () => {
  const trap = () => {
    throw new WebAssembly.RuntimeError('unreachable');
  };
  const argon2 = { beginVerify: () => undefined, step: () => true, finish: () => '' };
  const imported = (verifyImported) => ({ argon2, loadImported: async () => ({ verifyImported }) });
  const cases = [
    [{ argon2 }, '$argon2id$', { kind: 'done', value: true }],
    [{ argon2: { ...argon2, finish: () => undefined } }, '$argon2id$', { kind: 'done', value: false }],
    [{ argon2: { ...argon2, beginVerify: () => 'unsupported' } }, '$x$', { kind: 'refused', code: 'unsupported' }],
    [{ argon2: { ...argon2, step: trap } }, '$argon2id$', { kind: 'broken', reason: 'RuntimeError' }],
    [imported(() => ''), '$sha256-prefix$', { kind: 'done', value: true }],
    [imported(() => undefined), '$sha512-suffix$', { kind: 'done', value: false }],
    [imported(() => 'storeCorrupt'), '$pbkdf2-sha256$', { kind: 'refused', code: 'storeCorrupt' }],
    [imported(trap), '$pbkdf2-sha256$', { kind: 'broken', reason: 'RuntimeError' }],
    [{ argon2, loadImported: trap }, '$pbkdf2-sha256$', { kind: 'broken', reason: 'RuntimeError' }],
  ];
  for (const [module, phc, expected] of cases) {
    const request = { op: 'verify', password: Uint8Array.of(1, 2, 3), phc };
    assert.deepEqual(await answer(module, request), expected);
    assert.deepEqual([...request.password], [0, 0, 0]);
  }
});

test('passwords are wiped on the near side, whatever comes of them', async (t) => {
  // The near copy never leaves the pool; it can only be seen where it is made.
  const near = [];
  const encodeInto = TextEncoder.prototype.encodeInto;
  t.mock.method(TextEncoder.prototype, 'encodeInto', function (text, whole) {
    near.push(whole);
    return encodeInto.call(this, text, whole);
  });
  const { made, spawn } = fakes();
  const hasher = createHasher({ spawn, spawnLocal: none, workers: 1, queue: 1 });
  const done = hashOf(hasher);
  const closed = hashOf(hasher);
  await assert.rejects(hashOf(hasher), { code: 'busy' });
  assert.equal(near.length, 3);
  assert.ok(near[0].some((byte) => byte > 0) && near[1].some((byte) => byte > 0));
  made[0].finish();
  await done;
  await hasher.close();
  await assert.rejects(closed, { code: 'storeClosed' });
  await assert.rejects(hashOf(hasher), { code: 'storeClosed' });
  assert.equal(near.length, 4);
  for (const bytes of near) assert.ok(bytes.every((byte) => byte === 0));
});

test('as many workers as allowed, then a queue, then busy', async () => {
  const { made, spawn } = fakes();
  const hasher = createHasher({ spawn, spawnLocal: none, workers: 2, queue: 3 });
  const jobs = Array.from({ length: 5 }, () => hashOf(hasher));
  assert.equal(made.length, 2);
  await assert.rejects(hashOf(hasher), (error) => {
    assert.equal(error.code, 'busy');
    assert.deepEqual(error.details, { waiting: 3 });
    assert.doesNotMatch(error.message, /secret/);
    return true;
  });
  made[0].finish('a');
  made[0].finish('b');
  made[1].finish('c');
  made[1].finish('d');
  made[0].finish('e');
  assert.deepEqual((await Promise.all(jobs)).sort(), ['a', 'b', 'c', 'd', 'e']);
  assert.equal(made.length, 2);
  assert.equal(made[0].requests.length + made[1].requests.length, 5);
});

test('the default queue holds 64', async () => {
  const { spawn } = fakes();
  const hasher = createHasher({ spawn, spawnLocal: none, workers: 1 });
  const jobs = Array.from({ length: 66 }, () => hashOf(hasher).catch((error) => error.code));
  assert.equal(await jobs[65], 'busy');
  await hasher.close();
  assert.deepEqual(new Set((await Promise.all(jobs)).slice(0, 65)), new Set(['storeClosed']));
});

test('a worker that dies: the job is tried once more on a new one, with its password', async () => {
  const { made, spawn } = fakes();
  const hasher = createHasher({ spawn, spawnLocal: none, workers: 1 });
  const job = hashOf(hasher);
  await turn();
  made[0].requests[0].password.fill(0);
  made[0].die();
  assert.equal(made.length, 2);
  assert.ok(made[0].stopped);
  assert.equal(new TextDecoder().decode(made[1].requests[0].password), 'secret');
  made[1].finish('late');
  assert.equal(await job, 'late');
  // What a dropped worker still says is not heard.
  const next = hashOf(hasher);
  made[0].finish('stale');
  made[1].finish('right');
  assert.equal(await next, 'right');
});

test('a worker that dies twice over one job: hashFailed, and the next job gets a new worker', async () => {
  const { made, spawn } = fakes();
  const hasher = createHasher({ spawn, spawnLocal: none, workers: 1 });
  const job = hashOf(hasher);
  const waiting = hashOf(hasher);
  await turn();
  made[0].die();
  await turn();
  made[1].die();
  await assert.rejects(job, (error) => error.code === 'hashFailed' && !/secret/.test(error.message + error.cause));
  await turn();
  made[2].finish('fine');
  assert.equal(await waiting, 'fine');
});

test('an idle worker is dropped, and another made when needed', async () => {
  const { made, spawn } = fakes();
  const hasher = createHasher({ spawn, spawnLocal: none, workers: 1, idle: 30 });
  const first = hashOf(hasher);
  made[0].finish();
  await first;
  const second = hashOf(hasher);
  await delay(60);
  assert.ok(!made[0].stopped, 'one that works is not idle');
  made[0].finish();
  await second;
  await delay(60);
  assert.ok(made[0].stopped);
  const third = hashOf(hasher);
  assert.equal(made.length, 2);
  made[1].finish();
  await third;
  await hasher.close();
});

test('no worker can be made: this thread does it, one job at a time, and after a rest workers are tried again', async () => {
  const here = fakes({ local: true });
  let allowed = false;
  const there = fakes();
  const spawn = (onReply) => (allowed ? there.spawn(onReply) : none());
  const hasher = createHasher({ spawn, spawnLocal: here.spawn, workers: 3, idle: 30 });
  const jobs = [hashOf(hasher), hashOf(hasher)];
  assert.equal(here.made.length, 1);
  assert.equal(here.made[0].requests.length, 1);
  here.made[0].finish('a');
  here.made[0].finish('b');
  assert.deepEqual(await Promise.all(jobs), ['a', 'b']);
  await delay(60);
  allowed = true;
  const later = hashOf(hasher);
  there.made[0].finish('c');
  assert.equal(await later, 'c');
  assert.equal(here.made.length, 1);
  await hasher.close();
});

test('workers that never come up (a content security policy): this thread does it, without an endless row of attempts', async () => {
  const there = fakes({ autoReady: false });
  const here = fakes({ local: true });
  const hasher = createHasher({ spawn: there.spawn, spawnLocal: here.spawn, workers: 3 });
  const jobs = [hashOf(hasher), hashOf(hasher), hashOf(hasher)];
  assert.equal(there.made.length, 3);
  for (const worker of there.made.slice()) worker.die();
  assert.equal(there.made.length, 3);
  assert.equal(here.made.length, 1);
  for (let i = 0; i < 3; i++) here.made[0].finish(`${i}`);
  assert.deepEqual((await Promise.all(jobs)).sort(), ['0', '1', '2']);
  await hasher.close();
});

test('neither a worker nor this thread: hashFailed with a cause', async () => {
  const here = fakes({ local: true, autoReady: false });
  const hasher = createHasher({ spawn: none, spawnLocal: here.spawn, workers: 1 });
  const job = hashOf(hasher);
  here.made[0].die();
  await assert.rejects(job, (error) => error.code === 'hashFailed' && error.cause instanceof Error);
});

test('what the module refuses keeps its code; numbers it could not take are refused before', async () => {
  const { made, spawn } = fakes();
  const hasher = createHasher({ spawn, spawnLocal: none, workers: 1 });
  for (const code of ['unsupported', 'storeCorrupt', 'invalidArgument', 'hashFailed']) {
    const job = hasher.verify('secret', '$x');
    made[0].reply({ kind: 'refused', code });
    await assert.rejects(job, { code });
  }
  const odd = hashOf(hasher);
  made[0].reply({ kind: 'refused', code: 'toString' });
  await assert.rejects(odd, { code: 'hashFailed' });
  for (const bad of [0, -1, 1.5, NaN, 2 ** 32, '64', undefined]) {
    await assert.rejects(hasher.hash('secret', bad, 1, 1), { code: 'invalidArgument' });
  }
});
