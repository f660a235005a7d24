/**
 * Doorward with the protocol faces, in browsers, workers and bundlers: the same `open`, whose doors answer `handle`.
 * Importing does nothing; `open` loads what it needs.
 */
import { entryOver } from './core/entry.js';
import { platform } from './core/platform-faces.browser.js';

export * from './exports.js';
export {
  serviceWorkerHandler,
  type ServiceWorkerHandler,
  type ServiceWorkerOptions,
  type WorkerCookies,
} from './core/service-worker.js';

export const { init, open } = /* @__PURE__ */ entryOver(platform);
