// The offline store: a copy in front of a REST store, with the connection there, gone and back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open } from 'doorward';
import { openLocal } from 'doorward/faces';
import { memory, memoryData } from 'doorward/stores/memory';
import { offline } from 'doorward/stores/offline';
import { rest } from 'doorward/stores/rest';
import { testStore } from 'doorward/testing';
import { startProxy } from '../servers/proxy.mjs';
import { serveStores } from './stores-served.mjs';

const { port, dataOf } = await serveStores(() => true);

const password = 'correct horse battery';
const cheap = { preset: 'doorward', hashMemory: 8, hashPasses: 1 };
const remoteOf = (dataset, at = port) => rest(`http://127.0.0.1:${at}/${dataset}`, { token: 'x' });
const eventually = async (what, is) => {
  const until = Date.now() + 8000;
  while (!(await is())) {
    assert.ok(Date.now() < until, what);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

// With a copy of its own each; the cases about two handles are for stores whose reads wait for each other.
const shared = new Map();
testStore(
  'offline',
  async (dataset) => {
    const first = !shared.has(dataset);
    if (first) shared.set(dataset, memoryData());
    const store = offline({ local: memory({ data: shared.get(dataset) }), remote: remoteOf(dataset) });
    await store.read([]);
    return store;
  },
  {
    test: (name, run) => {
      const two = /resolved commit is seen|snapshot while others|watch tells|can be read by every|several handles/;
      test(name, { skip: two.test(name) && 'a copy follows the commits of others, it does not wait for them' }, run);
    },
  },
);

async function scene(t, name) {
  const { door, session } = await openLocal({ store: memory({ data: dataOf(name) }), policy: cheap });
  await session.users.create({ name: 'ann', groups: ['admins'], password });
  await session.users.create({ name: 'bob', groups: ['users'], password });
  const proxy = await startProxy(port);
  const local = memoryData();
  const page = () =>
    open({ store: offline({ local: memory({ data: local }), remote: remoteOf(name, proxy.port) }), policy: cheap });
  t.after(async () => {
    await door.close();
    await proxy.down().catch(() => undefined);
  });
  return { owner: session, proxy, page };
}

test('offline: a page goes on without its server: it reads, logs in and changes nothing; back, it catches up', async (t) => {
  const { owner, proxy, page } = await scene(t, 'page');
  const door = await page();
  const ann = await door.logIn('ann', password);
  await ann.users.create({ name: 'cid' });
  assert.equal((await owner.users.get('cid')).name, 'cid', 'the remote has it');
  assert.equal((await ann.users.get('cid')).name, 'cid', 'the copy has it at once');

  await proxy.down();
  // Long enough for the page to notice: what is sent to a server that is just going is of unknown outcome.
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal((await ann.users.get('bob')).name, 'bob');
  await assert.rejects(ann.users.create({ name: 'dee' }), { code: 'offline' });
  assert.equal((await door.authenticate(ann.token)).me.name, 'ann', 'a network error is no sign-out');
  const bob = await door.logIn('bob', password);
  const bobs = bob.token;
  assert.equal((await door.authenticate(bobs)).me.name, 'bob');
  await assert.rejects(door.logIn('bob', 'wrong password here'), { code: 'badCredentials' });
  await assert.rejects(bob.tokens.create({ name: 'a key' }), { code: 'offline' });
  // So many that each place where entries of the audit are counted is met: who only counts is in nobody's way.
  for (let at = 0; at < 60; at++) await owner.users.edit('cid', { displayName: `${at}` });
  await owner.users.edit('cid', { displayName: 'changed meanwhile' });
  assert.equal((await ann.users.get('cid')).displayName === 'changed meanwhile', false);

  await proxy.up();
  await eventually('it catches up', async () => (await ann.users.get('cid')).displayName === 'changed meanwhile');
  await eventually('changes work again', () =>
    ann.users.create({ name: 'dee' }).then(
      () => true,
      (error) => assert.equal(error.code, 'offline'),
    ),
  );
  assert.equal(
    (await door.authenticate(bobs)).me.name,
    'bob',
    'the log-in made meanwhile holds, as nobody was in its way',
  );
  assert.ok((await owner.tokens.list({ user: 'bob' })).tokens.length >= 1, 'the remote knows it now');
  await door.close();
});

test('offline: a page that is loaded without its server begins with the copy; without a copy it says so', async (t) => {
  const { owner, proxy, page } = await scene(t, 'loaded');
  const first = await page();
  const { token } = await first.logIn('ann', password);
  await first.close();
  await proxy.down();
  const second = await page();
  assert.equal((await second.authenticate(token)).me.name, 'ann');
  await owner.users.remove('bob');
  await proxy.up();
  const ann = await second.authenticate(token);
  await eventually('it catches up', async () =>
    ann.users.get('bob').then(
      () => false,
      ({ code }) => code === 'notFound',
    ),
  );
  await second.close();
  await proxy.down();
  const never = offline({ local: memory(), remote: remoteOf('loaded', proxy.port) });
  await assert.rejects(never.read([]), { code: 'offline' });
  await never.close();
});

test('offline: a log-in that others got in the way of is given up, and leaves nothing half', async (t) => {
  const { owner, proxy, page } = await scene(t, 'given-up');
  const door = await page();
  await proxy.down();
  const { token } = await door.logIn('bob', password);
  await owner.tokens.create({ user: 'bob', name: 'the same number' });
  await proxy.up();
  await eventually('it is gone', () =>
    door.authenticate(token).then(
      () => false,
      ({ code }) => code === 'unknownToken',
    ),
  );
  const { tokens } = await owner.tokens.list({ user: 'bob' });
  assert.deepEqual(
    tokens.map(({ name }) => name),
    ['the same number'],
  );
  await door.close();
});

test('offline: what is wrong with an option is said at once', () => {
  const { watch: _, ...deaf } = memory();
  for (const options of [null, {}, { local: memory() }, { local: memory(), remote: deaf }, { local: 1, remote: 2 }]) {
    assert.throws(() => offline(options), { code: 'invalidArgument' });
  }
  assert.throws(() => offline({ local: memory(), remote: memory(), allow: [] }), { code: 'unknownField' });
});
