// A Chromium: one that is installed, else Debian's. And the other engines, which only the tests of IndexedDB want.

import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { apt } from './apt.mjs';
import { Trouble, ask } from './run.mjs';
import { step } from './step.mjs';

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

/** Browsers that Playwright downloaded for another project, newest first. */
function fromPlaywright() {
  const dir = process.env.PLAYWRIGHT_BROWSERS_PATH ?? join(homedir(), '.cache', 'ms-playwright');
  if (!existsSync(dir)) return [];
  const builds = readdirSync(dir).filter((name) => /^chromium-\d+$/.test(name));
  builds.sort((a, b) => Number(b.slice(9)) - Number(a.slice(9)));
  return builds.flatMap((name) => [
    join(dir, name, 'chrome-linux', 'chrome'),
    join(dir, name, 'chrome-linux64', 'chrome'),
  ]);
}

/** @returns {Promise<string|null>} path of the browser, if one is there */
export async function findBrowser() {
  const named = process.env.CHROMIUM_PATH;
  if (named) {
    if (!existsSync(named)) throw new Trouble(`CHROMIUM_PATH names \`${named}\`, which is not there.`);
    return named;
  }
  const folders = (process.env.PATH ?? '').split(':').concat('/usr/bin', '/snap/bin');
  const places = names.flatMap((name) => folders.filter(Boolean).map((folder) => join(folder, name)));
  return [...places, ...fromPlaywright()].find((path) => existsSync(path)) ?? null;
}

export async function installBrowser() {
  return step('installing Chromium', async () => {
    await apt(['chromium'], 'Install Chromium or Chrome, or set CHROMIUM_PATH to one.');
    const path = await findBrowser();
    if (path === null || (await ask(path, ['--version'])) === null)
      throw new Trouble('Chromium was installed but cannot be run.');
    return path;
  });
}

const onPath = (name) =>
  (process.env.PATH ?? '')
    .split(':')
    .concat('/usr/bin')
    .filter(Boolean)
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));

/** The browser that WebKit's own driver drives; where it is depends on machine and version. */
function miniBrowser() {
  const folders = existsSync('/usr/lib') ? readdirSync('/usr/lib').map((name) => join('/usr/lib', name)) : [];
  const places = folders.flatMap((folder) =>
    ['webkitgtk-6.0', 'webkit2gtk-4.1', 'webkit2gtk-4.0'].map((version) => join(folder, version, 'MiniBrowser')),
  );
  return places.find((path) => existsSync(path));
}

const engines = {
  firefox: { packages: ['firefox-esr'], find: () => ({ path: onPath('firefox-esr') ?? onPath('firefox') }) },
  webkit: {
    packages: ['webkit2gtk-driver', 'xvfb'],
    find: () => ({ driver: onPath('WebKitWebDriver'), browser: miniBrowser(), display: onPath('Xvfb') }),
  },
};

/**
 * Firefox and WebKit as Debian has them; what is missing is installed where that is possible.
 * @returns {Promise<Record<string, object>>} by name: paths, or `{ missing }`, which says why
 */
export async function otherEngines() {
  const found = {};
  for (const [name, { packages, find }] of Object.entries(engines)) {
    const whole = () => (Object.values(find()).every((path) => path !== undefined) ? find() : undefined);
    try {
      if (whole() === undefined) await step(`installing ${name}`, () => apt(packages, 'Its tests are skipped.'));
      found[name] = whole() ?? { missing: `${packages.join(' and ')} bring no ${name} that can be driven` };
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
      found[name] = { missing: error.message };
    }
  }
  return found;
}
