/** In Chromium: pages of users out of IndexedDB, and how long a log-in blocks the page. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { memory } from 'doorward/stores/memory';
import { bundle, launch, serve } from '../browser/harness.mjs';
import { entries, pageSize } from './listing.mjs';
import { median } from './measure.mjs';
import { few, shown } from './pages.mjs';
import { address } from './peers.mjs';

const entry = new URL('browser-page.mjs', import.meta.url);
/** Batches in one file that the page fetches. */
const batchesPerChunk = 20;
/** Traces of log-ins; one alone also shows what else the machine did. */
const runs = 3;

/** The files that hold a population, for the page to fetch. */
async function chunksOf(crowd) {
  const files = [];
  let batches = [];
  const cut = () => {
    if (batches.length > 0) files.push(JSON.stringify(batches));
    batches = [];
  };
  for await (const batch of entries(memory({ data: crowd.data }))) {
    if (batches.push(batch) === batchesPerChunk) cut();
  }
  cut();
  return files;
}

async function withPage(files, work) {
  const server = await serve(files);
  const browser = await launch();
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(0);
    await page.goto(server.url);
    await page.waitForFunction(() => 'bench' in globalThis);
    return await work(page, browser);
  } finally {
    await browser.close();
    await server.close();
  }
}

export const indexedDb = {
  name: 'indexeddb',
  title: 'pages of users (IndexedDB in Chromium)',
  async run({ rounds, batch, users: many, populations, progress }) {
    const crowds = [await populations(many), await populations(few)];
    const files = await bundle(entry);
    const chunks = [];
    for (const crowd of crowds) {
      const contents = await chunksOf(crowd);
      contents.forEach((content, at) => (files[`/${crowd.count}/${at}.json`] = content));
      chunks.push(contents.length);
    }
    return withPage(files, async (page) => {
      for (const [at, { count }] of crowds.entries()) {
        progress(`filling IndexedDB with ${shown(count)} users`);
        await page.evaluate(([of, parts]) => globalThis.bench.load(of, parts), [count, chunks[at]]);
      }
      progress('measuring');
      const asked = crowds.map(({ key, count }) => ({ key, count }));
      const rows = await page.evaluate(
        ([all, options]) => globalThis.bench.pages(all, options),
        [asked, { rounds, batch }],
      );
      const title = `page of ${pageSize} users out of ${shown(many)} and ${shown(few)}, IndexedDB in Chromium`;
      return [{ id: 'page-indexeddb', title, unit: 'page', rows }];
    });
  },
};

export const changes = {
  name: 'changes',
  title: 'changes in IndexedDB (Chromium)',
  async run({ rounds, batch }) {
    const dexie = readFileSync(new URL('dist/modern/dexie.mjs', address('dexie')));
    const files = { ...(await bundle(entry)), '/dexie.js': dexie };
    return withPage(files, async (page) => {
      const tables = [];
      for (const durability of ['strict', 'relaxed']) {
        const [single, bulk] = await page.evaluate(
          ([how, options]) => globalThis.bench.changes(how, options),
          [durability, { rounds, batch }],
        );
        const suffix = durability === 'strict' ? '' : '-relaxed';
        tables.push(
          {
            id: `indexeddb-single${suffix}`,
            title: `one change, ${durability}`,
            unit: 'change',
            perSecond: true,
            rows: single,
          },
          {
            id: `indexeddb-bulk${suffix}`,
            title: `500 rows at once, ${durability}`,
            unit: 'row',
            perSecond: true,
            rows: bulk,
          },
        );
      }
      return tables.map((table) => ({ ...table, title: `IndexedDB in Chromium: ${table.title}` }));
    });
  },
};

const mark = 'bench-done';

/**
 * The longest task of the page's main thread, in ms of the thread's own time: on a machine that is busy elsewhere the
 * clock on the wall says more about that. A mark that the page sets tells which thread is its own.
 */
async function longestTask(browser, page, work) {
  const categories = ['disabled-by-default-devtools.timeline', 'blink.user_timing'];
  await browser.startTracing(page, { categories });
  await work();
  await page.evaluate((name) => void performance.mark(name), mark);
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
  const marked = traceEvents.find(({ name }) => name === mark);
  assert.ok(marked, 'the trace did not see the page');
  const tasks = traceEvents.filter(
    ({ name, ph, pid, tid }) => name === 'RunTask' && ph === 'X' && pid === marked.pid && tid === marked.tid,
  );
  assert.ok(
    tasks.some(({ ts, dur }) => ts <= marked.ts && marked.ts <= ts + dur),
    'the trace did not see the tasks of the page',
  );
  return Math.max(...tasks.map(({ tdur }) => tdur)) / 1000;
}

export const blocking = {
  name: 'blocking',
  title: 'how long a log-in blocks the page',
  async run() {
    const files = {
      ...(await bundle(entry)),
      '/hash-wasm.js': readFileSync(new URL('index.esm.min.js', address('hash-wasm'))),
    };
    return withPage(files, async (page, browser) => {
      const ours = [];
      for (let run = 0; run < runs; run++) {
        await page.evaluate(() => globalThis.bench.prepare());
        ours.push(await longestTask(browser, page, () => page.evaluate(() => globalThis.bench.logIn(3))));
      }
      await page.evaluate(async () => {
        globalThis.peer = await import('/hash-wasm.js');
        const cost = { memorySize: 19_456, iterations: 2, parallelism: 1, hashLength: 32, outputType: 'encoded' };
        globalThis.phc = await globalThis.peer.argon2id({ password: 'secret', salt: 'sixteen bytes of', ...cost });
      });
      const verify = () => globalThis.peer.argon2Verify({ password: 'secret', hash: globalThis.phc });
      const theirs = [];
      for (let run = 0; run < runs; run++) {
        theirs.push(await longestTask(browser, page, async () => assert.equal(await page.evaluate(verify), true)));
      }
      const row = (name, samples) => ({
        name,
        median: median(samples),
        lowest: Math.min(...samples),
        ratio: median(samples) / median(ours),
      });
      const rows = [
        row('Doorward, three log-ins, the first worker included', ours),
        row('hash-wasm, one hash', theirs),
      ];
      return [
        { id: 'blocking', title: 'longest task of the page while a log-in hashes (Chromium)', unit: 'task', rows },
      ];
    });
  },
};
