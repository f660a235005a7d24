// The PostgreSQL store, on a server of its own.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, test } from 'node:test';
import pg from 'pg';
import { postgres } from 'doorward/stores/postgres';
import { postgresServer } from '../../scripts/lib/servers.mjs';
import { testServerFaults } from './faults.mjs';
import { testRaces } from './races.mjs';
import { openStore } from './open.mjs';
import { testServerStore } from './suite.mjs';

const server = await postgresServer();
after(() => server.remove());

const set = (store, key, value = '1') => store.commit({ checks: [], mutations: [{ set: key, value }] });

async function sql(text) {
  const client = new pg.Client(server.url);
  await client.connect();
  try {
    return await client.query(text);
  } finally {
    await client.end();
  }
}

testServerStore('postgres', server.url, 30);
testRaces('postgres', server.url);
testServerFaults('postgres', server, { isCommit: (text) => text.includes('COMMIT') });

test('postgres: handles that make the table at the same time do not trip over each other', async () => {
  const stores = Array.from({ length: 12 }, () => openStore(server.url, 'fresh'));
  await Promise.all(stores.map((store, at) => set(store, ['k', String(at)])));
  assert.equal((await stores[0].read([{ prefix: ['k'] }])).ranges[0].length, 12);
  await Promise.all(stores.map((store) => store.close()));
});

test('postgres: a store of a newer format is storeTooNew, a damaged one storeCorrupt', async () => {
  const store = openStore(server.url, 'newer');
  await set(store, ['a']);
  await store.close();
  const codes = async () => {
    const again = openStore(server.url, 'newer');
    const code = (work) =>
      work.then(
        () => 'ok',
        (error) => error.code,
      );
    const found = [await code(again.read([])), await code(set(again, ['b']))];
    await again.close();
    return found;
  };
  await sql("UPDATE t_newer SET version = 2 WHERE key = '\\xff00'");
  assert.deepEqual(await codes(), ['storeTooNew', 'storeTooNew']);
  await sql("UPDATE t_newer SET version = 0 WHERE key = '\\xff00'");
  assert.deepEqual(await codes(), ['storeCorrupt', 'storeCorrupt']);
  await sql("UPDATE t_newer SET version = 1 WHERE key = '\\xff00'");
  await sql("UPDATE t_newer SET value = '\\xff' WHERE key = '\\x6100'");
  const again = openStore(server.url, 'newer');
  await assert.rejects(again.read([{ key: ['a'] }]), { code: 'storeCorrupt' });
  await again.close();
});

test('postgres: look-ups of one turn get each its own, and none suffers from what is wrong with another', async () => {
  const store = openStore(server.url, 'together');
  const count = 60;
  const all = Array.from({ length: count }, (_, at) => ({ set: ['k', String(at)], value: `"${at}"` }));
  await store.commit({ checks: [], mutations: all });
  const values = ({ ranges }) => ranges.map((entries) => entries.map(({ value }) => value));
  const one = (at) => ({ key: ['k', String(at)] });
  const asked = Array.from({ length: count }, (_, at) => [one(at), one(at + 1), one(at % 7)].slice(0, 1 + (at % 3)));
  const expected = asked.map((ranges) => ranges.map(({ key }) => (Number(key[1]) < count ? [`"${key[1]}"`] : [])));
  const together = () => Promise.allSettled(asked.map(async (ranges) => values(await store.read(ranges))));
  assert.deepEqual(
    (await together()).map(({ value }) => value),
    expected,
  );
  // As long as may be asked for alone, with a stretch in each direction beside it.
  const [many, forward, back] = await Promise.all([
    store.read(Array.from({ length: count }, (_, at) => one(at))),
    store.read([{ prefix: ['k'], limit: 3 }, one(5)]),
    store.read([{ prefix: ['k'], limit: 3, reverse: true }, one(5), { prefix: ['k'], after: ['k', '8'], limit: 1 }]),
  ]);
  assert.deepEqual(
    values(many),
    all.map(({ value }) => [value]),
  );
  assert.deepEqual(values(forward), [['"0"', '"1"', '"10"'], ['"5"']]);
  assert.deepEqual(values(back), [['"9"', '"8"', '"7"'], ['"5"'], ['"9"']]);

  await sql(String.raw`UPDATE t_together SET value = '\xff'::bytea WHERE key = '\x6b003400'::bytea`);
  const outcomes = (await together()).map(({ value, reason }) => value ?? reason.code);
  const damaged = asked.map((ranges) => ranges.some(({ key }) => key[1] === '4'));
  assert.ok(damaged.includes(true));
  assert.deepEqual(
    outcomes,
    expected.map((value, at) => (damaged[at] ? 'storeCorrupt' : value)),
  );
  await store.close();
});

test('postgres: a wrong password, no server and no database are storeFailed, and say no password', async () => {
  const wrong = [
    server.url.replace('secret-of-the-tests', 'hunter2-hunter2'),
    server.url.replace(`:${server.port}`, ':1'),
    server.url.replace(/\/postgres$/, '/nowhere'),
  ];
  for (const url of wrong) {
    const store = postgres(url);
    const error = await store.read([]).catch((error) => error);
    assert.equal(error.code, 'storeFailed');
    const seen = [error.stack, JSON.stringify(error), String(error.cause?.stack), store.name].join();
    assert.doesNotMatch(seen, /hunter2|secret-of-the-tests/);
    await store.close();
  }
});

test('postgres: what is wrong with a URL or an option is said at once, without the URL', () => {
  const refused = [
    [() => postgres('mysql://u:hunter2@h/d'), 'invalidArgument'],
    [() => postgres('postgres://u:hunter2@h:port/d'), 'invalidArgument'],
    [() => postgres('postgres://u:hunter2@h/d?table=A;DROP'), 'invalidArgument'],
    [() => postgres('postgres://u:hunter2@h/d?hunter2=1&options=-c'), 'invalidArgument'],
    [() => postgres('postgres://u:hunter2@h/d?sslmode=perhaps'), 'invalidArgument'],
    [() => postgres(`postgres://u@h/d?host=${'x'.repeat(3000)}`), 'invalidArgument'],
    [() => postgres(7), 'invalidArgument'],
    [() => postgres('postgres://h/d', { connections: 0 }), 'invalidArgument'],
    [() => postgres('postgres://h/d', { staleness: 10 }), 'invalidArgument'],
    [() => postgres('postgres://h/d', { pool: 3 }), 'unknownField'],
    [() => postgres('postgres://h/d', null), 'invalidArgument'],
  ];
  for (const [open, code] of refused) {
    assert.throws(open, (error) => {
      assert.equal(error.code, code);
      // A parameter that is not known is named: it is no place for a secret.
      if (!error.message.includes('has no parameter')) assert.doesNotMatch(error.message, /hunter2/);
      return true;
    });
  }
  assert.equal(postgres('postgres://u:hunter2@h:5433/d?table=other').name, 'postgres://h:5433/d?table=other');
});

test('postgres: a server that does not speak TLS is refused where TLS is asked for', async () => {
  const store = postgres(`${server.url}?sslmode=verify-full`);
  await assert.rejects(store.read([]), { code: 'storeFailed' });
  await store.close();
});

test('postgres: a watch that comes back too late says that it has lost something', async () => {
  const store = openStore(server.url, 'late');
  let lost = 0;
  const told = [];
  await set(store, ['a']);
  store.watch(
    [[]],
    (changes) => told.push(...changes),
    () => (lost += 1),
  );
  // What no longer is in the log cannot be told; and a count that is set back is one that nobody can trust.
  await sql("UPDATE t_late SET version = version + 9 WHERE key IN ('\\xff01', '\\xff02')");
  await sql(`NOTIFY "doorward:t_late", '10'`);
  const until = Date.now() + 8000;
  while (lost === 0 && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(lost, 1);
  await set(store, ['c']);
  while (told.length === 0 && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(
    told.map(({ key }) => key),
    [['c']],
  );
  await store.close();
});

test('postgres: the log is kept short', async () => {
  const store = openStore(server.url, 'long');
  await set(store, ['a']);
  await sql("UPDATE t_long SET version = 9000 WHERE key = '\\xff01'");
  for (let at = 0; at < 300; at += 1) await set(store, ['a'], String(at));
  const { rows } = await sql("SELECT count(*)::int AS n, min(version)::int AS first FROM t_long WHERE key > '\\xff03'");
  assert.deepEqual([rows[0].n <= 300, rows[0].first > 1], [true, true]);
  await store.close();
});

test('postgres: an epoch grows although the database is set back', async () => {
  const store = openStore(server.url, 'restored');
  for (let at = 0; at < 5; at += 1) await set(store, ['a'], String(at));
  const epoch = async () => {
    for (let tries = 0; tries < 200; tries += 1) {
      try {
        return store.epoch();
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
    throw new Error('it never becomes known');
  };
  const before = await epoch();
  await sql("UPDATE t_restored SET version = 2 WHERE key = '\\xff01'");
  await new Promise((resolve) => setTimeout(resolve, store.capabilities.epochLag));
  const after = await epoch();
  assert.ok(after > before, `${after} after ${before}`);
  await store.close();
});

test('postgres: an open store that watches keeps no process alive', () => {
  const script = `
    import { postgres } from 'doorward/stores/postgres';
    const store = postgres(${JSON.stringify(`${server.url}?table=t_idle`)});
    store.watch([[]], () => undefined);
    await store.commit({ checks: [], mutations: [{ set: ['a'], value: '1' }] });
    try { store.epoch(); } catch {}`;
  execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: import.meta.dirname,
    timeout: 20_000,
  });
});
