// What is looked at before LMDB maps a file, while another process makes that very file grow: each step of it is put between
// two looks, where it would fall by chance once in thousands of openings.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { lmdb } from 'doorward/stores/lmdb';
import { checkFile } from '../../pkg/dist/stores/internal/lmdb-file.js';

const folder = fs.mkdtempSync(join(tmpdir(), 'doorward-lmdb-file-'));
after(() => fs.rmSync(folder, { recursive: true }));

const pageSize = 4096;
/** Where the header has the root of the main tree, and the number of its commit. */
const at = { mainRoot: 136, commit: 152 };

async function written(name) {
  const path = join(folder, name);
  const store = lmdb(path);
  await store.commit({ checks: [], mutations: [{ set: ['a'], value: '1' }] });
  await store.close();
  return path;
}

/** Puts a function in the place of one of `node:fs`, for modules too, until the work is over. */
async function withPatched(name, patch, work) {
  const original = fs[name];
  fs[name] = patch(original);
  syncBuiltinESMExports();
  try {
    return await work();
  } finally {
    fs[name] = original;
    syncBuiltinESMExports();
  }
}

/** As LMDB does: first the new page, then the header that refers to it. */
function grow(path) {
  const { size } = fs.statSync(path);
  const last = Math.ceil(size / pageSize);
  fs.truncateSync(path, (last + 1) * pageSize);
  const file = fs.openSync(path, 'r+');
  const number = Buffer.alloc(8);
  for (const header of [0, pageSize]) {
    number.writeBigUInt64LE(BigInt(last));
    fs.writeSync(file, number, 0, 8, header + at.mainRoot);
  }
  fs.closeSync(file);
}

test('a file that grows between two looks at it is not taken for one cut short', async () => {
  const path = await written('growing');
  const before = fs.statSync(path).size;
  let grown = 0;
  const growing = (original) =>
    function readSync(...args) {
      // Before a header is read, the file has become longer, and the header says so: every time, so that another look at it
      // is no way out.
      grown += 1;
      grow(path);
      return original.apply(this, args);
    };
  await withPatched('readSync', growing, () => checkFile(path));
  assert.ok(grown > 0 && fs.statSync(path).size > before, 'it grew meanwhile');
});

test('a header that is being written is looked at again, and one that stays so is damage', async () => {
  const path = await written('header');
  const whole = fs.readFileSync(path);
  const torn = Buffer.from(whole);
  for (const header of [0, pageSize]) torn.writeBigUInt64LE(1_000_000n, header + at.mainRoot);
  fs.writeFileSync(path, torn);
  await assert.rejects(checkFile(path), { code: 'storeCorrupt' });
  const mending = setTimeout(() => fs.writeFileSync(path, whole), 30);
  await checkFile(path);
  clearTimeout(mending);
});

test('a file is made longer only while nobody else can write to it', { timeout: 60_000 }, async () => {
  const path = await written('lock');
  // Another process that only wants to write, and says that it could.
  const program = `import { open } from 'lmdb';
    const root = open({ path: ${JSON.stringify(path)}, noSubdir: true, maxDbs: 2, keyEncoding: 'binary' });
    process.stdout.write('open ');
    root.transactionSync(() => process.stdout.write('wrote'));
    process.exit(0);`;
  const write = () => {
    const args = ['--input-type=module', '-e', program];
    const { stdout } = spawnSync(process.execPath, args, { cwd: import.meta.dirname, timeout: 3000, encoding: 'utf8' });
    return stdout;
  };
  assert.equal(write(), 'open wrote', 'it can where nobody else does');
  const said = [];
  const files = new Set();
  const opening = (original) =>
    function openSync(...args) {
      const file = original.apply(this, args);
      if (args[0] === path && args[1] === 'r+') files.add(file);
      return file;
    };
  const looking = (original) =>
    function fstatSync(file, ...more) {
      if (files.has(file)) said.push(write());
      return original.call(this, file, ...more);
    };
  const store = lmdb(path);
  await withPatched('openSync', opening, () => withPatched('fstatSync', looking, () => store.read([{ key: ['a'] }])));
  await store.close();
  assert.equal(said.length, 1, 'its length was looked at');
  assert.ok(!said[0].includes('wrote'), 'the other process had to wait');
});
