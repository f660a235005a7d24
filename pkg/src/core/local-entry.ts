/** What an entry of the package exports in Node beside the rest. */
import type { Door, OpenOptions, Session } from '../types.js';
import { openOn } from './door.js';
import type { Platform } from './platform.js';
import type { DoorSession } from './session.js';
import { worldOf, type World } from './world.js';

export type { World, WorldGroup, WorldLink, WorldOutcome, WorldResource, WorldToken, WorldUser } from './world.js';

/** A session that acts as the owner of the machine, and can declare a world. */
export type LocalSession = Session & { readonly world: World };

/**
 * Opens a store as the machine's owner: with all rights and no credential, for command lines and start-up scripts.
 * Whoever can open the store's file can do everything with it anyway.
 * @throws DoorwardError as `open`
 */
export type OpenLocal = (options: OpenOptions) => Promise<{ door: Door; session: LocalSession }>;

export function openLocalOn(platform: Platform): OpenLocal {
  return async (options) => {
    const door = await openOn(platform, options);
    const local: DoorSession = door.local();
    return { door, session: Object.assign(local, { world: worldOf(local) }) };
  };
}
