// The contract suite on IndexedDB in Firefox and in WebKit, between two tabs, as `stores.test.mjs` has it in Chromium.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bundle, serve } from './harness.mjs';
import { firefox, webkit } from './engines.mjs';

/** What the gate has found or installed, by name; otherwise why not. */
const found = JSON.parse(process.env.DOORWARD_ENGINES ?? '{}');
const missing = (name) =>
  found[name]?.missing ?? (found[name] === undefined ? 'not looked for: run `npm test`' : false);

const engines = {
  firefox: () => firefox(found.firefox.path),
  webkit: () => webkit(found.webkit),
};

for (const [name, launch] of Object.entries(engines)) {
  test(`the contract suite in ${name}, between two tabs`, { skip: missing(name), timeout: 240_000 }, async (t) => {
    const server = await serve(await bundle(new URL('harness-stores.mjs', import.meta.url)));
    t.after(() => server.close());
    const engine = await launch();
    t.after(() => engine.close());
    const open = async () => {
      const page = await engine.page(server.url);
      // The modules of a page are run before it counts as loaded.
      assert.equal(await page(`globalThis.harness !== undefined`), true);
      return page;
    };
    const [page, other] = [await open(), await open()];
    await page(`void (globalThis.borrowed = globalThis.harness.borrowStores())`);
    await other(`void globalThis.harness.lendStores()`);
    await page(`globalThis.borrowed.then(() => null)`);
    const names = await page(`globalThis.harness.caseNames`);
    assert.ok(names.length > 30);
    for (const [index, title] of names.entries()) {
      await t.test(`indexeddb in ${name}: ${title}`, async (t) => {
        const result = await page(`globalThis.harness.runCase(${index})`);
        if (result.skipped) t.skip(result.skipped);
        assert.equal(result.failed, undefined);
      });
    }
    await t.test(`random commits and reads agree with the model in ${name}`, async () => {
      await page(`globalThis.harness.checkAgainstModel(15).then(() => null)`);
    });
  });
}
