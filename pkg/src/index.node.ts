/** Doorward in Node. Importing does nothing; `open` loads what it needs. */
import { openOn } from './core/door.js';
import { platform } from './core/platform.node.js';
import type { InitSource } from './core/platform.js';
import type { DoorSession } from './core/session.js';
import { worldOf, type World } from './core/world.js';
import type { Door, OpenOptions, Session } from './types.js';

export * from './exports.js';
export type { World, WorldGroup, WorldLink, WorldOutcome, WorldResource, WorldToken, WorldUser } from './core/world.js';

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

/** A session that acts as the owner of the machine, and can declare a world. */
export type LocalSession = Session & { readonly world: World };

/**
 * Opens a store as the machine's owner: with all rights and no credential, for command lines and start-up scripts.
 * Whoever can open the store's file can do everything with it anyway.
 * @throws DoorwardError as `open`
 */
export async function openLocal(options: OpenOptions): Promise<{ door: Door; session: LocalSession }> {
  const door = await openOn(platform, options);
  const local: DoorSession = door.local();
  return { door, session: Object.assign(local, { world: worldOf(local) }) };
}
