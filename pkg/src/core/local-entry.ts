/** What an entry of the package exports in Node beside the rest. */
import type { Door, OpenOptions, Session } from '../types.js';
import { type CheckOptions, type CheckReport, runCheck } from './check.js';
import { openOn } from './door.js';
import type { Platform } from './platform.js';
import type { DoorSession } from './session.js';
import { worldOf, type World } from './world.js';

export type { CheckFinding, CheckOptions, CheckProgress, CheckReport } from './check.js';
export type { World, WorldGroup, WorldLink, WorldOutcome, WorldResource, WorldToken, WorldUser } from './world.js';

/** A session that acts as the owner of the machine: it can declare a world, and check the store. */
export type LocalSession = Session & {
  readonly world: World;
  /**
   * Verifies the store: every record can be read, every index agrees with its records in both directions, nothing is left
   * of who is gone. Beside running writers, too: what changes meanwhile is not taken for damage.
   * @throws DoorwardError those of the store; what is wrong with its records is in the report
   */
  check(options?: CheckOptions): Promise<CheckReport>;
};

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
    const check = ({ repair = false, progress }: CheckOptions = {}): Promise<CheckReport> =>
      door.run(() => runCheck(door.check(repair), progress));
    return { door, session: Object.assign(local, { world: worldOf(local), check }) };
  };
}
