import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { command, nodeTests, sum } from '../lib/gate.mjs';
import { filesBelow } from '../lib/files.mjs';
import { inRoot } from '../lib/paths.mjs';
import { otherEngines } from '../lib/browser.mjs';
import { browser } from '../toolchain.mjs';

const tsc = inRoot('node_modules/.bin/tsc');
const testFiles = (dir) => filesBelow([dir], (path) => path.endsWith('.test.mjs'));

export const types = {
  name: 'types',
  title: 'types of the package, the page and the tests (tsc)',
  quick: true,
  needs: ['build'],
  run: async () => {
    const projects = ['pkg', 'www', 'tests'].filter((dir) => existsSync(inRoot(dir, 'tsconfig.json')));
    return sum(await Promise.all(projects.map((dir) => command(tsc, ['-p', dir, '--noEmit']))));
  },
};

export const tidy = {
  name: 'tidy',
  title: 'tidiness of the tree, and the build scripts',
  quick: true,
  run: () => nodeTests(['tests/tidy.test.mjs', ...testFiles('tests/scripts')]),
};

const counting = (handle) => {
  let done = 0;
  return (line) => {
    if (/^\s*[✔✖] /.test(line)) handle.progress(`${++done} tests`);
  };
};

const isUpstream = (path) => path.endsWith('-upstream.test.mjs');

/** Each of them starts the command dozens of times; a quick run does with `cli.test.mjs`. */
const isLong = (path) => /\/(?:cli-\w+|\w+-import)\.test\.mjs$/.test(path);

export const node = {
  name: 'node',
  title: 'tests in Node',
  quick: true,
  needs: ['build'],
  run: async ({ quick }, handle) => {
    const files = testFiles('tests/node').filter((path) => !isUpstream(path) && !(quick && isLong(path)));
    const result = await nodeTests(files, {
      // Several of them wait for most of their time.
      concurrency: availableParallelism() + 1,
      onLine: counting(handle),
      env: quick ? { DOORWARD_QUICK: '1' } : {},
    });
    return quick ? { ...result, note: 'without those of imports, backups, copies, checks and world files' } : result;
  },
};

/** Whether the vectors are right is asked of the original, which takes a minute or two; not of Doorward. */
export const upstream = {
  name: 'upstream',
  title: 'vectors against the servers they describe',
  needs: ['build'],
  // The first run installs them, and a test waits for its turn within its time.
  run: (_, handle) =>
    nodeTests(testFiles('tests/node').filter(isUpstream), {
      concurrency: 1,
      timeout: 900_000,
      onLine: counting(handle),
    }),
};

/** Hours instead of seconds: `npm run soak`. */
const soak = process.env.DOORWARD_SOAK === '1';

export const servers = {
  name: 'servers',
  title: 'stores on servers of their own, races and faults',
  needs: ['build'],
  run: (_, handle) =>
    nodeTests(testFiles('tests/servers'), { timeout: soak ? 14_400_000 : 300_000, onLine: counting(handle) }),
};

const isStores = (path) => /\/stores[^/]*$/.test(path);

/** In turn, whatever the browsers are good for: a page that waits for a core says nothing of itself. */
const inBrowsers = async (wanted, handle) =>
  nodeTests(testFiles('tests/browser').filter(wanted), {
    env: { CHROMIUM_PATH: await browser(), DOORWARD_ENGINES: JSON.stringify(await otherEngines()) },
    concurrency: 1,
    timeout: soak ? 14_400_000 : undefined,
    onLine: counting(handle),
  });

export const browserStores = {
  name: 'indexeddb',
  title: 'stores in Chromium, Firefox and WebKit',
  needs: ['build', 'browser'],
  run: (_, handle) => inBrowsers((path) => isStores(path) && (!soak || path.endsWith('-kill.test.mjs')), handle),
};

export const inBrowser = {
  name: 'browser',
  title: 'the page and the door in Chromium',
  needs: ['build', 'browser'],
  run: (_, handle) => inBrowsers((path) => !isStores(path), handle),
};

export const packaging = {
  name: 'packaging',
  title: "the packed package in strangers' projects",
  needs: ['build', 'browser'],
  run: async (_, handle) =>
    nodeTests(testFiles('tests/packaging'), {
      env: { CHROMIUM_PATH: await browser() },
      concurrency: 1,
      timeout: 600_000,
      onLine: counting(handle),
    }),
};
