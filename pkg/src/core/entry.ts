/** What an entry of the package exports, over a platform. */
import type { Door, OpenOptions } from '../types.js';
import { openOn } from './door.js';
import type { InitSource, Platform } from './platform.js';

export interface Entry {
  /**
   * Loads the WebAssembly module, for those who ship it their own way; `open` does it by itself.
   * @param source URL, string, Response, bytes or WebAssembly.Module; absent: the file beside this one
   * @throws DoorwardError `initFailed` (try again), `initConflict` (another source after success)
   */
  init(source?: InitSource): Promise<void>;
  /**
   * Opens a store with its rules. The store is closed with the door.
   * @throws DoorwardError `invalidCatalogue`, `invalidPolicy`, `unknownScope`, `storeCorrupt`, `storeTooNew`, and those of the store
   */
  open(options: OpenOptions): Promise<Door>;
}

export function entryOver(platform: Platform): Entry {
  return { init: (source) => platform.init(source), open: (options) => openOn(platform, options) };
}
