// The real module in real worker threads. The hasher is internal (the package exports `open`), hence the relative path.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash, pbkdf2Sync } from 'node:crypto';
import { once } from 'node:events';
import test, { after } from 'node:test';
import { Worker } from 'node:worker_threads';
import { createHasher } from '../../pkg/dist/hash/hasher.js';
import { createNodeHasher } from '../../pkg/dist/hash/hasher.node.js';
import { localSpawn } from '../../pkg/dist/hash/local.js';
import { loadHash } from '../../pkg/dist/hash/load.node.js';

const hasher = createNodeHasher();
after(() => hasher.close());

// Of the reference implementation's own tests.
const vector = '$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc';

test('hashes, verifies and refuses', async () => {
  const phc = await hasher.hash('pässwörd', 64, 2, 2);
  assert.match(phc, /^\$argon2id\$v=19\$m=64,t=2,p=2\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  assert.equal(await hasher.verify('pässwörd', phc), true);
  assert.equal(await hasher.verify('password', phc), false);
  assert.equal(await hasher.verify('password', vector), true);
  assert.notEqual(await hasher.hash('pässwörd', 64, 2, 2), phc);
});

test('unknown formats, damaged strings and parameters out of bounds are errors of their own', async () => {
  await assert.rejects(hasher.verify('x', '$2b$12$abc'), { code: 'unsupported' });
  await assert.rejects(hasher.verify('x', vector.slice(0, -50)), { code: 'storeCorrupt' });
  await assert.rejects(hasher.verify('x', vector.replace('t=2', 't=65')), { code: 'storeCorrupt' });
  await assert.rejects(hasher.hash('x', 7, 1, 1), { code: 'invalidArgument' });
  await assert.rejects(hasher.hash('x', 1024 * 1024 + 1, 1, 1), { code: 'invalidArgument' });
});

test('hashes that come with an import', async () => {
  const text = (bytes) => Buffer.from(bytes).toString('base64').replace(/=+$/, '');
  const salt = Buffer.from('a salt of nobody');
  const password = 'pässwörd';
  const digest = (name, ...parts) =>
    createHash(name)
      .update(Buffer.concat(parts.map(Buffer.from)))
      .digest();
  const spelled = (bytes) => text(bytes).replaceAll('+', '.');
  for (const hash of [
    `$sha512-suffix$${text(salt)}$${text(digest('sha512', password, salt))}`,
    `$sha256-prefix$${text(salt)}$${text(digest('sha256', salt, password))}`,
    `$pbkdf2-sha256$1000$${spelled(salt)}$${spelled(pbkdf2Sync(password, salt, 1000, 32, 'sha256'))}`,
  ]) {
    assert.equal(await hasher.verify(password, hash), true, hash);
    assert.equal(await hasher.verify('password', hash), false, hash);
    await assert.rejects(hasher.verify(password, hash.slice(0, -9)), { code: 'storeCorrupt' });
  }
});

test('the event loop goes on while it hashes', async () => {
  await hasher.verify('password', vector);
  let longest = 0;
  let last = performance.now();
  const probe = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 1);
  const started = performance.now();
  await hasher.hash('password', 65_536, 3, 1);
  const took = performance.now() - started;
  clearInterval(probe);
  // A machine that is busy elsewhere delays timers too; a thread that hashes delays them for the whole length.
  assert.ok(longest < took / 2, `a gap of ${longest} ms in ${took} ms`);
});

test('a killed worker thread: the job is done by another', async (t) => {
  const threads = [];
  const realOn = Worker.prototype.on;
  t.mock.method(Worker.prototype, 'on', function (...args) {
    if (!threads.includes(this)) threads.push(this);
    return realOn.apply(this, args);
  });
  const own = createNodeHasher({ workers: 1 });
  await own.verify('password', vector);
  assert.equal(threads.length, 1);
  const job = own.hash('password', 65_536, 4, 1);
  void threads[0].terminate();
  await once(threads[0], 'exit');
  assert.match(await job, /^\$argon2id/);
  assert.equal(threads.length, 2);
  await own.close();
});

test('on this thread where there is no worker', async () => {
  const here = createHasher({
    spawn: () => {
      throw new Error('none');
    },
    spawnLocal: localSpawn(loadHash),
    workers: 1,
  });
  assert.equal(await here.verify('password', vector), true);
  assert.equal(await here.verify('Password', vector), false);
  await here.close();
});

test('on this thread it hashes in slices, and two hashers of it do not meet', async () => {
  const spawn = () => {
    throw new Error('none');
  };
  const hashers = [1, 2].map(() => createHasher({ spawn, spawnLocal: localSpawn(loadHash), workers: 1 }));
  let turns = 0;
  let done = false;
  const count = () => {
    turns += 1;
    if (!done) setImmediate(count);
  };
  // Loads the module, so that what is counted lies between slices.
  await hashers[0].verify('password', vector);
  const hashes = hashers.map((here, at) => here.hash(`password ${at}`, 65_536, 3, 1));
  count();
  const phcs = await Promise.all(hashes);
  done = true;
  assert.ok(turns > 6, `the thread had ${turns} turns`);
  for (const [at, phc] of phcs.entries()) {
    assert.equal(await hasher.verify(`password ${at}`, phc), true);
    assert.equal(await hasher.verify(`password ${1 - at}`, phc), false);
  }
  await Promise.all(hashers.map((here) => here.close()));
});

test('a process that has hashed exits by itself, and one that hashes stays alive until it is done', () => {
  const code = `
    import { createNodeHasher } from ${JSON.stringify(new URL('../../pkg/dist/hash/hasher.node.js', import.meta.url).href)};
    const hasher = createNodeHasher();
    console.log(await hasher.verify('password', ${JSON.stringify(vector)}));`;
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8', timeout: 20_000 });
  assert.deepEqual([child.status, child.stdout, child.stderr], [0, 'true\n', '']);
});
