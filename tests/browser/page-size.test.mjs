/** What a first visit loads, against its budget. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { brotliCompressSync } from 'node:zlib';
import { launch } from './harness.mjs';
import { newTab, serveStatic, setUp } from './page-help.mjs';

const KB = 1024;

it('loads at most 300 KB brotli at first, of it at most 60 KB of script', async (t) => {
  const browser = await launch();
  t.after(() => browser.close());
  const host = await serveStatic();
  t.after(() => host.close());
  // Without the service worker, which loads the rest in the background.
  const context = await browser.newContext({ serviceWorkers: 'block' });
  const tab = await newTab(context);
  const bodies = new Map();
  tab.on('response', (response) => {
    if (response.ok()) bodies.set(response.url(), response.body());
  });
  await tab.goto(`${host.url}?store=indexeddb:size`);
  await setUp(tab);
  await tab.waitForLoadState('networkidle');
  const sizes = await Promise.all(
    [...bodies].map(async ([url, body]) => ({ url, size: brotliCompressSync(await body).length })),
  );
  const sum = (files) => files.reduce((total, { size }) => total + size, 0);
  const scripts = sizes.filter(({ url }) => url.endsWith('.js'));
  t.diagnostic(`first load ${(sum(sizes) / KB).toFixed(1)} KB brotli, scripts ${(sum(scripts) / KB).toFixed(1)} KB`);
  assert.ok(
    sizes.some(({ url }) => url.endsWith('.wasm')),
    'the core was not seen',
  );
  assert.ok(sum(sizes) <= 300 * KB, `the first load has ${sum(sizes)} bytes`);
  assert.ok(sum(scripts) <= 60 * KB, `its scripts have ${sum(scripts)} bytes`);
});
