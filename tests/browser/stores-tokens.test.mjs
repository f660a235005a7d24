// Names of access tokens are one's own once, also where two pages race for them on one IndexedDB database.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bundle, launch, serve } from './harness.mjs';

let browser;
let server;
let pages;

before(async () => {
  server = await serve(await bundle(new URL('harness-tokens.mjs', import.meta.url)));
  browser = await launch();
  const context = await browser.newContext();
  pages = [await context.newPage(), await context.newPage()];
  for (const page of pages) {
    await page.goto(server.url);
    await page.waitForFunction(() => globalThis.harness !== undefined);
  }
});

after(async () => {
  await browser?.close();
  await server?.close();
});

test('indexeddb: two pages race for the names of access tokens', async () => {
  const [page] = pages;
  await page.evaluate(() => globalThis.harness.setUp());
  const reports = await Promise.all(pages.map((page) => page.evaluate(() => globalThis.harness.race(3000))));
  const made = reports.flatMap(({ made }) => made);
  const revoked = new Set(reports.flatMap(({ revoked }) => revoked));
  assert.ok(made.length > 10, `${made.length} were made`);
  assert.ok(
    reports.every(({ refused }) => refused > 0),
    'names were refused in both: it was a race',
  );
  for (const who of ['ann', 'bob']) {
    const tokens = await page.evaluate((who) => globalThis.harness.list(who), who);
    assert.equal(new Set(tokens.map(({ name }) => name)).size, tokens.length, `${who}: one of a name`);
    const left = made.filter((token) => token.who === who && !revoked.has(token.id)).map(({ id }) => id);
    assert.deepEqual(tokens.map(({ id }) => id).sort(), left.sort(), who);
  }
});
