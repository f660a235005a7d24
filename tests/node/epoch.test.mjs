// A token that was found good is good without a look into the store, for as long as the store says that nothing has
// changed: and not a call longer.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { open, openLocal } from 'doorward';
import { lmdb } from 'doorward/stores/lmdb';
import { memory, memoryData } from 'doorward/stores/memory';

/** The store with its reads counted. */
function counted(store, changes = {}) {
  const calls = { reads: 0 };
  const watch = store.watch && { watch: store.watch.bind(store) };
  return [
    {
      name: store.name,
      capabilities: store.capabilities,
      read: (ranges) => ((calls.reads += 1), store.read(ranges)),
      commit: (commit) => store.commit(commit),
      epoch: () => store.epoch(),
      close: () => store.close(),
      ...watch,
      ...changes,
    },
    calls,
  ];
}

async function scene(openStore) {
  const { door: other, session: local } = await openLocal({ store: openStore() });
  await local.users.create({ name: 'ann', groups: ['users'], scopes: ['users.read'] });
  const { value, id } = await local.tokens.create({ user: 'ann', name: 'a key' });
  return { other, local, value, id };
}

const changes = {
  'a token revoked': [({ local, id }) => local.tokens.revoke(id, { user: 'ann' }), 'unknownToken'],
  'a user disabled': [({ local }) => local.users.edit('ann', { status: 'disabled' }), 'accountDisabled'],
  'a user removed': [({ local }) => local.users.remove('ann'), 'unknownToken'],
};

const folder = mkdtempSync(join(tmpdir(), 'doorward-epoch-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

const stores = {
  memory: () => {
    const data = memoryData();
    return () => memory({ data });
  },
  lmdb: () => {
    const path = join(folder, `${(files += 1)}.lmdb`);
    return () => lmdb(path);
  },
};

for (const [name, fresh] of Object.entries(stores)) {
  test(`${name}: what has not changed is not read again`, async () => {
    const openStore = fresh();
    const { other, value } = await scene(openStore);
    const [store, calls] = counted(openStore());
    const door = await open({ store });
    for (let at = 0; at < 2; at += 1) (await door.authenticate(value)).close();
    await door.close();

    const [again, callsAgain] = counted(openStore());
    const second = await open({ store: again });
    (await second.authenticate(value)).close();
    const { reads } = callsAgain;
    const session = await second.authenticate(value);
    assert.equal(session.me.name, 'ann');
    assert.equal(session.can('users.read'), true);
    assert.equal(callsAgain.reads, reads, 'the second time reads nothing');
    assert.ok(calls.reads > 0);
    await Promise.all([second.close(), other.close()]);
  });

  for (const [what, [change, code]] of Object.entries(changes)) {
    test(`${name}: ${what} by another handle bites on the next call`, async () => {
      const openStore = fresh();
      const parts = await scene(openStore);
      const door = await open({ store: openStore() });
      for (let at = 0; at < 3; at += 1) (await door.authenticate(parts.value)).close();
      await change(parts);
      await assert.rejects(door.authenticate(parts.value), { code });
      await Promise.all([door.close(), parts.other.close()]);
    });
  }

  test(`${name}: scopes taken by another handle are gone in the next session`, async () => {
    const openStore = fresh();
    const { other, local, value } = await scene(openStore);
    const door = await open({ store: openStore() });
    for (let at = 0; at < 3; at += 1) (await door.authenticate(value)).close();
    await local.users.edit('ann', { scopes: [] });
    assert.equal((await door.authenticate(value)).can('users.read'), false);
    await local.users.edit('ann', { scopes: ['users.read'] });
    assert.equal((await door.authenticate(value)).can('users.read'), true);
    await Promise.all([door.close(), other.close()]);
  });
}

test('a token that expires meanwhile is refused although nothing has changed', async () => {
  const data = memoryData();
  let time = 1_700_000_000_000;
  const { door, session } = await openLocal({ store: memory({ data }), now: () => time });
  await session.users.create({ name: 'ann', groups: ['users'] });
  const { value } = await session.tokens.create({ user: 'ann', name: 'a key', expires: time + 1000 });
  for (let at = 0; at < 3; at += 1) (await door.authenticate(value)).close();
  time += 1000;
  await assert.rejects(door.authenticate(value), { code: 'expiredToken' });
  await door.close();
});

test('a store whose epoch is no number, or throws, is asked every time', async () => {
  const lies = [() => NaN, () => '7', () => -1, () => 1.5, () => undefined, () => assert.fail('no epoch today')];
  for (const epoch of lies) {
    const data = memoryData();
    const { other, local, value, id } = await scene(() => memory({ data }));
    const [store, calls] = counted(memory({ data }), { epoch });
    const door = await open({ store });
    (await door.authenticate(value)).close();
    const { reads } = calls;
    (await door.authenticate(value)).close();
    assert.ok(calls.reads > reads, 'it is read again');
    await local.tokens.revoke(id, { user: 'ann' });
    await assert.rejects(door.authenticate(value), { code: 'unknownToken' });
    await Promise.all([door.close(), other.close()]);
  }
});

test('a user made by another handle ends the first run here', async () => {
  const data = memoryData();
  const door = await open({ store: memory({ data }) });
  assert.equal(door.needsSetup, true);
  const { other, value } = await scene(() => memory({ data }));
  (await door.authenticate(value)).close();
  assert.equal(door.needsSetup, false);
  await Promise.all([door.close(), other.close()]);
});
