// The loader's rules over a load that is made up, and the sources it takes. Internal (the package exports `init`,
// which loads one real binary once), hence the relative paths.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import test from 'node:test';
import { createLoader } from '../../pkg/dist/core/loader.js';
import { compile } from '../../pkg/dist/core/source.js';
import { compileNode } from '../../pkg/dist/core/source.node.js';

const core = { openDoor: () => {} };
const here = new URL('https://example.org/core.wasm');

/** A loader whose attempts are settled by hand. */
function loader() {
  const attempts = [];
  const made = createLoader(
    () => here,
    (source) => new Promise((resolve, reject) => attempts.push({ source, resolve: () => resolve(core), reject })),
  );
  return { ...made, attempts };
}

test('nothing happens before init, and every call until it is done is refused', async () => {
  const { init, core: loaded, attempts } = loader();
  assert.equal(attempts.length, 0);
  assert.throws(
    () => loaded(),
    (error) => error.code === 'notInitialized' && /init\(\)/.test(error.message),
  );
  const done = init();
  assert.throws(() => loaded(), { code: 'notInitialized' });
  assert.equal(attempts[0].source, here);
  attempts[0].resolve();
  assert.equal(await done, undefined);
  assert.equal(loaded(), core);
});

test('idempotent, and concurrent callers share one attempt', async () => {
  const { init, attempts } = loader();
  const calls = [init(), init(), init(new URL(here)), init(here.href)];
  assert.equal(calls[0], calls[1]);
  attempts[0].resolve();
  await Promise.all(calls);
  await init();
  await init(here.href);
  assert.equal(attempts.length, 1);
});

test('a failed attempt can be retried, with another source too', async () => {
  const { init, core: loaded, attempts } = loader();
  const cause = new Error('lost');
  const first = init('https://user:word@example.org/x.wasm?key=1#part');
  attempts[0].reject(cause);
  await assert.rejects(first, (error) => {
    assert.deepEqual([error.code, error.cause], ['initFailed', cause]);
    assert.equal(error.message, 'the WebAssembly module could not be loaded from `https://example.org/x.wasm`');
    return true;
  });
  assert.throws(() => loaded(), { code: 'notInitialized' });
  const second = init();
  assert.equal(attempts.length, 2);
  attempts[1].resolve();
  await second;
  assert.equal(loaded(), core);
});

test('another source after success is a conflict; none is the one that is loaded', async () => {
  const { init, attempts } = loader();
  const bytes = new Uint8Array(8);
  const first = init(bytes);
  attempts[0].resolve();
  await first;
  await init();
  await init(bytes);
  for (const other of [new Uint8Array(8), here, here.href]) await assert.rejects(init(other), { code: 'initConflict' });
  assert.equal(attempts.length, 1);
});

test('another source while one is loading: a conflict if that succeeds, its turn if that fails', async () => {
  const { init, attempts } = loader();
  const first = init();
  const other = init('/other.wasm');
  attempts[0].reject(new Error('lost'));
  await assert.rejects(first, { code: 'initFailed' });
  await new Promise(setImmediate);
  assert.equal(attempts[1].source, '/other.wasm');
  const third = init(here);
  attempts[1].resolve();
  await other;
  await assert.rejects(third, { code: 'initConflict' });
});

const path = fileURLToPath(new URL('../../pkg/wasm/hash_bg.wasm', import.meta.url));
const bytes = readFileSync(path);
const isHash = (module) => WebAssembly.Module.exports(module).some((one) => one.name === 'beginVerify');

test('every kind of source', async () => {
  const type = { headers: { 'content-type': 'application/wasm' } };
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  const padded = new Uint8Array(bytes.length + 5);
  padded.set(bytes, 3);
  const module = new WebAssembly.Module(bytes);
  const data = `data:application/wasm;base64,${bytes.toString('base64')}`;
  const sources = {
    module,
    bytes: bytes,
    'an ArrayBuffer': new Uint8Array(bytes).buffer,
    'a view of a part': padded.subarray(3, 3 + bytes.length),
    'a DataView': new DataView(padded.buffer, 3, bytes.length),
    'shared bytes': shared,
    'a Response': () => new Response(bytes, type),
    'a Response of another media type': () => new Response(bytes),
    'a data URL': data,
    'a URL': new URL(data),
  };
  for (const [name, source] of Object.entries(sources)) {
    for (const how of [compile, compileNode]) {
      assert.ok(isHash(await how(typeof source === 'function' ? source() : source)), `${name}, ${how.name}`);
    }
  }
  assert.equal(await compile(module), module);
  for (const source of [path, pathToFileURL(path), pathToFileURL(path).href])
    assert.ok(isHash(await compileNode(source)));
});

test('what is no source', async () => {
  for (const bad of [null, 5, true, {}, []]) {
    await assert.rejects(compile(bad), { code: 'invalidArgument' });
    await assert.rejects(compileNode(bad), { code: 'invalidArgument' });
  }
  await assert.rejects(compile(new Response('', { status: 404 })), /the server answered 404/);
  await assert.rejects(compileNode('/nowhere/core.wasm'), { code: 'ENOENT' });
  await assert.rejects(compileNode(Uint8Array.of(1, 2, 3)), WebAssembly.CompileError);
});

test('the real one, in a process of its own: importing does nothing, and the fetch stack stays unloaded', () => {
  const code = `
    import { platform } from ${JSON.stringify(new URL('../../pkg/dist/core/platform.node.js', import.meta.url).href)};
    let before; try { platform.core(); } catch (error) { before = error.code; }
    await Promise.all([platform.init(), platform.init()]);
    await platform.init();
    const hasher = platform.createHasher();
    let conflict; try { await platform.init(new Uint8Array(1)); } catch (error) { conflict = error.code; }
    const fetchStack = process.moduleLoadList.some((name) => /undici/.test(name));
    await hasher.close();
    console.log(JSON.stringify([before, typeof platform.core(), conflict, fetchStack]));`;
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8', timeout: 20_000 });
  assert.equal(child.stderr, '');
  assert.deepEqual(JSON.parse(child.stdout), ['notInitialized', 'object', 'initConflict', false]);
});
