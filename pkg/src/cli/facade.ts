import * as doorward from 'doorward';
import type { Door, JsonObject, OpenOptions, ReachInput, Session, Status } from 'doorward';

/** A user of a world file, as validated by the schema. */
export interface WorldUser {
  id?: number;
  name: string;
  password?: string | null;
  admin?: boolean;
  status?: Status;
  displayName?: string;
  email?: string;
  country?: string;
  scopes?: string[];
  groups?: string[];
  reach?: ReachInput;
  data?: JsonObject | null;
  settings?: JsonObject;
  introReviewed?: boolean;
  role?: 'normal' | 'dealer' | 'admin';
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

/** `identifier` and the like have gone into `data`. */
export interface WorldResource {
  id: string | number;
  name?: string;
  description?: string;
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
  value: string;
  scopes?: string[] | null;
  reach?: ReachInput | null;
  /** The one key of `generateApiKey`. */
  primary?: boolean;
  /** Milliseconds since 1970. */
  expires?: number | null;
}

export type Outcome = 'created' | 'updated' | 'unchanged';

/**
 * Declares one object: brings the store to agree with it, in one commit, and says what that took. A dry run writes
 * nothing, and does not ask whether other objects that the input refers to exist: they may be part of the same plan.
 */
export interface World {
  user(input: WorldUser, options: { dryRun: boolean }): Promise<Outcome>;
  group(input: WorldGroup, options: { dryRun: boolean }): Promise<Outcome>;
  resource(kind: string, input: WorldResource, options: { dryRun: boolean }): Promise<Outcome>;
  link(input: WorldLink, options: { dryRun: boolean }): Promise<Outcome>;
  token(input: WorldToken, options: { dryRun: boolean }): Promise<Outcome>;
}

/** A session that acts as the owner of the machine. */
export type LocalSession = Session & { readonly world: World };

/** What the Node entry has beyond the public types: the way in for whoever may touch the store's file anyway. */
interface LocalEntry {
  openLocal(options: OpenOptions): Promise<{ door: Door; session: LocalSession }>;
}

export const { openLocal } = doorward as unknown as LocalEntry;
