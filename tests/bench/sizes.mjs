/** Sizes as a browser would load them: brotli at its best. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { brotliCompressSync } from 'node:zlib';
import { launch } from '../browser/harness.mjs';
import { newTab, serveStatic, setUp } from '../browser/page-help.mjs';

const file = (path) => readFileSync(new URL(`../../${path}`, import.meta.url));
const brotli = (bytes) => brotliCompressSync(bytes).length;

/** What the admin page loads until an administrator is set up and the list of users is shown. */
async function firstLoad() {
  const browser = await launch();
  const host = await serveStatic();
  try {
    // Without the service worker, which fetches the rest ahead of time.
    const context = await browser.newContext({ serviceWorkers: 'block' });
    const tab = await newTab(context);
    const bodies = [];
    tab.on('response', (response) => response.ok() && bodies.push(response.body()));
    await tab.goto(`${host.url}?store=indexeddb:bench`);
    await setUp(tab);
    await tab.waitForLoadState('networkidle');
    const all = await Promise.all(bodies);
    assert.ok(all.length > 2, 'the page loaded next to nothing');
    return all.reduce((total, body) => total + brotli(body), 0);
  } finally {
    await browser.close();
    await host.close();
  }
}

export const sizes = {
  name: 'sizes',
  title: 'sizes, brotli',
  async run() {
    const row = (name, bytes) => ({ name, bytes });
    const rows = [
      row('core_bg.wasm', brotli(file('pkg/wasm/core_bg.wasm'))),
      row('faces_bg.wasm', brotli(file('pkg/wasm/faces_bg.wasm'))),
      row('hash_bg.wasm', brotli(file('pkg/wasm/hash_bg.wasm'))),
      row('hash_scalar_bg.wasm', brotli(file('pkg/wasm/hash_scalar_bg.wasm'))),
      row('imported_bg.wasm', brotli(file('pkg/wasm/imported_bg.wasm'))),
      row('admin page, first load with set-up', await firstLoad()),
    ];
    return [{ id: 'sizes', title: 'sizes, brotli', unit: 'bytes', rows }];
  },
};
