/** Doorward in browsers, workers and bundlers. Importing does nothing; `open` loads what it needs. */
import { openOn } from './core/door.js';
import { platform } from './core/platform.browser.js';
import type { InitSource } from './core/platform.js';
import type { Door, OpenOptions } from './types.js';

export * from './exports.js';

/**
 * Loads the WebAssembly module, for those who ship it their own way; `open` does it by itself.
 * @param source URL, string, Response, bytes or WebAssembly.Module; absent: the file beside this one
 * @throws DoorwardError `initFailed` (try again), `initConflict` (another source after success)
 */
export function init(source?: InitSource): Promise<void> {
  return platform.init(source);
}

/**
 * Opens a store with its rules. The store is closed with the door.
 * @throws DoorwardError `invalidCatalogue`, `invalidPolicy`, `unknownScope`, `storeCorrupt`, `storeTooNew`, and those of the store
 */
export function open(options: OpenOptions): Promise<Door> {
  return openOn(platform, options);
}
