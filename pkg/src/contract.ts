/**
 * The storage contract: one ordered key-value store with optimistic multi-key commits.
 *
 * Every index lives in the core, so an adapter stays small: it orders keys, keeps versions and commits
 * all or nothing. `doorward/testing` holds the suite every adapter has to pass.
 */

/**
 * A key: one to eight strings, each at most 1,024 bytes of UTF-8 (`limits.ts`), without lone surrogates.
 * Keys are ordered element by element, each element by its UTF-8 bytes; a key that is the beginning of
 * another comes first. A prefix means whole elements: `["ab"]` is a prefix of `["ab","c"]`, not of `["abc"]`.
 */
export type Key = readonly string[];

/** An opaque version, made by the store. Two versions of one key are the same exactly when they are equal. */
export type Version = string;

/** One key, or a stretch of the keys below a prefix (the key that equals the prefix is not below it). */
export type Range =
  | { readonly key: Key }
  | {
      readonly prefix: Key;
      /** Start strictly behind this key (in the direction of travel); it need not exist. */
      readonly after?: Key;
      /** At most this many entries; from 1 to `limits.rangeEntries`, which is also the default. */
      readonly limit?: number;
      /** From the last key to the first. */
      readonly reverse?: boolean;
    };

/** One record: a value is JSON text, at most `limits.valueBytes` of UTF-8. */
export interface Entry {
  readonly key: Key;
  readonly value: string;
  readonly version: Version;
}

/** All ranges of one `read`, in their order, as they stood at one instant. */
export interface Snapshot {
  readonly ranges: readonly (readonly Entry[])[];
}

/** The key is at this version; `null`: the key is absent. */
export interface Check {
  readonly key: Key;
  readonly version: Version | null;
}

/** Applied in order; deleting an absent key is no error. */
export type Mutation = { readonly set: Key; readonly value: string } | { readonly delete: Key };

export interface Commit {
  readonly checks: readonly Check[];
  readonly mutations: readonly Mutation[];
}

/** A conflict is a value and names the keys whose check failed; every other failure throws a `DoorwardError`. */
export type CommitResult =
  { readonly ok: true; readonly version: Version } | { readonly ok: false; readonly conflicts: readonly Key[] };

/** What one commit did to a watched key; `value` and `version` are null where it was deleted. */
export interface Change {
  readonly key: Key;
  readonly value: string | null;
  readonly version: Version | null;
}

/** Called once a commit with the changes below the watched prefixes, in order; never before the commit is durable. */
export type WatchHandler = (changes: readonly Change[]) => void;

/** What an adapter can do beyond the minimum. Absent and `false` are the same. */
export interface Capabilities {
  /** `watch` exists and hears the commits of every handle on the same data, those of other tabs or processes included. */
  readonly watch?: boolean;
  /**
   * `epoch` exists and is true of every handle on the same data, those of other tabs or processes included. Declare it
   * only where that can be known synchronously: whoever relies on it does not read again while the number is the same.
   */
  readonly epoch?: boolean;
  /**
   * Milliseconds within which `epoch` has grown by a commit of another handle, where it cannot know at once: a database
   * beyond a network. Its own commits it knows at once all the same. Absent or 0: no delay.
   */
  readonly epochLag?: number;
  /** Data outlives the process. */
  readonly durable?: boolean;
}

/** A store, opened. All methods may be called at any time and side by side. */
export interface Store {
  /** For messages: `memory`, `indexeddb:workshop`, `lmdb:./doorward.lmdb`. Never holds a credential. */
  readonly name: string;
  readonly capabilities: Capabilities;
  /** @throws DoorwardError `invalidRange`, `storeClosed`, `storeFailed` */
  read(ranges: readonly Range[]): Promise<Snapshot>;
  /**
   * All or nothing; resolved means durable.
   * @throws DoorwardError `invalidCommit`, `limitExceeded`, `storeClosed`, `storeFailed`, `storeFull`; the store is unchanged then
   */
  commit(commit: Commit): Promise<CommitResult>;
  /**
   * Present exactly where `capabilities.watch` is true. Returns the function that ends the watch. `lost` is called where
   * commits may have been missed, after a connection was gone for longer than the store remembers them: read anew.
   * A store beyond a network may first tell of a few commits from before the call.
   */
  watch?(prefixes: readonly Key[], handler: WatchHandler, lost?: () => void): () => void;
  /**
   * Present exactly where `capabilities.epoch` is true. A whole number from 0 that has grown as soon as what a commit of
   * any handle has changed can be read, and no later than that commit resolves (for commits of other handles: than
   * `capabilities.epochLag` after that). A commit that changes nothing need not count. Throws where it is not known for
   * the moment.
   * @throws DoorwardError `storeClosed`, `storeFailed`
   */
  epoch?(): number;
  /** Waits for what is running, then frees everything. Idempotent. Afterwards every call throws `storeClosed`. */
  close(): Promise<void>;
}

export { limits } from './limits.js';
