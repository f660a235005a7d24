/** The declarations of a world file: one object a commit, idempotent, for the machine's owner alone. */
import type { JsonObject, ReachInput, Status } from '../types.js';
import type { Caller } from './namespaces.js';

/** A user as declared; what is not named stays as it is. */
export interface WorldUser {
  /** Wanted id of a new user. */
  id?: number;
  name: string;
  /** Set unless it is the password already; null: none. */
  password?: string | null;
  /**
   * Instead of a password: a hash taken over as it is, and replaced at the next log-in. The same one declared again leaves
   * alone what has become of the password since. Argon2id's PHC string, or `$pbkdf2-sha256$…`, `$sha512-suffix$SALT$HASH`,
   * `$sha256-prefix$SALT$HASH` in base64.
   */
  passwordHash?: string;
  admin?: boolean;
  status?: Status;
  displayName?: string;
  email?: string;
  country?: string;
  scopes?: string[];
  groups?: string[];
  reach?: ReachInput;
  data?: JsonObject | null;
  /** Merged by top-level key. */
  settings?: JsonObject;
  introReviewed?: boolean;
  role?: 'normal' | 'dealer' | 'admin';
  /** Secret of the second factor, Base32. */
  totp?: string;
}

export interface WorldGroup {
  key: string;
  name?: string;
  description?: string;
  scopes?: string[];
  subgroups?: string[];
  default?: boolean;
}

export interface WorldResource {
  id: string | number;
  name?: string;
  description?: string;
  /** Name of the owner. */
  owner?: string | null;
  data?: JsonObject | null;
}

export interface WorldLink {
  user: string;
  kind: string;
  id: string | number;
  level?: number | null;
}

export interface WorldToken {
  user: string;
  kind?: 'apikey' | 'access' | 'device';
  name?: string;
  /** The value itself; only its digest is kept. */
  value: string;
  scopes?: string[] | null;
  reach?: ReachInput | null;
  /** The one key of `generateApiKey`. */
  primary?: boolean;
  /** Milliseconds since 1970. */
  expires?: number | null;
}

export type WorldOutcome = 'created' | 'updated' | 'unchanged';

/**
 * Declares one object: brings the store to agree with it, in one commit, and says what that took. A dry run writes
 * nothing, and does not ask whether other objects that the input refers to exist: they may be part of the same plan.
 */
export interface World {
  user(input: WorldUser, options: { dryRun: boolean }): Promise<WorldOutcome>;
  group(input: WorldGroup, options: { dryRun: boolean }): Promise<WorldOutcome>;
  resource(kind: string, input: WorldResource, options: { dryRun: boolean }): Promise<WorldOutcome>;
  link(input: WorldLink, options: { dryRun: boolean }): Promise<WorldOutcome>;
  token(input: WorldToken, options: { dryRun: boolean }): Promise<WorldOutcome>;
  /**
   * Makes the key anew that a face signs its tokens with; what is signed already is good for `keep` milliseconds more. 0
   * ends it at once.
   * @throws DoorwardError `limitExceeded` while eight keys of before are still good
   */
  rotateKeys(face: 'devicehive' | 'vrm', options: { keep: number }): Promise<void>;
}

export function worldOf(caller: Caller): World {
  return {
    user: (input, { dryRun }) => caller.call('world.user', { input, dryRun }),
    group: ({ key, ...changes }, { dryRun }) => caller.call('world.group', { input: { key, changes }, dryRun }),
    resource: (kind, { id, ...changes }, { dryRun }) =>
      caller.call('world.resource', { input: { kind, id, changes }, dryRun }),
    link: (input, { dryRun }) => caller.call('world.link', { input, dryRun }),
    token: (input, { dryRun }) => caller.call('world.token', { input, dryRun }),
    rotateKeys: async (face, { keep }) => void (await caller.call('world.rotateKeys', { face, keep })),
  };
}
