// kill -9 of the browser itself: what IndexedDB's store acknowledged is there when it is started again.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { kills } from '../servers/lengths.mjs';
import { browserArguments, browserPath, bundle, serve } from './harness.mjs';

let server;
let profile;

before(async () => {
  server = await serve(await bundle(new URL('harness-stores.mjs', import.meta.url)));
  profile = mkdtempSync(join(tmpdir(), 'doorward-browser-'));
});

after(async () => {
  await server?.close();
  rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
});

/** A browser of our own on the profile, with a process to kill. */
async function start() {
  const flags = ['--headless=new', '--remote-debugging-port=0', `--user-data-dir=${profile}`, ...browserArguments];
  const child = spawn(browserPath(), [...flags, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  const ended = once(child, 'exit');
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (data) => (text += data));
  const address = () => /DevTools listening on (ws:\S+)/.exec(text)?.[1];
  for (const until = Date.now() + 30_000; address() === undefined; await sleep(20)) {
    assert.ok(Date.now() < until && child.exitCode === null, `the browser did not start: ${text}`);
  }
  const browser = await chromium.connectOverCDP(address());
  const page = await browser.contexts()[0].newPage();
  await page.goto(server.url);
  await page.waitForFunction(() => globalThis.harness !== undefined);
  return {
    page,
    async kill() {
      // With everything it has started.
      process.kill(-child.pid, 'SIGKILL');
      await ended;
      await browser.close().catch(() => undefined);
    },
  };
}

/**
 * Did the browser throw the whole site's storage away as it started? Chromium does, in one of a hundred kills or so, where
 * what it keeps about storage was cut short; nothing below a page can hinder it. Its own log of the new database says so.
 */
function thrownAway() {
  const folder = join(profile, 'Default', 'IndexedDB');
  const logs = readdirSync(folder).filter((name) => name.endsWith('.leveldb'));
  return logs.some((name) => readFileSync(join(folder, name, 'LOG'), 'utf8').includes('since it was missing'));
}

/** The page writes three keys a commit, in a few lanes, until it is no more. */
const write = (writer) => {
  const store = globalThis.harness.store('killed', { durability: 'strict' });
  const lane = async (number) => {
    for (let round = 0; ; round += 1) {
      const id = `${writer}-${number}-${round}`;
      const mutations = ['a', 'b', 'c'].map((part) => ({ set: ['acknowledged', id, part], value: '1' }));
      if ((await store.commit({ checks: [], mutations })).ok) globalThis.said(id);
    }
  };
  for (let number = 0; number < 3; number += 1) void lane(number);
};

const all = async () => {
  const store = globalThis.harness.store('killed');
  const found = [];
  for (;;) {
    const after = found.at(-1);
    const { ranges } = await store.read([{ prefix: ['acknowledged'], ...(after && { after }) }]);
    found.push(...ranges[0].map(({ key }) => key));
    if (ranges[0].length < 1000) break;
  }
  await store.close();
  return found.map(([, id]) => id);
};

test(
  `indexeddb: ${kills} times kill -9 of the browser loses and tears nothing`,
  { timeout: 60_000 + kills * 15_000 },
  async (t) => {
    let acknowledged = [];
    let begunAnew = 0;
    let found = 0;
    for (let round = 0; round <= kills; round += 1) {
      const { page, kill } = await start();
      try {
        const parts = new Map();
        for (const id of await page.evaluate(all)) parts.set(id, (parts.get(id) ?? 0) + 1);
        if (acknowledged.length > 0 && parts.size === 0 && thrownAway()) {
          begunAnew += 1;
          acknowledged = [];
          t.diagnostic(`the browser threw the storage of the site away after kill ${round}`);
        }
        for (const id of acknowledged) {
          assert.equal(parts.get(id), 3, `${id} was acknowledged before kill ${round}; ${parts.size} are there`);
        }
        found += acknowledged.length;
        for (const [id, count] of parts) assert.equal(count, 3, `${id} is torn`);
        if (round === kills) break;
        const before = acknowledged.length;
        await page.exposeFunction('said', (id) => void acknowledged.push(id));
        await page.evaluate(write, String(round));
        for (const until = Date.now() + 15_000; acknowledged.length === before; await sleep(2)) {
          assert.ok(Date.now() < until, 'the page writes');
        }
        await sleep(Math.random() * 60);
      } finally {
        await kill();
      }
    }
    assert.ok(begunAnew <= Math.ceil(kills / 10), 'the browser loses all too often for this to show anything');
    assert.ok(found > 0);
  },
);
