/** What the facade needs of the platform it runs on. */
import type { Hasher } from '../hash/hasher.js';
import type { Core } from './border.js';
import type { InitSource } from './source.js';

export interface Platform {
  /**
   * Loads the core once. Concurrent callers share one attempt, a failed attempt can be repeated.
   * @throws DoorwardError `initFailed`, `initConflict` (another source after success), `invalidArgument`
   */
  init(source?: InitSource): Promise<void>;
  /** @throws DoorwardError `notInitialized` */
  core(): Core;
  /** Makes nothing and loads nothing before the first password. */
  createHasher(): Hasher;
}

export type { Hasher, InitSource };
