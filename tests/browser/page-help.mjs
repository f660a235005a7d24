/** What the tests of the admin page share: a browser, the two ways to serve the page, and steps through it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, extname, join, normalize } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { bundle } from './harness.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const dist = join(root, 'www/dist');

export const PASSWORD = 'correct horse battery';
export const POLICY =
  "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; base-uri 'none'; object-src 'none'";

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
};

/** A tab whose console errors and broken content policy fail the test at its end, by `tab.quiet()`. */
export async function newTab(context) {
  const tab = await context.newPage();
  tab.setDefaultTimeout(15_000);
  const noise = [];
  tab.on('pageerror', (error) => noise.push(error.stack ?? String(error)));
  tab.on('console', (message) => {
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) noise.push(message.text());
  });
  tab.quiet = () => assert.deepEqual(noise, []);
  return tab;
}

/** Any static host: the built page, and the files of `extra` by path. Says what it was asked for in `asked`. */
export async function serveStatic(extra = new Map()) {
  assert.ok(existsSync(join(dist, 'index.html')), 'the page is not built: npm run build -w www');
  const asked = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
    asked.push(path);
    const file = normalize(join(dist, path === '/' ? 'index.html' : path));
    const body = extra.get(path) ?? (file.startsWith(dist) && existsSync(file) ? readFileSync(file) : null);
    if (body === null) {
      response.writeHead(404).end();
      return;
    }
    response
      .writeHead(200, {
        'content-type': TYPES[extname(path) || '.html'] ?? 'application/octet-stream',
        'content-security-policy': POLICY,
        'cache-control': 'no-cache',
      })
      .end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    asked,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The package's own server, on memory. */
export async function serveDoorward(...options) {
  const cli = join(root, 'pkg/dist/cli.js');
  const child = spawn(process.execPath, [cli, 'serve', '--store', 'memory:', '--port', '0', ...options], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let log = '';
  child.stderr.on('data', (data) => (log += data));
  const lines = createInterface({ input: child.stdout });
  const [line] = await Promise.race([
    once(lines, 'line'),
    once(child, 'exit').then(([code]) => assert.fail(`the server ended with ${code}: ${log}`)),
  ]);
  return {
    url: `${JSON.parse(line).listening}/`,
    close: async () => {
      if (child.exitCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    },
  };
}

/** The package bundled for a browser as a stranger would do it, as files for `serveStatic`; `/entry.js` sets `stranger`. */
export async function bundleStranger() {
  const files = await bundle(new URL('./page-stranger.mjs', import.meta.url));
  return new Map(Object.entries(files).map(([path, content]) => [path, Buffer.from(content)]));
}

// Steps.

export async function setUp(tab, name = 'ann') {
  await tab.getByRole('heading', { name: 'Set up' }).waitFor();
  await tab.getByLabel('Login name').fill(name);
  await tab.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await tab.getByLabel('Password again').fill(PASSWORD);
  await tab.getByRole('button', { name: 'Create administrator' }).click();
  await tab.getByRole('heading', { name: 'Users', level: 1 }).waitFor();
}

export async function logIn(tab, name, password = PASSWORD) {
  await tab.getByRole('heading', { name: 'Log in' }).waitFor();
  await tab.getByLabel('Login name').fill(name);
  await tab.getByLabel('Password', { exact: true }).fill(password);
  await tab.getByRole('button', { name: 'Log in' }).click();
}

export async function signOut(tab) {
  await visit(tab, 'settings');
  await tab.getByRole('button', { name: 'Sign out', exact: true }).click();
  await tab.getByRole('heading', { name: 'Log in' }).waitFor();
}

export async function addUser(tab, name, { password = PASSWORD, displayName = '' } = {}) {
  await visit(tab, 'users');
  await tab.getByRole('button', { name: 'Add user' }).click();
  const dialog = tab.getByRole('dialog');
  await dialog.getByLabel('Login name').fill(name);
  await dialog.getByLabel('Password', { exact: false }).first().fill(password);
  await dialog.getByLabel('Display name').fill(displayName);
  await dialog.getByRole('button', { name: 'Add user' }).click();
  await tab.getByRole('heading', { name, level: 2 }).waitFor();
}

/** Goes to a view by its address, without a load. */
export async function visit(tab, route) {
  await tab.evaluate((hash) => {
    location.hash = hash;
  }, `#/${route}`);
}

/** Waits for the document's title, without the name of the product. */
export async function titled(tab, title) {
  await tab.waitForFunction((wanted) => document.title === wanted, `${title} – Doorward`);
}

/** Waits for a message on the status line. */
export async function told(tab, text) {
  await tab.locator('dw-toast').getByText(text).waitFor();
}

/** The built page is under the service worker's care. */
export async function offlineReady(tab) {
  await tab.evaluate(async () => {
    const { active } = await navigator.serviceWorker.ready;
    if (active?.state !== 'activated') await new Promise((done) => active?.addEventListener('statechange', done));
  });
}
