// What can happen to a file: kill -9, a full disk, damage, other programs, several handles.
import assert from 'node:assert/strict';
import { execFileSync, fork, spawn } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, openSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { once } from 'node:events';
import { truncateSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, test } from 'node:test';
import { open as openRaw } from 'lmdb';
import { lmdb } from 'doorward/stores/lmdb';

const folder = mkdtempSync(join(tmpdir(), 'doorward-lmdb-'));
after(() => rmSync(folder, { recursive: true }));

let files = 0;
const fresh = () => join(folder, `${(files += 1)}.lmdb`);
const set = (store, key, value = '1') => store.commit({ checks: [], mutations: [{ set: key, value }] });
const keysOf = async (store, prefix = []) => {
  const keys = [];
  for (;;) {
    const after = keys.at(-1);
    const { ranges } = await store.read([{ prefix, ...(after ? { after } : {}) }]);
    keys.push(...ranges[0].map(({ key }) => key));
    if (ranges[0].length < 1000) return keys;
  }
};

/**
 * A file of some 360 pages. The deletion frees pages at its front, and the small commits put the roots of LMDB's trees
 * there: only then is a cut at the end one that LMDB itself does not notice while it opens the file.
 */
async function filled() {
  const path = fresh();
  const store = lmdb(path);
  const bulk = (from, count, mutation) =>
    store.commit({
      checks: [],
      mutations: Array.from({ length: count }, (_, at) => mutation(['k', String(from + at)])),
    });
  const fill = (key) => ({ set: key, value: `"${'x'.repeat(500)}"` });
  await bulk(10_000, 1000, fill);
  await bulk(11_000, 1000, fill);
  await bulk(10_000, 500, (key) => ({ delete: key }));
  await bulk(13_000, 50, fill);
  for (let at = 0; at < 10; at += 1) await set(store, ['a'], String(at));
  await store.close();
  return path;
}

test('what was acknowledged survives kill -9, and no commit is torn', { timeout: 120_000 }, async () => {
  const path = fresh();
  const acknowledged = new Set();
  for (let round = 0; round < 12; round += 1) {
    const writer = fork(new URL('stores-child.mjs', import.meta.url), ['write', path], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    const ended = new Promise((resolve) => writer.once('close', (code, signal) => resolve(signal)));
    let said = '';
    const first = new Promise((resolve) => {
      writer.stdout.on('data', (data) => {
        said += data;
        resolve();
      });
    });
    await Promise.race([first, ended]);
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 60));
    writer.kill('SIGKILL');
    assert.equal(await ended, 'SIGKILL');
    // The last line may be cut off: what was not said whole was not acknowledged.
    for (const id of said.split('\n').slice(0, -1)) acknowledged.add(id);
    const store = lmdb(path);
    const parts = new Map();
    for (const [, id] of await keysOf(store, ['acknowledged'])) parts.set(id, (parts.get(id) ?? 0) + 1);
    for (const id of acknowledged) assert.equal(parts.get(id), 3, `${id} was acknowledged in round ${round}`);
    for (const [id, count] of parts) assert.equal(count, 3, `${id} is torn`);
    await store.close();
  }
  assert.ok(acknowledged.size > 50, `only ${acknowledged.size} commits were acknowledged`);
});

test('versions go on after a restart', async () => {
  const path = fresh();
  const versions = new Set();
  for (let round = 0; round < 3; round += 1) {
    const store = lmdb(path);
    versions.add((await set(store, ['a'])).version);
    await store.commit({ checks: [], mutations: [{ delete: ['a'] }] });
    await store.close();
  }
  assert.equal(versions.size, 3);
});

test('folder and files are for their owner alone', { skip: process.platform === 'win32' }, async () => {
  const path = join(folder, 'made', 'deep', 'x.lmdb');
  const store = lmdb(path);
  await set(store, ['a']);
  assert.equal(statSync(join(folder, 'made', 'deep')).mode & 0o777, 0o700);
  for (const file of [path, `${path}-lock`]) assert.equal(statSync(file).mode & 0o777, 0o600);
  await store.close();
});

test('a name without an extension is a file, relative names and links reach the same data', async () => {
  const path = join(folder, 'plain');
  const stores = [lmdb(path), lmdb(relative(process.cwd(), path))];
  symlinkSync(folder, join(folder, 'link'));
  stores.push(lmdb(join(folder, 'link', 'plain')));
  for (const [at, store] of stores.entries()) await set(store, [String(at)]);
  for (const store of stores) assert.equal((await keysOf(store)).length, 3);
  assert.ok(statSync(path).isFile());
  await Promise.all(stores.map((store) => store.close()));
});

test('handles that open and close at the same time do not trip over each other', async () => {
  const path = fresh();
  await Promise.all(
    Array.from({ length: 20 }, async (_, at) => {
      const store = lmdb(path);
      await set(store, [String(at)]);
      await Promise.all([store.close(), store.close()]);
    }),
  );
  const store = lmdb(path);
  assert.equal((await keysOf(store)).length, 20);
  await store.close();
});

test('a file that another process makes grow is not taken for one cut short', { timeout: 120_000 }, async () => {
  const path = fresh();
  const writer = fork(new URL('stores-child.mjs', import.meta.url), ['grow', path]);
  const ended = once(writer, 'exit');
  await once(writer, 'message');
  let opened = 0;
  while (writer.exitCode === null && writer.signalCode === null) {
    const store = lmdb(path);
    await store.read([{ key: ['grown', '0', '0'] }]);
    await store.close();
    opened += 1;
    // Opening and closing may come to no turn of the loop, in which the end of the writer would be heard.
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.deepEqual(await ended, [0, null]);
  assert.ok(opened > 5, `it was opened ${opened} times`);
});

test('a file is made by several processes at once', { timeout: 120_000 }, async () => {
  for (let round = 0; round < 6; round += 1) {
    const path = fresh();
    const writers = Array.from({ length: 4 }, () =>
      fork(new URL('stores-child.mjs', import.meta.url), ['one', path], {
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      }),
    );
    const ended = await Promise.all(writers.map((writer) => once(writer, 'exit')));
    assert.deepEqual(
      ended,
      Array.from(writers, () => [0, null]),
    );
    const store = lmdb(path);
    assert.equal((await keysOf(store, ['one'])).length, 4);
    await store.close();
  }
});

const damages = {
  'a text file': (path) => writeFileSync(path, 'this is no database\n'.repeat(2000)),
  'a short text file': (path) => writeFileSync(path, 'short'),
  'a file of zeros': (path) => writeFileSync(path, Buffer.alloc(100_000)),
  'a file cut off in its header': async (path) => {
    copyFileSync(await filled(), path);
    truncateSync(path, 5000);
  },
  'a file cut off in the middle': async (path) => {
    copyFileSync(await filled(), path);
    truncateSync(path, statSync(path).size >> 1);
  },
  'a file without its last pages': async (path) => {
    copyFileSync(await filled(), path);
    truncateSync(path, statSync(path).size - 60 * 4096);
  },
  'a file cut off after ten pages': async (path) => {
    copyFileSync(await filled(), path);
    truncateSync(path, 40_960);
  },
  'the LMDB file of another program': async (path) => {
    const database = openRaw(path, { noSubdir: true });
    await database.put('theirs', 'value');
    await database.close();
  },
};

for (const [name, make] of Object.entries(damages)) {
  test(`${name} is storeCorrupt, not a crash`, async () => {
    const path = fresh();
    await make(path);
    // In another process, so that a crash is seen as one.
    const outcome = outcomeElsewhere(path);
    assert.equal(outcome, 'storeCorrupt storeCorrupt');
  });
}

test('pages overwritten with zeros are storeCorrupt', async () => {
  const path = await filled();
  const size = statSync(path).size;
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(size - 16_384), 0, size - 16_384, 8192);
  assert.match(outcomeElsewhere(path), /^storeCorrupt/);
});

test('a store of a newer format is storeTooNew', async () => {
  const path = await filled();
  const root = openRaw({ path, noSubdir: true, encoding: 'string', keyEncoding: 'binary', overlappingSync: false });
  await root.openDB('meta', { encoding: 'string', keyEncoding: 'binary' }).put(Buffer.from('format'), '2');
  await root.close();
  assert.equal(outcomeElsewhere(path), 'storeTooNew storeTooNew');
});

test('a folder in the place of the file, and a folder that is a file, are storeFailed', async () => {
  const path = fresh();
  mkdirSync(path);
  assert.equal(outcomeElsewhere(path), 'storeFailed storeFailed');
  assert.equal(outcomeElsewhere(join(await filled(), 'below')), 'storeFailed storeFailed');
});

test('a failed open can be tried again on the same handle', async () => {
  const path = fresh();
  writeFileSync(path, 'no database');
  const store = lmdb(path);
  await assert.rejects(store.read([]), { code: 'storeCorrupt' });
  rmSync(path);
  assert.equal((await set(store, ['a'])).ok, true);
  await store.close();
});

test('a full disk is storeFull, changes nothing, and ends with room', async (t) => {
  const mount = join(folder, 'small');
  mkdirSync(mount);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', mount], { stdio: 'ignore' });
  } catch {
    return t.skip('a small file system can only be mounted by root');
  }
  t.after(() => execFileSync('umount', [mount]));
  const store = lmdb(join(mount, 'x.lmdb'));
  const large = `"${'x'.repeat(300_000)}"`;
  let failure;
  let kept = 0;
  while (failure === undefined && kept < 50) {
    failure = await set(store, [String(kept)], large).catch((error) => error);
    if (failure.ok) {
      kept += 1;
      failure = undefined;
    }
  }
  assert.equal(failure?.code, 'storeFull');
  assert.equal((await keysOf(store)).length, kept);
  assert.equal((await store.commit({ checks: [], mutations: [{ delete: ['0'] }, { delete: ['1'] }] })).ok, true);
  assert.equal((await set(store, ['small'])).ok, true);
  await store.close();
});

test(
  'a file that cannot be read is storeFailed',
  { skip: process.getuid?.() === 0 && 'root reads everything' },
  async () => {
    const path = await filled();
    chmodSync(path, 0);
    assert.equal(outcomeElsewhere(path), 'storeFailed storeFailed');
  },
);

test('an open store keeps no process alive', async () => {
  const script = `
    import { lmdb } from 'doorward/stores/lmdb';
    const store = lmdb(${JSON.stringify(fresh())});
    await store.commit({ checks: [], mutations: [{ set: ['a'], value: '1' }] });`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { cwd: import.meta.dirname });
  const code = await new Promise((resolve) => child.once('close', resolve));
  assert.equal(code, 0);
});

/** The codes of a commit and of a read of everything, in a process of its own; `ok` where they succeed. */
function outcomeElsewhere(path) {
  const script = `
    import { lmdb } from 'doorward/stores/lmdb';
    const store = lmdb(${JSON.stringify(path)});
    const outcome = (work) => work.then(() => 'ok', (error) => (error.name === 'DoorwardError' ? error.code : String(error)));
    const read = async () => {
      for (let after; ; ) {
        const [entries] = (await store.read([{ prefix: [], ...(after ? { after } : {}) }])).ranges;
        if (entries.length < 1000) return;
        after = entries.at(-1).key;
      }
    };
    const codes = [await outcome(read()), await outcome(store.commit({ checks: [], mutations: [{ set: ['new'], value: '1' }] }))];
    await store.close();
    process.stdout.write(codes.join(' '));`;
  return execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

test('keys as long as they may be are read and bounded whole, however many there are', async () => {
  const store = lmdb(fresh());
  const longest = (at) => [String(at).padEnd(1024, 'k'), 'l'.repeat(870)];
  const count = 40;
  await store.commit({
    checks: [],
    mutations: Array.from({ length: count }, (_, at) => ({ set: longest(at), value: String(at) })),
  });
  for (let at = 0; at < count; at += 1) {
    const [prefix] = longest(at);
    const { ranges } = await store.read([
      { key: longest(at) },
      { prefix: [prefix] },
      { prefix: [prefix], reverse: true },
      { prefix: [], after: longest(at), limit: 1, reverse: at % 2 === 0 },
    ]);
    const values = ranges.map((entries) => entries.map(({ value }) => value));
    assert.deepEqual(values.slice(0, 3), [[String(at)], [String(at)], [String(at)]]);
    assert.deepEqual(ranges[1][0].key, longest(at));
  }
  await store.close();
});
