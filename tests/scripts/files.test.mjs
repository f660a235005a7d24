// Stamps, locks and the cache of the build scripts: what keeps a build from being done twice, or by halves.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const dir = mkdtempSync(join(tmpdir(), 'doorward-scripts-'));
after(() => rmSync(dir, { recursive: true, force: true }));
process.env.DOORWARD_CACHE = join(dir, 'cache');
const library = new URL('../../scripts/lib/files.mjs', import.meta.url);
const { cached, digests, hashFiles, locked } = await import('../../scripts/lib/files.mjs');
const root = fileURLToPath(new URL('../..', import.meta.url));

/** Files are named from the root of the tree, wherever they lie. */
const file = (name, text) => {
  writeFileSync(join(dir, name), text);
  return relative(root, join(dir, name));
};

test('a hash tells contents, names, absence and what is beside the files apart', () => {
  const [a, b] = [file('a', '1'), file('b', '1')];
  const all = [
    hashFiles([a]),
    hashFiles([b]),
    hashFiles([a, b]),
    hashFiles([a, 'absent']),
    hashFiles([a], 'x'),
    hashFiles([]),
  ];
  assert.equal(new Set(all).size, all.length);
  const before = hashFiles([a]);
  file('a', '2');
  assert.notEqual(hashFiles([a]), before);
  file('a', '1');
  assert.equal(hashFiles([a]), before);
});

test('digests from before the work win: a file edited meanwhile is out of date', () => {
  const a = file('edited', 'old');
  const before = digests([a]);
  const old = hashFiles([a]);
  file('edited', 'new');
  assert.equal(hashFiles([a], '', before), old);
  assert.notEqual(hashFiles([a]), old);
});

test('a lock lets one in at a time, in one process and across', async () => {
  const log = join(dir, 'log');
  const program = `
    const { locked } = await import(${JSON.stringify(library.href)});
    const { appendFileSync } = await import('node:fs');
    const { setTimeout: sleep } = await import('node:timers/promises');
    for (let i = 0; i < 5; i += 1)
      await locked(${JSON.stringify(dir)}, 'many', async () => {
        appendFileSync(${JSON.stringify(log)}, 'in ');
        await sleep(5);
        appendFileSync(${JSON.stringify(log)}, 'out ');
      });`;
  const children = [1, 2, 3].map(() =>
    spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'inherit' }),
  );
  const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0]));
  assert.deepEqual(codes, [0, 0, 0]);
  assert.equal(readFileSync(log, 'utf8'), 'in out '.repeat(15));
});

test('the lock of a killed process is void', async () => {
  const program = `
    const { locked } = await import(${JSON.stringify(library.href)});
    await locked(${JSON.stringify(dir)}, 'killed', () => new Promise(() => (console.log('held'), setInterval(() => {}, 1000))));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program]);
  await once(child.stdout, 'data');
  let entered = false;
  const waiting = locked(dir, 'killed', async () => (entered = true));
  await sleep(500);
  assert.equal(entered, false);
  child.kill('SIGKILL');
  await waiting;
  assert.equal(entered, true);
  assert.ok(!existsSync(join(dir, 'killed.lock')));
});

test('the lock of another machine is respected', async () => {
  writeFileSync(join(dir, 'far.lock'), JSON.stringify({ pid: 2 ** 22 + 1, host: `not-${hostname()}` }));
  let entered = false;
  const waiting = locked(dir, 'far', async () => (entered = true));
  await sleep(500);
  assert.equal(entered, false);
  rmSync(join(dir, 'far.lock'));
  await waiting;
  assert.equal(entered, true);
});

test('a folder of the cache appears whole, once, and a half-made one is made anew', async () => {
  await assert.rejects(
    cached('tool-1', async (draft) => {
      writeFileSync(join(draft, 'half'), '');
      throw new Error('interrupted');
    }),
    /interrupted/,
  );
  let made = 0;
  const make = async (draft) => {
    made += 1;
    await sleep(20);
    writeFileSync(join(draft, 'whole'), '');
  };
  const paths = await Promise.all([cached('tool-1', make), cached('tool-1', make)]);
  assert.equal(made, 1);
  assert.deepEqual(readdirSync(paths[0]), ['whole']);
});
