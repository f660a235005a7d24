import { createBrowserHasher } from '../hash/hasher.browser.js';
import { core, init } from './load.js';
import type { Platform } from './platform.js';

/** Browsers, their workers, and what bundlers make for them. */
export const platform: Platform = { init, core, createHasher: () => createBrowserHasher() };
