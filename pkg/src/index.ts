/** Doorward in browsers, workers and bundlers. Importing does nothing; `open` loads what it needs. */
import { entryOver } from './core/entry.js';
import { platform } from './core/platform.browser.js';

export * from './exports.js';

export const { init, open } = /* @__PURE__ */ entryOver(platform);
