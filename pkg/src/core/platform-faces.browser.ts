import { createBrowserHasher } from '../hash/hasher.browser.js';
import { core, init } from './load-faces.js';
import type { Platform } from './platform.js';

/** Browsers and their workers, with the faces. */
export const platform: Platform = { init, core, createHasher: () => createBrowserHasher() };
