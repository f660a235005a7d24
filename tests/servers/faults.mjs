/** What may happen to a server, or to the way there: nothing acknowledged is lost, nothing is done twice. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { kills } from './lengths.mjs';
import { openStore } from './open.mjs';
import { startProxy } from './proxy.mjs';

const set = (store, key, value = '1') => store.commit({ checks: [], mutations: [{ set: key, value }] });

async function keysOf(store, prefix) {
  const keys = [];
  for (;;) {
    const after = keys.at(-1);
    const { ranges } = await store.read([{ prefix, ...(after ? { after } : {}) }]);
    keys.push(...ranges[0].map(({ key }) => key));
    if (ranges[0].length < 1000) return keys;
  }
}

/** Until the work succeeds: a server that was killed is back, but its clients have to notice. */
async function eventually(work, patience = 15_000) {
  const until = Date.now() + patience;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      assert.equal(error.name, 'DoorwardError', `an error without a code: ${error.stack}`);
      if (Date.now() > until) throw error;
      await sleep(50);
    }
  }
}

/** Every commit that was acknowledged is there, and none is half there: `child.mjs` writes three keys in each. */
export async function isWhole(store, acknowledged) {
  const parts = new Map();
  for (const [, id] of await keysOf(store, ['acknowledged'])) parts.set(id, (parts.get(id) ?? 0) + 1);
  for (const id of acknowledged) assert.equal(parts.get(id), 3, `${id} was acknowledged`);
  for (const [id, count] of parts) assert.equal(count, 3, `${id} is torn`);
}

/**
 * A process writes as fast as it can while something is killed again and again: every commit it was told of is there, none
 * is half there, and it goes on by itself.
 * @param {string} what of which adapter
 * @param {string} url as `openStore` takes it
 * @param {() => Promise<unknown>} kill kills, and brings it back
 * @param {number} [times]
 */
export function testKills(what, url, kill, times = kills) {
  test(`${what}: ${times} times kill -9 loses and tears nothing`, { timeout: 120_000 + times * 12_000 }, async () => {
    const writer = fork(new URL('child.mjs', import.meta.url), ['write', url, 'killed'], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    let said = '';
    let lines = 0;
    writer.stdout.setEncoding('utf8').on('data', (data) => {
      said += data;
      lines += data.split('\n').length - 1;
    });
    for (let round = 0; round < times; round += 1) {
      const before = lines;
      const until = Date.now() + 20_000;
      while (lines <= before && Date.now() < until) await sleep(5);
      assert.ok(lines > before, `the writer goes on by itself after ${round} kills`);
      await sleep(Math.random() * 60);
      await kill();
    }
    writer.kill('SIGKILL');
    await once(writer, 'exit');
    const acknowledged = said.split('\n').slice(0, -1);
    const store = openStore(url, 'killed');
    await isWhole(store, acknowledged);
    assert.ok(acknowledged.length >= times, `only ${acknowledged.length} commits were acknowledged`);
    await store.close();
  });
}

/**
 * @param {string} name of the adapter
 * @param server as `scripts/lib/servers.mjs` makes it
 * @param {{ isCommit(text: string): boolean }} wire tells a commit on its way to the server
 */
export function testServerFaults(name, server, { isCommit }) {
  const through = (proxy) => server.url.replace(`:${server.port}`, `:${proxy.port}`);

  testKills(`${name}, its server`, server.url, async () => {
    await server.stop('SIGKILL');
    await server.start();
  });

  test(`${name}: a commit whose answer is lost is made once, and said to be made`, async () => {
    const proxy = await startProxy(server.port);
    const store = openStore(through(proxy), 'answers');
    await set(store, ['counter'], '0');
    for (let round = 0; round < 8; round += 1) {
      let swallowed = 0;
      proxy.swallow = (text) => isCommit(text) && (swallowed += 1) === 1;
      const { ranges } = await store.read([{ key: ['counter'] }]);
      const { value, version } = ranges[0][0];
      const result = await store.commit({
        checks: [{ key: ['counter'], version }],
        mutations: [
          { set: ['counter'], value: String(Number(value) + 1) },
          { set: ['round', String(round)], value: '1' },
        ],
      });
      assert.ok(swallowed > 0, 'an answer was swallowed');
      assert.equal(result.ok, true);
      proxy.swallow = undefined;
      const after = await store.read([{ key: ['counter'] }]);
      assert.equal(after.ranges[0][0].value, String(round + 1));
      assert.equal(after.ranges[0][0].version, result.version);
    }
    assert.equal((await keysOf(store, ['round'])).length, 8);
    await store.close();
    await proxy.down();
  });

  test(`${name}: a connection that is cut heals without a restart, and what fails has a code`, async (t) => {
    const proxy = await startProxy(server.port);
    const store = openStore(through(proxy), 'cut');
    t.after(() => store.close());
    const told = [];
    await set(store, ['a', 'first']);
    store.watch([['a']], (changes) => told.push(...changes.map(({ key }) => key[1])));
    await set(store, ['a', 'second']);
    const made = ['second'];
    for (let round = 0; round < 5; round += 1) {
      proxy.cut();
      const key = `after-${round}`;
      await eventually(() => set(store, ['a', key]));
      made.push(key);
    }
    await proxy.down();
    const [read, commit] = await Promise.all([
      store.read([{ key: ['a', 'first'] }]).catch((error) => error.code),
      set(store, ['a', 'never']).catch((error) => error.code),
    ]);
    assert.deepEqual([read, commit], ['storeFailed', 'storeFailed']);
    // Others go on meanwhile, and what they did is told afterwards.
    const other = openStore(server.url, 'cut');
    await set(other, ['a', 'meanwhile']);
    made.push('meanwhile');
    await proxy.up();
    assert.equal((await eventually(() => store.read([{ key: ['a', 'meanwhile'] }]))).ranges[0].length, 1);
    assert.deepEqual((await store.read([{ key: ['a', 'never'] }])).ranges[0], []);
    const until = Date.now() + 10_000;
    while (!told.includes('meanwhile') && Date.now() < until) await sleep(20);
    assert.deepEqual(
      told.filter((key) => key !== 'first'),
      made,
      'nothing is told twice, and nothing is missed',
    );
    await Promise.all([store.close(), other.close()]);
    await proxy.down();
  });

  test(`${name}: with 2 s of latency everything works, only later; no epoch is claimed`, async () => {
    const proxy = await startProxy(server.port);
    const store = openStore(through(proxy), 'slow');
    await set(store, ['a'], '1');
    proxy.latency = 1000;
    const { ranges } = await store.read([{ key: ['a'] }]);
    assert.equal(ranges[0][0].value, '1');
    const result = await store.commit({
      checks: [{ key: ['a'], version: ranges[0][0].version }],
      mutations: [{ set: ['a'], value: '2' }],
    });
    assert.equal(result.ok, true);
    assert.throws(() => store.epoch(), { code: 'storeFailed' });
    await sleep(2500);
    assert.throws(() => store.epoch(), { code: 'storeFailed' }, 'what is known is older than it may be');
    proxy.latency = 0;
    await store.close();
    await proxy.down();
  });

  test(`${name}: an epoch is known for no longer than it may be after the way there is cut`, async () => {
    const proxy = await startProxy(server.port);
    const [store, other] = [openStore(through(proxy), 'epoch'), openStore(server.url, 'epoch')];
    await set(store, ['a']);
    const known = () => {
      try {
        return store.epoch();
      } catch (error) {
        assert.equal(error.code, 'storeFailed');
        return undefined;
      }
    };
    const until = Date.now() + 5000;
    while (known() === undefined && Date.now() < until) await sleep(10);
    const before = known();
    assert.ok(before !== undefined, 'it becomes known by asking');
    await proxy.down();
    await set(other, ['b']);
    const committed = performance.now();
    while (known() === before) await sleep(5);
    const late = performance.now() - committed;
    assert.ok(late < store.capabilities.epochLag, `${Math.round(late)} ms later it was still taken for known`);
    await proxy.up();
    const healed = Date.now() + 5000;
    while (known() === undefined && Date.now() < healed) await sleep(10);
    assert.ok(known() > before, 'it is known again, and has grown');
    await Promise.all([store.close(), other.close()]);
    await proxy.down();
  });
}
