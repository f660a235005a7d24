// The contract suite on IndexedDB in a real browser, with two pages on one database, and what only a browser can do to it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bundle, launch, serve } from './harness.mjs';

let browser;
let server;
let context;
let page;
let other;

before(async () => {
  server = await serve(await bundle(new URL('harness-stores.mjs', import.meta.url)));
  browser = await launch();
  context = await browser.newContext();
  [page, other] = [await openPage(), await openPage()];
  const borrowed = page.evaluate(() => globalThis.harness.borrowStores());
  await page.waitForFunction(() => globalThis.harness !== undefined);
  await other.evaluate(() => globalThis.harness.lendStores());
  await borrowed;
});

after(async () => {
  await browser?.close();
  await server?.close();
});

async function openPage() {
  const page = await context.newPage();
  await page.goto(server.url);
  await page.waitForFunction(() => globalThis.harness !== undefined);
  return page;
}

test('the contract suite, between two tabs', async (t) => {
  const names = await page.evaluate(() => globalThis.harness.caseNames);
  assert.ok(names.length > 30);
  for (const [index, name] of names.entries()) {
    await t.test(`indexeddb: ${name}`, async (t) => {
      const result = await page.evaluate((at) => globalThis.harness.runCase(at), index);
      if (result.skipped) t.skip(result.skipped);
      assert.equal(result.failed, undefined);
    });
  }
});

test('random commits and reads agree with the model, between two tabs', async () => {
  await page.evaluate(() => globalThis.harness.checkAgainstModel(40));
});
