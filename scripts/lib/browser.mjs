// A Chromium: one that is installed, else Debian's.

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
