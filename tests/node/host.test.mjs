// The core's host is internal: stores are seen through it by the core only, hence the relative paths.
import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { liftError, lowerError } from '../../pkg/dist/core/failure.js';
import { createHost } from '../../pkg/dist/core/host.js';
import { DoorwardError } from '../../pkg/dist/errors.js';
import { limits } from '../../pkg/dist/limits.js';

const noHasher = { hash: async () => 'phc', verify: async () => true, close: async () => {} };
const okResult = { ok: true, version: '1' };

function hostOver(store, options = {}) {
  return createHost({
    store: {
      name: 'fake',
      capabilities: {},
      read: async () => ({ ranges: [] }),
      commit: async () => okResult,
      ...store,
    },
    hasher: noHasher,
    now: Date.now,
    storeTimeout: 1000,
    changing: () => {},
    emit: () => {},
    ...options,
  });
}

/** The error a border call fails with, as the facade sees it: the call itself has to fail with a string. */
async function failure(promise) {
  const thrown = await promise.then(
    (value) => assert.fail(`answered ${JSON.stringify(value)}`),
    (reason) => reason,
  );
  assert.equal(typeof thrown, 'string');
  const error = liftError(thrown);
  assert.ok(DoorwardError.is(error));
  return error;
}

const entry = (key, value = '{}', version = '1') => ({ key, value, version });

/** Reads `ranges` from a store that answers `given`. */
const read = (ranges, given) => hostOver({ read: async () => given }).read(JSON.stringify(ranges));

test('a snapshot is packed: ranges, entries, version and value', async () => {
  const packed = await read(
    [{ key: ['a'] }, { key: ['b', 'c'] }, { prefix: ['u'] }, { prefix: ['v'], reverse: true, limit: 2 }],
    {
      ranges: [
        [entry(['a'], '{"x":1}', 'v1')],
        [],
        [entry(['u', '1']), entry(['u', '1', 'z'], '[]', '22'), entry(['u', '2'])],
        [entry(['v', '2']), entry(['v', '1'])],
      ],
    },
  );
  assert.equal(packed, 'v1\x1f{"x":1}\x1d\x1d1\x1f{}\x1e22\x1f[]\x1e1\x1f{}\x1d1\x1f{}\x1e1\x1f{}');
  assert.equal(await read([], { ranges: [] }), '');
});

test('the order of keys is that of their UTF-8 bytes', async () => {
  const keys = [
    ['p', ''],
    ['p', '\0'],
    ['p', 'a'],
    ['p', 'a', ''],
    ['p', 'ab'],
    ['p', 'é'],
    ['p', '\uffff'],
    ['p', '😀'],
  ];
  const entries = keys.map((key) => entry(key));
  await read([{ prefix: ['p'] }], { ranges: [entries] });
  await read([{ prefix: ['p'], reverse: true }], { ranges: [entries.toReversed()] });
  for (let i = 1; i < entries.length; i++) {
    const swapped = entries.with(i - 1, entries[i]).with(i, entries[i - 1]);
    assert.equal(
      (await failure(read([{ prefix: ['p'] }], { ranges: [swapped] }))).code,
      'storeCorrupt',
      `swapped ${i}`,
    );
  }
});

test('a store that lies about what it read', async (t) => {
  const key = [{ key: ['a', 'b'] }];
  const prefix = [{ prefix: ['p'] }];
  const throwing = {
    get ranges() {
      throw new Error('hidden');
    },
  };
  const cases = {
    'no answer': [key, undefined],
    null: [key, null],
    'no ranges': [key, {}],
    'ranges that are no array': [key, { ranges: { 0: [], length: 1 } }],
    'too few ranges': [key, { ranges: [] }],
    'too many ranges': [key, { ranges: [[], []] }],
    'a range that is no array': [key, { ranges: [{}] }],
    'a getter that throws': [key, throwing],
    'a hole': [key, { ranges: [[undefined]] }],
    'two entries for one key': [key, { ranges: [[entry(['a', 'b']), entry(['a', 'b'])]] }],
    'another key': [key, { ranges: [[entry(['a', 'c'])]] }],
    'a longer key': [key, { ranges: [[entry(['a', 'b', 'c'])]] }],
    'a shorter key': [key, { ranges: [[entry(['a'])]] }],
    'a key that is a string': [key, { ranges: [[entry('ab')]] }],
    'no key': [key, { ranges: [[{ value: '{}', version: '1' }]] }],
    'a value that is an object': [key, { ranges: [[entry(['a', 'b'], {})]] }],
    'a value with a separator': [key, { ranges: [[entry(['a', 'b'], '"\x1e"')]] }],
    'a value that is too large': [key, { ranges: [[entry(['a', 'b'], 'x'.repeat(limits.valueBytes + 1))]] }],
    'a version that is a number': [key, { ranges: [[entry(['a', 'b'], '{}', 1)]] }],
    'an empty version': [key, { ranges: [[entry(['a', 'b'], '{}', '')]] }],
    'a version that is too long': [key, { ranges: [[entry(['a', 'b'], '{}', 'v'.repeat(65))]] }],
    'a version with a separator': [key, { ranges: [[entry(['a', 'b'], '{}', '1\x1f')]] }],
    'a key outside the prefix': [prefix, { ranges: [[entry(['q', '1'])]] }],
    'a sibling of the prefix': [prefix, { ranges: [[entry(['pp', '1'])]] }],
    'the prefix itself': [prefix, { ranges: [[entry(['p'])]] }],
    'a key that is too long': [prefix, { ranges: [[entry(Array(9).fill('p'))]] }],
    'a key with a number in it': [prefix, { ranges: [[entry(['p', 1])]] }],
    'the same key twice': [prefix, { ranges: [[entry(['p', '1']), entry(['p', '1'])]] }],
    'the wrong order': [prefix, { ranges: [[entry(['p', '2']), entry(['p', '1'])]] }],
    'forward instead of reverse': [
      [{ prefix: ['p'], reverse: true }],
      { ranges: [[entry(['p', '1']), entry(['p', '2'])]] },
    ],
    'the key of after': [[{ prefix: ['p'], after: ['p', '1'] }], { ranges: [[entry(['p', '1'])]] }],
    'a key before after': [[{ prefix: ['p'], after: ['p', '2'] }], { ranges: [[entry(['p', '1'])]] }],
    'a key behind after, in reverse': [
      [{ prefix: ['p'], after: ['p', '2'], reverse: true }],
      { ranges: [[entry(['p', '3'])]] },
    ],
    'more than the limit': [[{ prefix: ['p'], limit: 1 }], { ranges: [[entry(['p', '1']), entry(['p', '2'])]] }],
    'more than a range can give': [
      prefix,
      { ranges: [Array.from({ length: 1001 }, (_, i) => entry(['p', String(i).padStart(5, '0')]))] },
    ],
  };
  for (const [name, [ranges, given]] of Object.entries(cases)) {
    await t.test(name, async () => {
      const error = await failure(read(ranges, given));
      assert.equal(error.code, 'storeCorrupt');
      assert.match(error.message, /^the store `fake` broke its contract: it gave [a-zA-Z0-9 .]+$/);
    });
  }
  assert.equal((await failure(read(key, throwing))).cause.message, 'hidden');
});

test('commits: ok and conflicts', async () => {
  const commit = {
    checks: [
      { key: ['a'], version: null },
      { key: ['b', 'ü'], version: '1' },
    ],
    mutations: [{ set: ['a'], value: '{}' }],
  };
  let seen;
  const answering = (result) =>
    hostOver({ commit: async (given) => ((seen = given), result) }).commit(JSON.stringify(commit));
  assert.equal(await answering(okResult), '');
  assert.deepEqual(seen, commit);
  assert.deepEqual(JSON.parse(await answering({ ok: false, conflicts: [['b', 'ü']] })), [['b', 'ü']]);
  assert.deepEqual(JSON.parse(await answering({ ok: false, conflicts: [['b', 'ü'], ['a'], ['a']] })), [
    ['b', 'ü'],
    ['a'],
  ]);
});

test('an epoch is passed on where it is declared and is a whole number', () => {
  const epoch = (give, capabilities = { epoch: true }) => hostOver({ capabilities, epoch: give }).epoch();
  assert.equal(
    epoch(() => 7),
    7,
  );
  const unknown = [() => 7.5, () => '7', () => null, () => NaN, () => 2 ** 53, () => assert.fail('closed')];
  for (const give of unknown) assert.equal(epoch(give), -1);
  assert.equal(
    epoch(() => 7, {}),
    -1,
    'not declared',
  );
  assert.equal(hostOver({ capabilities: { epoch: true } }).epoch(), -1, 'declared, but not there');
});

test('a store that lies about a commit', async (t) => {
  const commit = JSON.stringify({ checks: [{ key: ['a', 'b'], version: null }], mutations: [] });
  const cases = {
    nothing: undefined,
    null: null,
    true: true,
    'an empty object': {},
    'ok without a version': { ok: true },
    'ok with a version that is a number': { ok: true, version: 7 },
    'a truthy ok': { ok: 1, version: '1' },
    'no conflicts': { ok: false },
    'an empty list of conflicts': { ok: false, conflicts: [] },
    'a key that was not checked': { ok: false, conflicts: [['a', 'c']] },
    'a checked key beside one that was not': { ok: false, conflicts: [['a', 'b'], ['a']] },
    'a key that is a string': { ok: false, conflicts: ['a'] },
    'a conflict that is null': { ok: false, conflicts: [null] },
  };
  for (const [name, result] of Object.entries(cases)) {
    await t.test(name, async () => {
      assert.equal((await failure(hostOver({ commit: async () => result }).commit(commit))).code, 'storeCorrupt');
    });
  }
  await t.test('a conflict of a commit without checks', async () => {
    const host = hostOver({ commit: async () => ({ ok: false, conflicts: [['a']] }) });
    assert.equal((await failure(host.commit('{"checks":[],"mutations":[]}'))).code, 'storeCorrupt');
  });
});

test('a store that hangs, and answers too late', async () => {
  let settle;
  const hanging = () => new Promise((resolve, reject) => (settle = { resolve, reject }));
  const host = hostOver({ read: hanging, commit: hanging }, { storeTimeout: 20 });
  const error = await failure(host.read('[]'));
  assert.equal(error.code, 'storeTimeout');
  assert.deepEqual(error.details, { call: 'read', timeout: 20 });
  settle.reject(new Error('too late'));
  const late = await failure(host.commit('{"checks":[],"mutations":[]}'));
  assert.match(late.message, /`fake` did not answer a commit within 20 ms; whether it was done is not known$/);
  settle.resolve(okResult);
  // An unhandled rejection would end the process here.
  await delay(10);
});

test('a quick answer leaves no timer behind, and a time-out beyond what timers take is none', async () => {
  const { activeTimers } = {
    activeTimers: () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length,
  };
  const before = activeTimers();
  await hostOver({}, { storeTimeout: 60_000 }).read('[]');
  assert.equal(activeTimers(), before);
  const slow = hostOver({ read: () => delay(20, { ranges: [] }) }, { storeTimeout: Infinity });
  assert.equal(await slow.read('[]'), '');
});

test('what a store throws', async (t) => {
  const boom = new Error('password=hunter2');
  const cases = {
    rejected: { read: () => Promise.reject(boom) },
    'thrown at once': {
      read: () => {
        throw boom;
      },
    },
  };
  for (const [name, store] of Object.entries(cases)) {
    await t.test(name, async () => {
      const error = await failure(hostOver(store).read('[]'));
      assert.equal(error.code, 'storeFailed');
      assert.equal(error.message, 'the store `fake` failed');
      assert.equal(error.cause, boom);
    });
  }
  await t.test('the border string holds nothing of it', async () => {
    const text = await hostOver(cases.rejected)
      .read('[]')
      .catch((thrown) => thrown);
    assert.doesNotMatch(text, /hunter2/);
  });
  for (const thrown of [undefined, null, 'text', 7, Object.create(null)]) {
    await t.test(`thrown: ${typeof thrown}`, async () => {
      const error = await failure(hostOver({ read: () => Promise.reject(thrown) }).read('[]'));
      assert.equal(error.code, 'storeFailed');
      if (thrown !== undefined) assert.equal(error.cause, thrown);
    });
  }
  await t.test('a proxy that throws when it is looked at', async () => {
    const trap = () => {
      throw new Error('trap');
    };
    const thrown = new Proxy(new Error('x'), { get: trap, has: trap, getPrototypeOf: trap });
    assert.equal((await failure(hostOver({ read: () => Promise.reject(thrown) }).read('[]'))).code, 'storeFailed');
  });
  await t.test('its own DoorwardError comes back as it is', async () => {
    const own = new DoorwardError('storeFull', 'no room', { details: { need: 5 }, cause: boom });
    assert.equal(await failure(hostOver({ commit: () => Promise.reject(own) }).commit('{"checks":[]}')), own);
  });
  await t.test('details that JSON cannot carry', async () => {
    const own = new DoorwardError('storeFull', 'no room', { details: { need: 5n } });
    assert.equal(await failure(hostOver({ read: () => Promise.reject(own) }).read('[]')), own);
  });
  await t.test('the DoorwardError of another copy of the package', async () => {
    const other = Object.assign(new Error('closed'), { name: 'DoorwardError', code: 'storeClosed', details: {} });
    const error = await failure(hostOver({ read: () => Promise.reject(other) }).read('[]'));
    assert.ok(error instanceof DoorwardError);
    assert.deepEqual([error.code, error.message, error.cause], ['storeClosed', 'closed', other]);
  });
  for (const code of ['expiredToken', 'conflict', 'nonsense']) {
    await t.test(`a code that is no store's: ${code}`, async () => {
      const odd = Object.assign(new Error('odd'), { name: 'DoorwardError', code, details: {} });
      const error = await failure(hostOver({ read: () => Promise.reject(odd) }).read('[]'));
      assert.deepEqual([error.code, error.cause], ['storeFailed', odd]);
    });
  }
});

test('errors across the border', () => {
  const lifted = liftError('{"code":"denied","message":"no","details":{"by":"x"}}');
  assert.ok(lifted instanceof DoorwardError);
  assert.deepEqual([lifted.code, lifted.message, lifted.details], ['denied', 'no', { by: 'x' }]);
  assert.equal(
    liftError('{"code":"lastAdmin"}').message,
    'the last active administrator cannot be removed, disabled or demoted',
  );
  const own = new DoorwardError('busy');
  assert.equal(liftError(own), own);
  const trap = new WebAssembly.RuntimeError('unreachable');
  assert.deepEqual([liftError(trap).code, liftError(trap).cause], ['internal', trap]);
  for (const text of ['', 'secret text', '{}', '[]', 'null', '{"code":"toString"}', '{"code":5}']) {
    const error = liftError(text);
    assert.equal(error.code, 'internal', text);
    assert.equal(error.cause, undefined);
    assert.doesNotMatch(error.message, /secret/);
  }
  // The core made another error of it: the original is its cause.
  const original = new DoorwardError('storeFailed', 'first');
  const border = JSON.parse(lowerError(original));
  const changed = liftError(JSON.stringify({ ...border, code: 'conflict', message: 'second' }));
  assert.deepEqual(
    [changed.code, changed.message, changed.cause, changed.details],
    ['conflict', 'second', original, {}],
  );
  // A number that nobody knows any more.
  assert.equal(liftError(JSON.stringify(border)).message, 'first');
});

test('failures that the core keeps to itself are forgotten in the end', () => {
  const first = new DoorwardError('storeFailed');
  const text = lowerError(first);
  const last = lowerError(new DoorwardError('storeFull'));
  for (let i = 0; i < 255; i++) lowerError(new DoorwardError('storeFailed'));
  assert.notEqual(liftError(text), first);
  assert.equal(liftError(last).code, 'storeFull');
});

test('hash and verify: errors keep their code, an unknown format is a plain no', async () => {
  const failing = (error) => ({ hash: () => Promise.reject(error), verify: () => Promise.reject(error) });
  const busy = new DoorwardError('busy');
  const over = (hasher) => hostOver({}, { hasher });
  assert.equal(await failure(over(failing(busy)).hash('p', 1, 1, 1)), busy);
  assert.equal(await failure(over(failing(busy)).verify('p', '$')), busy);
  assert.equal(await over(failing(new DoorwardError('unsupported'))).verify('p', '$'), false);
  const odd = new TypeError('odd');
  const error = await failure(over(failing(odd)).hash('p', 1, 1, 1));
  assert.deepEqual([error.code, error.cause], ['hashFailed', odd]);
});

test('the clock', () => {
  let time = 5.9;
  const host = hostOver({}, { now: () => time });
  assert.equal(host.now(), 5);
  for (const broken of [NaN, -1, Infinity, '7', undefined, 2 ** 60]) {
    time = broken;
    assert.equal(host.now(), 5);
  }
  time = 6;
  assert.equal(host.now(), 6);
  assert.throws(() => hostOver({}, { now: () => NaN }), { code: 'invalidArgument' });
});

test('randomness, sleep and events', async () => {
  const heard = [];
  const host = hostOver({}, { emit: (text) => heard.push(text) });
  assert.equal(host.random(32).length, 32);
  assert.notDeepEqual(host.random(32), host.random(32));
  const started = performance.now();
  await host.sleep(15);
  assert.ok(performance.now() - started >= 14);
  host.emit('[]');
  assert.deepEqual(heard, ['[]']);
});
