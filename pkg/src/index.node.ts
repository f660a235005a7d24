/** Doorward in Node. Importing does nothing; `open` loads what it needs. */
import { entryOver } from './core/entry.js';
import { platform } from './core/platform.node.js';

export * from './exports.js';

export const { init, open } = /* @__PURE__ */ entryOver(platform);
