// The hasher in a real browser: off the page's thread, under content security policies, in a service worker.
// It is internal (the package exports `open`), so the pages import it from the built package by path.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname } from 'node:path';
import test, { after, before } from 'node:test';
import { chromium } from 'playwright-core';

const types = { '.js': 'text/javascript', '.wasm': 'application/wasm' };
const policies = {
  free: '',
  // All that Doorward asks of a policy.
  strict: "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'",
  'no-worker': "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'none'",
  'no-wasm': "default-src 'self'; script-src 'self'",
};
const serviceWorker = `
  import { createBrowserHasher } from './dist/hash/hasher.browser.js';
  self.onmessage = async (event) => {
    const hasher = createBrowserHasher();
    const phc = await hasher.hash('secret', 64, 1, 1);
    event.ports[0].postMessage([typeof Worker, await hasher.verify('secret', phc), await hasher.verify('other', phc)]);
  };`;

/** Each policy has a copy of the package below its name: a worker is under the policy that its own script came with. */
const server = createServer(async (request, response) => {
  const [, policy, path = ''] = /^\/([^/]*)\/(.*)$/.exec(request.url) ?? [];
  if (!(policy in policies)) return response.writeHead(204).end();
  if (policies[policy]) response.setHeader('content-security-policy', policies[policy]);
  if (path === '') return response.setHeader('content-type', 'text/html').end('<!doctype html><title>hash</title>');
  if (path === 'service-worker.js') return response.setHeader('content-type', types['.js']).end(serviceWorker);
  try {
    const body = await readFile(new URL(`../../pkg/${path}`, import.meta.url));
    response.setHeader('content-type', types[extname(path)] ?? 'text/plain').end(body);
  } catch {
    response.writeHead(404).end();
  }
});

const launch = (...more) =>
  chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
      ...more,
    ],
  });

let browser;
let origin;

before(async () => {
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${server.address().port}`;
  browser = await launch();
});

after(async () => {
  await browser?.close();
  server.close();
});

async function open(t, policy = 'free', from = browser) {
  const page = await from.newPage();
  t.after(() => page.close());
  page.said = [];
  page.loaded = [];
  page.on('response', (response) => page.loaded.push(response.url().split('/').at(-1)));
  page.on('console', (message) => page.said.push(message.text()));
  await page.goto(`${origin}/${policy}/`);
  return page;
}

/** Hashes and verifies with the hasher of the page. */
const roundTrip = async () => {
  const { createBrowserHasher } = await import(`${location.href}dist/hash/hasher.browser.js`);
  const hasher = createBrowserHasher();
  try {
    const phc = await hasher.hash('pässwörd', 64, 1, 1);
    return [
      phc.startsWith('$argon2id$v=19$m=64,t=1,p=1$'),
      await hasher.verify('pässwörd', phc),
      await hasher.verify('', phc),
    ];
  } catch (error) {
    return [error.code, String(error.cause)];
  }
};

test('a worker is made with the first password, kept, and dropped when idle', async (t) => {
  const page = await open(t);
  await page.evaluate(async () => {
    const { createBrowserHasher } = await import(`${location.href}dist/hash/hasher.browser.js`);
    globalThis.hasher = createBrowserHasher({ idle: 1500 });
  });
  assert.equal(page.workers().length, 0);
  const dropped = new Promise((resolve) => page.once('worker', (worker) => worker.once('close', resolve)));
  await page.evaluate(() =>
    Promise.all([globalThis.hasher.hash('a', 64, 1, 1), globalThis.hasher.hash('b', 64, 1, 1)]),
  );
  assert.equal(page.workers().length, 1);
  await dropped;
  assert.equal(page.workers().length, 0);
  assert.match(await page.evaluate(() => globalThis.hasher.hash('a', 64, 1, 1)), /^\$argon2id/);
  assert.deepEqual(page.said, []);
});

/**
 * The longest task of a page's main thread, in ms, while it loads the hasher, hashes and verifies. Measured as the
 * thread's own time: on a machine that is busy elsewhere the clock on the wall says more about that.
 */
async function longestTask(page) {
  await browser.startTracing(page, { categories: ['disabled-by-default-devtools.timeline', '__metadata'] });
  await page.evaluate(async () => {
    const { createBrowserHasher } = await import(`${location.href}dist/hash/hasher.browser.js`);
    const hasher = createBrowserHasher();
    const phc = await hasher.hash('correct horse', 19_456, 2, 1);
    await hasher.verify('correct horse', phc);
    await hasher.close();
  });
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
  const threadOf = (event) => `${event.pid}:${event.tid}`;
  const names = traceEvents.filter((event) => event.name === 'thread_name' && event.args.name === 'CrRendererMain');
  const main = new Set(names.map(threadOf));
  const tasks = traceEvents.filter(
    (event) => event.name === 'RunTask' && event.ph === 'X' && main.has(threadOf(event)),
  );
  assert.ok(tasks.length > 0 && tasks.every((task) => typeof task.tdur === 'number'), 'no thread times in the trace');
  return Math.max(...tasks.map((task) => task.tdur)) / 1000;
}

test('a hash of 19 MiB never blocks the page for more than 16 ms', async (t) => {
  const longest = await longestTask(await open(t));
  t.diagnostic(`longest task: ${longest} ms`);
  assert.ok(longest <= 16, `a task of ${longest} ms`);
});

test('the same measurement sees a page that is blocked', async (t) => {
  const page = await open(t);
  await page.evaluate(() => {
    globalThis.Worker = undefined;
    // Without turns in between, slices are one task.
    globalThis.MessageChannel = class {
      port1 = { close() {} };
      port2 = { postMessage: () => this.port1.onmessage() };
    };
  });
  const longest = await longestTask(page);
  assert.ok(longest > 16, `a task of ${longest} ms`);
});

test("a content security policy of 'self' and 'wasm-unsafe-eval' is enough", async (t) => {
  const page = await open(t, 'strict');
  assert.deepEqual(await page.evaluate(roundTrip), [true, true, false]);
  assert.equal(page.workers().length, 1);
  assert.deepEqual(page.said, []);
});

test('where a policy forbids workers it hashes on the page, in slices', async (t) => {
  const page = await open(t, 'no-worker');
  assert.deepEqual(await page.evaluate(roundTrip), [true, true, false]);
  assert.equal(page.workers().length, 0);
  const turns = await page.evaluate(async () => {
    const { createBrowserHasher } = await import(`${location.href}dist/hash/hasher.browser.js`);
    const hasher = createBrowserHasher();
    await hasher.hash('secret', 64, 1, 1);
    let count = 0;
    let done = false;
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      count += 1;
      if (!done) port2.postMessage(0);
    };
    port2.postMessage(0);
    await hasher.hash('secret', 65_536, 3, 1);
    done = true;
    return count;
  });
  assert.ok(turns > 4, `the page had ${turns} turns`);
});

test('an engine without vector instructions loads the other build', async (t) => {
  const asked = [];
  for (const flags of [[], ['--js-flags=--no-enable-sse4-1']]) {
    const other = await launch(...flags);
    t.after(() => other.close());
    const page = await open(t, 'strict', other);
    assert.deepEqual(await page.evaluate(roundTrip), [true, true, false]);
    asked.push(page.loaded.filter((name) => name.endsWith('.wasm')));
  }
  // Elsewhere than on x64 the engine knows no such flag.
  assert.deepEqual(asked, [['hash_bg.wasm'], [process.arch === 'x64' ? 'hash_scalar_bg.wasm' : 'hash_bg.wasm']]);
});

test('where a policy forbids WebAssembly it fails with a code and a cause', async (t) => {
  const page = await open(t, 'no-wasm');
  const [code, cause] = await page.evaluate(roundTrip);
  assert.equal(code, 'hashFailed');
  assert.match(cause, /wasm-unsafe-eval|unsafe-eval/);
});

test('in a service worker, which has no Worker and no dynamic import', async (t) => {
  const page = await open(t);
  const answer = await page.evaluate(async () => {
    await navigator.serviceWorker.register('./service-worker.js', { type: 'module' });
    const { active } = await navigator.serviceWorker.ready;
    const channel = new MessageChannel();
    const heard = new Promise((resolve) => (channel.port1.onmessage = (event) => resolve(event.data)));
    active.postMessage(0, [channel.port2]);
    return heard;
  });
  assert.deepEqual(answer, ['undefined', true, false]);
});

test('the worker that is killed: the next password gets a new one', async (t) => {
  const page = await open(t);
  const result = await page.evaluate(async () => {
    const { createBrowserHasher } = await import(`${location.href}dist/hash/hasher.browser.js`);
    const made = [];
    const RealWorker = Worker;
    globalThis.Worker = class extends RealWorker {
      constructor(...args) {
        super(...args);
        made.push(this);
      }
    };
    const hasher = createBrowserHasher();
    const phc = await hasher.hash('secret', 64, 1, 1);
    const job = hasher.hash('secret', 65_536, 3, 1);
    made[0].dispatchEvent(new ErrorEvent('error', { cancelable: true }));
    const again = await job;
    return [phc.length > 0, await hasher.verify('secret', again), made.length];
  });
  assert.deepEqual(result, [true, true, 2]);
});
