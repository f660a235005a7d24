/** The page of www/bench, as a visitor opens it: in Chromium, and in Firefox where it is installed. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { launch, serve } from '../browser/harness.mjs';
import { load } from './peers.mjs';

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

/** Firefox as it is installed, by WebDriver BiDi; nothing where there is none. */
async function firefox() {
  const path = process.env.FIREFOX_PATH ?? '/usr/bin/firefox-esr';
  if (!existsSync(path)) return undefined;
  const { default: puppeteer } = await load('puppeteer-core');
  return puppeteer.launch({ browser: 'firefox', executablePath: path, headless: true });
}

/** The rows of one browser, after its answers were compared and the page was looked at in both schemes. */
async function measured(browser, url, scheme) {
  const page = await browser.newPage();
  page.setDefaultTimeout(300_000);
  await page.goto(url);
  // By the keyboard, as somebody without a mouse does.
  await page.focus('#start');
  await page.keyboard.press('Enter');
  await page.waitForSelector('html[data-measured]');
  assert.match(await page.$eval('#status', (status) => status.textContent), /^Done\./);
  await page.evaluate(readFileSync(fileURLToPath(import.meta.resolve('axe-core')), 'utf8'));
  for (const colorScheme of ['light', 'dark']) {
    await scheme(page, colorScheme);
    const { violations } = await page.evaluate(() => globalThis.axe.run());
    assert.deepEqual(
      violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`),
      [],
    );
  }
  const hash = await rowsOf(page, 'hash');
  const checks = await rowsOf(page, 'checks');
  assert.ok(hash.length >= 6 && checks.length === 4);
  return { hash, checks };
}

export const visitor = {
  name: 'visitor',
  title: 'the page of www/bench',
  async run({ progress }) {
    const server = await serve(await files());
    const tables = [];
    const browsers = {
      Chromium: [launch, (page, colorScheme) => page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })],
      // It cannot be told a scheme over this protocol; what it has is looked at.
      Firefox: [firefox, async () => {}],
    };
    try {
      for (const [name, [start, scheme]] of Object.entries(browsers)) {
        progress(name);
        const browser = await start();
        if (browser === undefined) {
          process.stderr.write(`not measured: ${name}, which is not installed\n`);
          continue;
        }
        try {
          const { hash, checks } = await measured(browser, server.url, scheme);
          const id = name.toLowerCase();
          tables.push(
            { id: `visitor-hash-${id}`, title: `Argon2id in a page, ${name}`, unit: 'hash', rows: hash },
            { id: `visitor-checks-${id}`, title: `checks in a page, ${name}`, unit: 'check', rows: checks },
          );
        } finally {
          await browser.close();
        }
      }
      return tables;
    } finally {
      await server.close();
    }
  },
};
