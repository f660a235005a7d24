/** The core's host: the store, the clock, the platform's randomness and the hash, in the border's terms. */
import type { Check, Commit, Entry, Key, Range, Store } from '../contract.js';
import { DoorwardError } from '../errors.js';
import type { Hasher } from '../hash/hasher.js';
import { limits } from '../limits.js';
import type { Host } from './border.js';
import { lowerError, storeError } from './failure.js';
import { compareKeys, isBelow, isKey, isSameKey } from './key-order.js';
import { createWatchdog } from './watchdog.js';

export interface HostOptions {
  readonly store: Store;
  readonly hasher: Hasher;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds one call of the store may take; from 2^31 on there is no limit. */
  readonly storeTimeout: number;
  /** Called before each commit. Must not throw. */
  readonly changing: () => void;
  /** A JSON array of `[event, payload]`. Must not throw. */
  readonly emit: (eventsJson: string) => void;
}

/** Requests that are kept parsed: the core asks the same of a credential again and again. */
const maxRequests = 4096;
const maxRequestLength = 1024;
const maxVersionLength = 64;
/** Holds what the packed snapshot is joined by. Three plain searches: a fifth of what a character class takes. */
function hasSeparator(text: string): boolean {
  return text.includes('\x1d') || text.includes('\x1e') || text.includes('\x1f');
}

/**
 * Binds a store to the core. What the store gives is not trusted: an answer that breaks the contract (a key that was
 * not asked for, a wrong order, a conflict about a key that was not checked) fails with `storeCorrupt`.
 */
export function createHost({ store, hasher, now, storeTimeout, changing, emit }: HostOptions): Host {
  const name = String(store.name);
  const watchdog = createWatchdog(storeTimeout);
  const declaresEpoch = store.capabilities?.epoch === true;
  const requests = new Map<string, Range[]>();
  let lastNow = now();
  if (!isTime(lastNow)) throw new DoorwardError('invalidArgument', 'the clock `now` must give milliseconds since 1970');

  /** Runs one call of the store against the clock; `check` turns its answer into the border's, or throws. */
  function ask(what: 'read' | 'commit', call: () => unknown, check: (answer: unknown) => string): Promise<string> {
    return new Promise((resolve, reject) => {
      const fail = (error: DoorwardError): void => reject(lowerError(error));
      const inTime = watchdog.watch(() => fail(timedOut(what)));
      let running: Promise<unknown>;
      try {
        running = Promise.resolve(call());
      } catch (thrown) {
        running = Promise.reject(thrown);
      }
      running.then(
        (answer) => {
          inTime();
          try {
            resolve(check(answer));
          } catch (thrown) {
            // A getter or proxy in the answer may throw whatever it likes.
            fail(thrown instanceof Lie ? thrown.error : lie(name, 'an answer that cannot be read', thrown).error);
          }
        },
        (thrown) => {
          inTime();
          fail(storeError(thrown, name));
        },
      );
    });
  }

  function parsed(rangesJson: string): Range[] {
    let ranges = requests.get(rangesJson);
    if (ranges === undefined) {
      ranges = JSON.parse(rangesJson) as Range[];
      if (rangesJson.length <= maxRequestLength) {
        if (requests.size >= maxRequests) requests.clear();
        requests.set(rangesJson, freeze(ranges));
      }
    }
    return ranges;
  }

  function timedOut(what: 'read' | 'commit'): DoorwardError {
    const unknown = what === 'commit' ? '; whether it was done is not known' : '';
    return new DoorwardError(
      'storeTimeout',
      `the store \`${name}\` did not answer a ${what} within ${storeTimeout} ms${unknown}`,
      { details: { call: what, timeout: storeTimeout } },
    );
  }

  async function lowered<T>(hashing: Promise<T>): Promise<T> {
    try {
      return await hashing;
    } catch (thrown) {
      throw lowerError(
        DoorwardError.is(thrown) ? thrown : new DoorwardError('hashFailed', undefined, { cause: thrown }),
      );
    }
  }

  return {
    read(rangesJson) {
      const ranges = parsed(rangesJson);
      return ask(
        'read',
        () => store.read(ranges),
        (snapshot) => packSnapshot(ranges, snapshot, name),
      );
    },
    readKeyed(rangesJson) {
      // Never asked twice: it is not kept.
      const ranges = JSON.parse(rangesJson) as Range[];
      return ask(
        'read',
        () => store.read(ranges),
        (snapshot) => packSnapshot(ranges, snapshot, name, keyed),
      );
    },
    versions(keysJson) {
      const keys = parsed(keysJson);
      return ask(
        'read',
        () => store.read(keys),
        (snapshot) => packVersions(keys, snapshot, name),
      );
    },
    epoch() {
      if (!declaresEpoch) return -1;
      try {
        const epoch: unknown = store.epoch?.();
        return Number.isSafeInteger(epoch) ? (epoch as number) : -1;
      } catch {
        // The store is closed, or not open yet: the calls that follow say so.
        return -1;
      }
    },
    commit(commitJson) {
      const commit = JSON.parse(commitJson) as Commit;
      changing();
      return ask(
        'commit',
        () => store.commit(commit),
        (result) => packResult(commit.checks, result, name),
      );
    },
    now() {
      const time = now();
      // A throw would tear through the core's frames; a clock that breaks later stands still.
      if (isTime(time)) lastNow = time;
      return Math.trunc(lastNow);
    },
    random: (length) => crypto.getRandomValues(new Uint8Array(length)),
    sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    hash: (password, memory, passes, lanes) => lowered(hasher.hash(password, memory, passes, lanes)),
    verify: (password, phc) =>
      lowered(
        hasher.verify(password, phc).catch((thrown: unknown) => {
          if (DoorwardError.is(thrown, 'unsupported')) return false;
          throw thrown;
        }),
      ),
    emit,
  };
}

/** The store must not change what it will be asked again. */
function freeze(ranges: Range[]): Range[] {
  for (const range of ranges) {
    for (const part of Object.values(range)) if (typeof part === 'object') Object.freeze(part);
    Object.freeze(range);
  }
  return Object.freeze(ranges) as Range[];
}

function isTime(time: unknown): time is number {
  return typeof time === 'number' && time >= 0 && time <= Number.MAX_SAFE_INTEGER;
}

/** Tells our own finding from what an answer's getters may throw. */
class Lie {
  readonly error: DoorwardError;
  constructor(error: DoorwardError) {
    this.error = error;
  }
}

/** Keys and values stay out of the message: they may hold digests. */
function lie(store: string, what: string, cause?: unknown): Lie {
  return new Lie(
    new DoorwardError('storeCorrupt', `the store \`${store}\` broke its contract: it gave ${what}`, { cause }),
  );
}

function isVersion(version: unknown): version is string {
  return (
    typeof version === 'string' && version.length > 0 && version.length <= maxVersionLength && !hasSeparator(version)
  );
}

/** Each property is read once: a getter could give another answer the second time. */
function checkedVersion({ version }: Entry, store: string): string {
  if (!isVersion(version)) throw lie(store, 'a version that is no string of 1 to 64 characters');
  return version;
}

function packEntry(entry: Entry, store: string): string {
  const { value } = entry;
  if (typeof value !== 'string' || value.length > limits.valueBytes || hasSeparator(value)) {
    throw lie(store, 'a value that is no JSON text or too large');
  }
  return `${checkedVersion(entry, store)}\x1f${value}`;
}

/** What stands before an entry whose key is asked for. */
const keyed = ({ key }: Entry): string => `${JSON.stringify(key)}\x1f`;
const unkeyed = (): string => '';
type Before = (entry: Entry) => string;

/** The ranges of a snapshot, as many as were asked for. */
function rangesOf(ranges: readonly Range[], snapshot: unknown, store: string): unknown[] {
  const given: unknown = (snapshot as { ranges?: unknown } | null | undefined)?.ranges;
  if (!Array.isArray(given) || given.length !== ranges.length) {
    throw lie(store, `no snapshot of the ${ranges.length} ranges asked for`);
  }
  return given;
}

/** The one entry of a single key, if it is there, and nothing else. */
function entryOf(key: Key, entries: readonly unknown[], store: string): Entry | undefined {
  if (entries.length > 1) throw lie(store, 'more than one entry for one key');
  const entry = entries[0] as Entry | undefined;
  if (entries.length === 1 && !isSameKey(entry?.key, key)) throw lie(store, 'a key that was not asked for');
  return entry;
}

function packSnapshot(ranges: readonly Range[], snapshot: unknown, store: string, before: Before = unkeyed): string {
  const given = rangesOf(ranges, snapshot, store);
  let packed = '';
  for (let i = 0; i < ranges.length; i++) {
    if (i > 0) packed += '\x1d';
    const range = ranges[i] as Range;
    const entries: unknown = given[i];
    if (!Array.isArray(entries)) throw lie(store, 'a range that is no array');
    if (!('key' in range)) packed += packRange(range, entries, store, before);
    else {
      const entry = entryOf(range.key, entries, store);
      if (entry !== undefined) packed += packEntry(entry, store);
    }
  }
  return packed;
}

function packVersions(keys: readonly Range[], snapshot: unknown, store: string): string {
  const given = rangesOf(keys, snapshot, store);
  let packed = '';
  for (let i = 0; i < keys.length; i++) {
    if (i > 0) packed += '\x1f';
    const range = keys[i] as Range;
    const entries: unknown = given[i];
    if (!Array.isArray(entries) || !('key' in range)) throw lie(store, 'a range that is no array');
    const entry = entryOf(range.key, entries, store);
    if (entry !== undefined) packed += checkedVersion(entry, store);
  }
  return packed;
}

function packRange(
  range: Exclude<Range, { key: Key }>,
  entries: readonly Entry[],
  store: string,
  before: Before,
): string {
  if (entries.length > (range.limit ?? limits.rangeEntries)) throw lie(store, 'more entries than asked for');
  const forward = range.reverse ? -1 : 1;
  let last = range.after;
  let packed = '';
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i] as Entry;
    const { key } = entry;
    if (!isKey(key) || !isBelow(key, range.prefix)) throw lie(store, 'a key that is not below the prefix');
    if (last && compareKeys(last, key) * forward >= 0) throw lie(store, 'keys that are not in order');
    last = key;
    if (i > 0) packed += '\x1e';
    packed += before(entry) + packEntry(entry, store);
  }
  return packed;
}

function packResult(checks: readonly Check[], result: unknown, store: string): string {
  const { ok, version, conflicts } = (result ?? {}) as { ok?: unknown; version?: unknown; conflicts?: unknown };
  if (ok === true && isVersion(version)) return '';
  if (ok !== false || !Array.isArray(conflicts) || conflicts.length === 0) {
    throw lie(store, 'no result of the commit');
  }
  const checked = new Set(checks.map((check) => JSON.stringify(check.key)));
  const named = new Set<string>();
  for (const key of conflicts as unknown[]) {
    const text = isKey(key) ? JSON.stringify(key) : '';
    if (!checked.has(text)) throw lie(store, 'a conflict about a key that was not checked');
    named.add(text);
  }
  return `[${[...named].join()}]`;
}
