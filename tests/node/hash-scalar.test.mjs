// Without the vector instructions: the engine is asked, and the other build of the module loaded.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import test, { after } from 'node:test';
import { createNodeHasher } from '../../pkg/dist/hash/hasher.node.js';

const hasher = createNodeHasher();
after(() => hasher.close());

const address = (path) => JSON.stringify(new URL(`../../pkg/dist/hash/${path}`, import.meta.url).href);

/** Hashes and verifies in a process of its own, and says which binaries it read. */
function apart({ flags = [], first = '', phc }) {
  const code = `
    import fs from 'node:fs';
    import { syncBuiltinESMExports } from 'node:module';
    ${first}
    const read = [];
    const { readFileSync } = fs;
    fs.readFileSync = (path, ...rest) => (read.push(String(path).split('/').at(-1)), readFileSync(path, ...rest));
    syncBuiltinESMExports();
    const { hasSimd } = await import(${address('simd.js')});
    const { createHasher } = await import(${address('hasher.js')});
    const { createNodeHasher } = await import(${address('hasher.node.js')});
    const { localSpawn } = await import(${address('local.js')});
    const { loadHash } = await import(${address('load.node.js')});
    // What is read in a worker is not seen here.
    const here = createHasher({ spawn: () => { throw new Error('none'); }, spawnLocal: localSpawn(loadHash), workers: 1 });
    const inWorker = createNodeHasher();
    const phc = ${JSON.stringify(phc)};
    const made = [await here.hash('pässwörd', 256, 2, 2), await inWorker.hash('pässwörd', 256, 2, 2)];
    const answers = [];
    for (const hasher of [here, inWorker])
      for (const each of [phc, ...made])
        answers.push(await hasher.verify('pässwörd', each), !(await hasher.verify('password', each)));
    await Promise.all([here.close(), inWorker.close()]);
    process.stdout.write(JSON.stringify({ simd: hasSimd(), read: read.filter((name) => name.endsWith('.wasm')), made, answers }));`;
  const child = spawnSync(process.execPath, [...flags, '--input-type=module', '-e', code], { encoding: 'utf8' });
  assert.equal(child.status, 0, child.stderr);
  return JSON.parse(child.stdout);
}

async function check(how, simd, file) {
  const phc = await hasher.hash('pässwörd', 1024, 2, 2);
  const found = apart({ ...how, phc });
  assert.equal(found.simd, simd);
  assert.deepEqual(found.read, [file]);
  assert.deepEqual(found.answers, Array(12).fill(true));
  for (const made of found.made) assert.equal(await hasher.verify('pässwörd', made), true);
}

test('an engine with vectors loads the module that has them', () => check({}, true, 'hash_bg.wasm'));

test('an engine that refuses them loads the other, and the hashes are the same', () =>
  check({ first: 'WebAssembly.validate = () => false;' }, false, 'hash_scalar_bg.wasm'));

// The engine takes itself to be on a processor without the instructions; worker threads as well.
const flag = '--no-enable-sse4-1';
const skip = process.arch === 'x64' ? false : 'only on x64 can the engine be told so';
test('a real engine without them', { skip }, () => check({ flags: [flag] }, false, 'hash_scalar_bg.wasm'));
