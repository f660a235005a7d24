/**
 * Doorward with the protocol faces, in Node: the same `open`, whose doors answer `handle`. Importing does nothing; `open`
 * loads what it needs.
 */
import { entryOver } from './core/entry.js';
import { openLocalOn } from './core/local-entry.js';
import { platform } from './core/platform-faces.node.js';

export * from './exports.js';
export {
  serviceWorkerHandler,
  type ServiceWorkerHandler,
  type ServiceWorkerOptions,
  type WorkerCookies,
} from './core/service-worker.js';
export { nodeHandler, type NodeHandler } from './core/node-handler.js';
export type * from './core/local-entry.js';

export const { init, open } = /* @__PURE__ */ entryOver(platform);

export const openLocal = /* @__PURE__ */ openLocalOn(platform);
