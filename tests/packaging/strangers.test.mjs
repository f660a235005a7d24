// The packed package in projects that know nothing of this tree: installed, built, run, and asked for results.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { chromium } from 'playwright-core';
import {
  copyProject,
  install,
  must,
  pack,
  removeFolders,
  root,
  run,
  serve,
  startProgram,
  temporaryFolder,
} from './support.mjs';

const version = JSON.parse(readFileSync(join(root, 'pkg', 'package.json'), 'utf8')).version;
const tool = (...parts) => join(root, 'node_modules', ...parts);

let dir;
before(async () => {
  dir = temporaryFolder();
  const { file } = await pack(temporaryFolder());
  await install(dir, file);
});
after(removeFolders);

describe('a Node program', () => {
  const seen = {
    can: true,
    admin: false,
    refused: 'denied',
    me: 'bob',
    users: ['ann', 'bob'],
    closed: 'storeClosed',
  };

  test('runs on the memory store', async () => {
    const project = copyProject('node-esm', dir);
    const { stdout } = await must(process.execPath, ['main.mjs', 'memory'], { cwd: project });
    assert.deepEqual(JSON.parse(stdout), { needsSetup: true, ...seen });
  });

  test('finds its users again on the LMDB store', async () => {
    const project = copyProject('node-esm', dir);
    const store = join(temporaryFolder(), 'doors.lmdb');
    const first = await must(process.execPath, ['main.mjs', 'lmdb', store], { cwd: project });
    assert.deepEqual(JSON.parse(first.stdout), { needsSetup: true, ...seen });
    const second = await must(process.execPath, ['main.mjs', 'lmdb', store], { cwd: project });
    assert.deepEqual(JSON.parse(second.stdout), { needsSetup: false, ...seen });
  });

  test('imports without a side effect: no output, no handle that keeps the process', async () => {
    const script =
      "await import('doorward'); await import('doorward/stores/lmdb'); await import('doorward/remote'); await import('doorward/octoprint'); await import('doorward/vrm');";
    const started = Date.now();
    const result = await must(process.execPath, ['--input-type=module', '-e', script], { cwd: dir });
    assert.equal(result.stdout + result.stderr, '');
    assert.ok(Date.now() - started < 10_000);
  });

  test('cannot reach what is not exported', async () => {
    const script =
      "await import('doorward/dist/core/host.js').then(() => process.exit(3), (e) => console.log(e.code));";
    const { stdout } = await must(process.execPath, ['--input-type=module', '-e', script], { cwd: dir });
    assert.equal(stdout.trim(), 'ERR_PACKAGE_PATH_NOT_EXPORTED');
  });
});

describe('a page built by Vite', () => {
  let [server, browser, page, built] = [];
  const complaints = [];

  before(async () => {
    const project = copyProject('vite-page', dir);
    await must(process.execPath, [tool('vite', 'bin', 'vite.js'), 'build'], {
      cwd: project,
      env: { NODE_ENV: undefined },
    });
    built = join(project, 'dist');
    server = await serve(built);
    const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'];
    args.push('--disable-background-networking', '--disable-component-update');
    browser = await chromium.launch({ executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium', args });
    page = await browser.newPage();
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(server.url);
  });
  after(async () => {
    await browser?.close();
    await server?.close();
  });

  test('works on IndexedDB and finds its users again after a reload', async () => {
    const seen = { can: true, admin: false, refused: 'denied' };
    assert.deepEqual(await page.evaluate('inPage()'), { first: true, ...seen });
    await page.reload();
    assert.deepEqual(await page.evaluate('inPage()'), { first: false, ...seen });
  });

  test('works in a web worker', async () => {
    assert.deepEqual(await page.evaluate('inWorker()'), { name: 'worker', admin: true });
  });

  test('works in a service worker', async () => {
    assert.deepEqual(await page.evaluate('inServiceWorker()'), { name: 'service', admin: true });
  });

  test('carries each binary once, and nothing for Node', () => {
    const names = readdirSync(join(built, 'assets'));
    const binaries = names.filter((name) => name.endsWith('.wasm')).map((name) => name.replace(/-.*$/, ''));
    assert.deepEqual(binaries.sort(), ['core_bg', 'hash_bg', 'hash_scalar_bg', 'imported_bg']);
    for (const name of names.filter((name) => name.endsWith('.js'))) {
      const text = readFileSync(join(built, 'assets', name), 'utf8');
      assert.ok(!/node:(?:fs|worker_threads)|\blmdb\b/.test(text), `${name} carries code for Node`);
    }
  });

  test('makes no complaint and asks for nothing that is not there', () => {
    assert.deepEqual(complaints, []);
    const missing = server.asked.filter(
      (path) => !['/', '/favicon.ico', '/who-am-i'].includes(path) && !existsSync(join(built, path)),
    );
    assert.deepEqual(missing, []);
  });
});

describe('a strict TypeScript consumer', () => {
  const compile = async (name, options) => {
    const project = copyProject('strict-types', dir);
    const compilerOptions = {
      target: 'ES2022',
      lib: ['ES2022', 'DOM'],
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      noEmit: true,
      types: [],
      ...options,
    };
    writeFileSync(join(project, `tsconfig.${name}.json`), JSON.stringify({ compilerOptions, files: ['consumer.ts'] }));
    return run(tool('.bin', 'tsc'), ['-p', `tsconfig.${name}.json`], { cwd: project });
  };

  for (const [name, options] of [
    ['NodeNext', { module: 'NodeNext', moduleResolution: 'NodeNext' }],
    ['Bundler', { module: 'ESNext', moduleResolution: 'Bundler' }],
  ]) {
    test(`compiles with the resolution ${name}, declarations of libraries included`, async () => {
      const result = await compile(name, { ...options, skipLibCheck: false });
      assert.equal(result.stdout + result.stderr, '');
      assert.equal(result.code, 0);
    });
  }
});

describe('the command', () => {
  const npx = (args, options) => run('npx', ['--no-install', 'doorward', ...args], { cwd: dir, ...options });

  test('says its version', async () => {
    const { code, stdout } = await npx(['--version']);
    assert.equal(stdout.trim(), version);
    assert.equal(code, 0);
  });

  test('sets up a store and lists its users', async () => {
    const store = `lmdb:${join(temporaryFolder(), 'doors.lmdb')}`;
    const env = { DOORWARD_PASSWORD: 'correct horse battery' };
    const made = await npx(['setup', 'ann', '--store', store, '--json'], { env });
    assert.equal(made.code, 0, made.stderr);
    assert.equal(JSON.parse(made.stdout).name, 'ann');
    const listed = await npx(['users', 'list', '--store', store, '--json']);
    assert.equal(listed.code, 0, listed.stderr);
    assert.deepEqual(
      JSON.parse(listed.stdout).users.map(({ name }) => name),
      ['ann'],
    );
    const again = await npx(['setup', 'eve', '--store', store, '--json'], { env });
    assert.equal(again.code, 1);
    assert.equal((await npx(['no-such-command'])).code, 2);
  });

  test('serves the page and stops on SIGTERM', async () => {
    const cli = join(dir, 'node_modules', 'doorward', 'dist', 'cli.js');
    const args = [cli, 'serve', '--store', 'memory:', '--port', '0'];
    const server = await startProgram(process.execPath, args, { cwd: dir });
    const { listening } = JSON.parse(server.line);
    const response = await fetch(listening);
    assert.equal(response.status, 200);
    const html = await response.text();
    assert.match(html, /<script[^>]+type="module"/);
    const script = /<script[^>]+src="([^"]+)"/.exec(html)[1];
    assert.equal((await fetch(new URL(script, `${listening}/`))).status, 200);
    server.child.kill('SIGTERM');
    assert.deepEqual(await server.ended, { code: 0, signal: null }, server.stderr());
  });
});
