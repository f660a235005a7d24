// Pages race for the names of users on one IndexedDB database, as processes do on the other stores.
import { test } from 'node:test';
import { userRaceTime } from '../servers/lengths.mjs';
import { judge } from '../servers/race-verdict.mjs';
import { bundle, launch, serve } from './harness.mjs';

const racers = 8;

test(`indexeddb: ${racers} pages race for the same names`, { timeout: 140_000 }, async (t) => {
  const server = await serve(await bundle(new URL('harness-users.mjs', import.meta.url)));
  t.after(() => server.close());
  const browser = await launch();
  t.after(() => browser.close());
  const context = await browser.newContext();
  const pages = await Promise.all(Array.from({ length: racers }, () => context.newPage()));
  for (const page of pages) {
    await page.goto(server.url);
    await page.waitForFunction(() => globalThis.harness !== undefined);
  }
  const done = await Promise.all(
    pages.map((page, at) =>
      page.evaluate((options) => globalThis.harness.race(options), { seed: String(at), time: userRaceTime }),
    ),
  );
  judge(done.flat(), await pages[0].evaluate(() => globalThis.harness.after()));
});
