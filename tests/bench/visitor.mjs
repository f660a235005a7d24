/** The page of www/bench, as a visitor opens it, in Chromium. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { launch, serve } from '../browser/harness.mjs';

const configFile = fileURLToPath(new URL('../../www/bench/vite.config.ts', import.meta.url));

/** The page and what it loads, by path. */
async function files() {
  const { output } = await build({ configFile, logLevel: 'error', build: { write: false } });
  const all = Object.fromEntries(output.map((file) => [`/${file.fileName}`, file.code ?? file.source]));
  return { ...all, '/': all['/index.html'] };
}

const units = { ns: 1e-6, µs: 1e-3, ms: 1 };

/** The rows of a table of the page. */
const rowsOf = async (page, id) => {
  const cells = await page.$$eval(`#${id} tbody tr`, (rows) =>
    rows.map((row) => Array.from(row.cells, (cell) => cell.textContent)),
  );
  return cells.map(([name, time, ratio]) => {
    const [number, unit] = time.split(' ');
    const value = Number(number) * units[unit];
    return { name, median: value, lowest: value, ratio: Number(ratio.split(' ')[0]) };
  });
};

export const visitor = {
  name: 'visitor',
  title: 'the page of www/bench (Chromium)',
  async run() {
    const server = await serve(await files());
    const browser = await launch();
    try {
      const page = await browser.newPage();
      page.setDefaultTimeout(300_000);
      await page.goto(server.url);
      // By the keyboard, as somebody without a mouse does.
      await page.locator('#start').focus();
      await page.keyboard.press('Enter');
      await page.waitForSelector('html[data-measured]');
      assert.match(await page.textContent('#status'), /^Done\./);
      // What a visitor sees, in both colour schemes.
      await page.evaluate(readFileSync(fileURLToPath(import.meta.resolve('axe-core')), 'utf8'));
      for (const colorScheme of ['light', 'dark']) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        const { violations } = await page.evaluate(() => globalThis.axe.run());
        assert.deepEqual(
          violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`),
          [],
        );
      }
      const hash = await rowsOf(page, 'hash');
      const checks = await rowsOf(page, 'checks');
      assert.ok(hash.length >= 6 && checks.length === 4);
      return [
        { id: 'visitor-hash', title: 'Argon2id in the page, Chromium', unit: 'hash', rows: hash },
        { id: 'visitor-checks', title: 'checks in the page, Chromium', unit: 'check', rows: checks },
      ];
    } finally {
      await browser.close();
      await server.close();
    }
  },
};
