import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { command, folder, json, password, prepared, refused, run, serve } from './cli-helpers.mjs';

/** A store with something of everything, its backup, and a place for another store. */
async function backedUp(t) {
  const store = await prepared(t);
  const s = ['--store', store];
  await json(['users', 'add', 'bob', '--no-password', '--display-name', 'Bøb \u2028 "x"', ...s]);
  await json(['groups', 'add', 'lab', ...s]);
  await json(['resources', 'add', 'lamp-1', '--kind', 'thing', ...s]);
  const token = await json(['tokens', 'create', 'bob', '--name', 'x', ...s]);
  const at = folder(t);
  const file = join(at, 'backup.jsonl');
  const { records } = await json(['export', file, ...s]);
  return { store, token, file, records, other: `lmdb:${join(at, 'other.lmdb')}`, at };
}

/** The same file with other records, whole again. */
function rebuilt(file, change) {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n').slice(0, -1);
  const body = `${change(lines).join('\n')}\n`;
  const footer = { records: body.split('\n').length - 2, sha256: createHash('sha256').update(body).digest('hex') };
  return `${body}${JSON.stringify(footer)}\n`;
}

test('what was exported comes back: accounts, passwords, tokens', async (t) => {
  const { store, token, file, records, other } = await backedUp(t);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(await json(['import', file, '--store', other]), { records });
  assert.deepEqual(await json(['users', 'list', '--store', other]), await json(['users', 'list', '--store', store]));
  const server = await serve(t, ['--store', other]);
  assert.equal((await server.api('/login', { body: { name: 'ann', password } })).status, 200);
  assert.equal((await server.api('/me', { headers: { authorization: `Bearer ${token.value}` } })).body.name, 'bob');
});

test('the file has the form that is documented', async (t) => {
  const { file, records } = await backedUp(t);
  const text = readFileSync(file, 'utf8');
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual([lines[0].doorward, lines[0].version], ['backup', 1]);
  assert.deepEqual(Object.keys(lines[1]), ['key', 'value']);
  const body = text.slice(0, text.trimEnd().lastIndexOf('\n') + 1);
  assert.deepEqual(lines.at(-1), { records, sha256: createHash('sha256').update(body).digest('hex') });
  assert.equal(lines.length, records + 2);
  assert.ok(!text.includes(password));
});

test('stdout gets the same, and nothing else', async (t) => {
  const { store, file } = await backedUp(t);
  const { code, stdout } = await run(['export', '--store', store]);
  assert.equal(code, 0);
  const records = (text) => text.split('\n').slice(1, -2);
  assert.deepEqual(records(stdout), records(readFileSync(file, 'utf8')));
});

test('an existing file is not replaced without --force, an empty store not exported', async (t) => {
  const { store, file, at } = await backedUp(t);
  const before = readFileSync(file);
  assert.equal((await refused(['export', file, '--store', store])).code, 'alreadyExists');
  assert.deepEqual(readFileSync(file), before);
  await json(['export', file, '--force', '--store', store]);
  assert.equal((await refused(['export', join(at, 'x'), '--store', 'memory:'])).code, 'notFound');
  assert.ok(!existsSync(join(at, 'x')));
});

test('a store that holds something is kept, unless --replace', async (t) => {
  const { file } = await backedUp(t);
  const store = await prepared(t);
  await json(['users', 'add', 'carl', '--no-password', '--store', store]);
  const before = await json(['users', 'list', '--store', store]);
  assert.equal((await refused(['import', file, '--store', store])).code, 'alreadyExists');
  assert.deepEqual(await json(['users', 'list', '--store', store]), before);
  await json(['import', file, '--replace', '--store', store]);
  assert.deepEqual(
    (await json(['users', 'list', '--store', store])).users.map((user) => user.name),
    ['ann', 'bob'],
  );
});

test('a damaged file is refused wherever the damage is, and nothing is written', async (t) => {
  const { file, other, at } = await backedUp(t);
  const good = readFileSync(file, 'utf8');
  const lines = good.trimEnd().split('\n');
  const last = lines.length - 1;
  const without = (n) => `${lines.filter((_, i) => i !== n).join('\n')}\n`;
  const swapped = (a, b) => `${lines.map((line, i) => lines[i === a ? b : i === b ? a : i]).join('\n')}\n`;
  const cases = {
    empty: '',
    foreign: 'hello\n',
    'other JSON': '{"some":"thing"}\n',
    'no footer': `${lines.slice(0, -1).join('\n')}\n`,
    'cut in a line': good.slice(0, Math.floor(good.length / 2)),
    'a record is missing': without(2),
    'records in another order': swapped(1, 2),
    'a flipped letter': good.replace('ann', 'amn'),
    'something behind the end': `${good}${lines[1]}\n`,
    'a wrong count': `${lines.slice(0, -1).join('\n')}\n${lines[last].replace(/"records":\d+/, '"records":1')}\n`,
    'a newer format': good.replace('"version":1', '"version":2'),
    'a value that is no JSON': rebuilt(file, (all) => [...all, JSON.stringify({ key: ['zz'], value: '{' })]),
    'a record with an unknown field': rebuilt(file, (all) => [
      ...all,
      JSON.stringify({ key: ['zz'], value: '1', extra: 1 }),
    ]),
    'keys out of order, with a good checksum': rebuilt(file, ([head, a, b, ...rest]) => [head, b, a, ...rest]),
    'one key twice, with a good checksum': rebuilt(file, ([head, a, ...rest]) => [head, a, a, ...rest]),
    'no mark of Doorward': rebuilt(file, (all) => all.filter((line) => JSON.parse(line).key?.join() !== 'meta')),
    'a half import': rebuilt(file, (all) => insertKey(all, ['meta', 'import'])),
  };
  for (const [title, content] of Object.entries(cases)) {
    const bad = join(at, 'bad.jsonl');
    writeFileSync(bad, content);
    const error = await refused(['import', bad, '--store', other]);
    assert.equal(error.code, 'invalidFile', `${title}: ${error.message}`);
  }
  assert.deepEqual(await json(['users', 'list', '--store', other]), { users: [] });
  const missing = await refused(['import', join(at, 'nope'), '--store', other]);
  assert.match(missing.message, /no such file/);
});

function insertKey([head, ...records], key, value = '{}') {
  const all = [...records, JSON.stringify({ key, value })];
  return [head, ...all.sort((a, b) => compare(JSON.parse(a).key, JSON.parse(b).key))];
}

function compare(a, b) {
  for (let i = 0; i < Math.min(a.length, b.length); i += 1) {
    const order = Buffer.compare(Buffer.from(a[i]), Buffer.from(b[i]));
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

test('a backup of a newer Doorward is refused before anything is written', async (t) => {
  const { file, other, at } = await backedUp(t);
  const newer = join(at, 'newer.jsonl');
  writeFileSync(
    newer,
    rebuilt(file, (all) =>
      all.map((line) => {
        const record = JSON.parse(line);
        if (record.key?.join() !== 'meta') return line;
        const value = JSON.stringify({ ...JSON.parse(record.value), format: 999 });
        return JSON.stringify({ key: record.key, value });
      }),
    ),
  );
  const error = await refused(['import', newer, '--store', other]);
  assert.equal(error.code, 'storeTooNew');
  assert.deepEqual(await json(['users', 'list', '--store', other]), { users: [] });
});

/** A backup of so many records more, of a kind nobody reads. */
function large(file, count) {
  return rebuilt(file, (all) => [
    ...all,
    ...Array.from({ length: count }, (_, i) =>
      JSON.stringify({ key: ['zz', String(i).padStart(8, '0')], value: `"${'x'.repeat(200)}"` }),
    ),
  ]);
}

test('a large backup takes several commits, and all of it is there', async (t) => {
  const { file, other, at, records } = await backedUp(t);
  const big = join(at, 'big.jsonl');
  writeFileSync(big, large(file, 25_000));
  assert.deepEqual(await json(['import', big, '--store', other]), { records: records + 25_000 });
  const again = join(at, 'again.jsonl');
  await json(['export', again, '--store', other]);
  const body = (path) => readFileSync(path, 'utf8').split('\n').slice(1, -2).join('\n');
  assert.ok(body(again) === body(big));
  await json(['import', file, '--replace', '--store', other]);
  await json(['export', again, '--force', '--store', other]);
  assert.ok(body(again) === body(file));
});

test('an import that was killed is told when the store is opened, and can be repeated', async (t) => {
  const { file, other, at } = await backedUp(t);
  const big = join(at, 'big.jsonl');
  writeFileSync(big, large(file, 120_000));
  const child = spawn(process.execPath, [command, 'import', big, '--store', other], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  // The first line of progress: some batches are written, others are not.
  await once(child.stderr, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.equal((await refused(['users', 'list', '--store', other])).code, 'storeCorrupt');
  assert.equal((await refused(['export', join(at, 'x'), '--store', other])).code, 'storeCorrupt');
  assert.equal((await refused(['import', big, '--store', other])).code, 'alreadyExists');
  await json(['import', file, '--replace', '--store', other]);
  assert.equal((await json(['users', 'list', '--store', other])).users.length, 2);
});
