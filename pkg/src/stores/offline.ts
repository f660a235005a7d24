/**
 * A store for pages that outlast their connection: a local copy in front of a remote store.
 *
 * Reads come from the copy. Commits go to the remote, and resolve when the copy has them. Without a connection the page
 * goes on with what it has, and can change nothing that needs agreement; people who are known here can still log in.
 */
import type { Change, Commit, CommitResult, Key, Range, Snapshot, Store, Version, WatchHandler } from '../contract.js';
import { DoorwardError } from '../errors.js';
import { encodeKeyText } from '../keys.js';
import { Lifetime, Opening } from './internal/lifetime.js';
import { LocalCopy } from './internal/offline-copy.js';
import { checkOptions, planCommit, planRanges, planWatch } from './internal/validate.js';
import { Watchers } from './internal/watchers.js';

export interface OfflineOptions {
  /** Where the copy is kept: `indexedDB('workshop-copy')`. It holds nothing but the copy, and is closed with this store. */
  local: Store;
  /** The store that decides: `rest('https://host/store', { token })`. It has to be watchable, and is closed with this store. */
  remote: Store;
}

/** How often a remote that is away is tried again, in ms. */
const retryEvery = 1000;
/** How long a commit waits for the watch to bring it, in ms, before everything is compared. */
const arrival = 2000;
const seenLimit = 1000;
/** So many keys are looked at to see whether the copy shows a commit; the watch brings all of it at once. */
const settled = 500;
/** Versions that no remote has given. */
const looseMark = 'local-';
/** How often a commit made here alone is counted anew where others count as well. */
const countings = 5;
/** A commit says by its audit entry what it is; these concern one person here, and need nobody's agreement. */
const looseActions = new Set(['loggedIn', 'loginFailed', 'loggedOut']);

/**
 * Opens a handle. Until the copy has been whole once, everything waits for the remote.
 * @throws DoorwardError `invalidArgument`, `unknownField`
 */
export function offline(options: OfflineOptions): Store {
  checkOptions(options, ['local', 'remote'], 'offline');
  const { local, remote } = options;
  for (const store of [local, remote]) {
    if (typeof store?.read !== 'function' || typeof store.commit !== 'function') {
      throw new DoorwardError('invalidArgument', 'offline needs two stores, `local` and `remote`');
    }
  }
  if (typeof remote.watch !== 'function') throw new DoorwardError('invalidArgument', '`remote` cannot be watched');
  return new OfflineStore(local, remote);
}

class OfflineStore implements Store {
  readonly name: string;
  readonly capabilities = Object.freeze({ watch: true, durable: true });
  readonly #copy: LocalCopy;
  readonly #remote: Store;
  readonly #watchers = new Watchers();
  readonly #life = new Lifetime();
  readonly #seen = new Set<Version>();
  readonly #waiting = new Set<() => void>();
  readonly #starting = new Opening(() => this.#begin());
  #syncing: Promise<void> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #online = true;
  #endWatch: (() => void) | undefined;

  constructor(local: Store, remote: Store) {
    this.name = `offline:${remote.name}`;
    this.#copy = new LocalCopy(local);
    this.#remote = remote;
  }

  async read(ranges: readonly Range[]): Promise<Snapshot> {
    this.#life.checkOpen();
    planRanges(ranges);
    const asked = structuredClone(ranges);
    return this.#run(() => this.#copy.read(asked));
  }

  async commit(commit: Commit): Promise<CommitResult> {
    this.#life.checkOpen();
    planCommit(commit);
    const copy = structuredClone(commit);
    return this.#run(() => this.#commit(copy));
  }

  watch(prefixes: readonly Key[], handler: WatchHandler, lost?: () => void): () => void {
    this.#life.checkOpen();
    planWatch(prefixes, handler, lost);
    return this.#watchers.add(prefixes, handler, lost);
  }

  close(): Promise<void> {
    return this.#life.close(() => this.#finish());
  }

  #run<T>(work: () => Promise<T>): Promise<T> {
    return this.#life.run(this.#starting.get().then(work));
  }

  async #finish(): Promise<void> {
    clearTimeout(this.#retry);
    this.#watchers.clear();
    this.#endWatch?.();
    await Promise.allSettled([this.#life.idle(), this.#syncing]);
    await Promise.all([this.#copy.close(), this.#remote.close()]);
  }

  async #begin(): Promise<void> {
    // Before anything is read from the remote, so that what comes in between is told.
    this.#endWatch ??= this.#remote.watch?.(
      [[]],
      (changes) => void this.#take(changes),
      () => void this.#sync().catch(() => undefined),
    );
    // A copy that was whole once is good enough to begin with.
    if (await this.#copy.isWhole()) this.#sync().catch(() => undefined);
    else await this.#sync();
  }

  async #take(changes: readonly Change[]): Promise<void> {
    try {
      await this.#copy.apply(changes);
    } catch {
      // A copy that could not take it is compared as a whole.
      return void this.#sync().catch(() => undefined);
    }
    for (const { version } of changes) if (version !== null) this.#seen.add(version);
    for (const version of this.#seen) {
      if (this.#seen.size <= seenLimit) break;
      this.#seen.delete(version);
    }
    this.#watchers.tell(changes.map((change) => ({ ...change, at: encodeKeyText(change.key) })));
    this.#arrived();
  }

  /** Compares everything. Several callers share one comparison that began after they asked. */
  #sync(): Promise<void> {
    const before = this.#syncing ?? Promise.resolve();
    const syncing = before
      .catch(() => undefined)
      .then(async () => {
        try {
          await this.#replay();
          await this.#copy.syncFrom(this.#remote);
          this.#online = true;
        } catch (error) {
          this.#noteFailure(error);
          throw error;
        }
        clearTimeout(this.#retry);
        this.#watchers.tellLost();
        this.#arrived();
      });
    this.#syncing = syncing;
    return syncing;
  }

  #noteFailure(error: unknown): void {
    if (this.#life.closed) return;
    if (!DoorwardError.is(error, 'offline') && !DoorwardError.is(error, 'storeTimeout')) return;
    this.#online = false;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.#sync().catch(() => undefined), retryEvery);
    if (typeof this.#retry === 'object') this.#retry.unref();
  }

  async #commit(commit: Commit): Promise<CommitResult> {
    if (this.#online) {
      try {
        const checks = commit.checks.some(({ version }) => version?.startsWith(looseMark) === true);
        // What rests on a log-in that only this copy knows has to wait for it.
        if (checks) await this.#sync();
        const result = await this.#remote.commit(commit);
        await this.#settle(commit, result);
        return result;
      } catch (error) {
        this.#noteFailure(error);
        if (!DoorwardError.is(error, 'offline')) throw error;
      }
    }
    if (!isLoose(commit)) {
      throw new DoorwardError('offline', 'without a connection nothing can be changed; what is here can be read');
    }
    const version = looseMark + crypto.randomUUID();
    const conflicts = await this.#copy.commitLoose(commit, version);
    return conflicts === null ? { ok: true, version } : { ok: false, conflicts };
  }

  /** Until the copy shows what the remote has answered: a commit that was made, or what stood in its way. */
  async #settle(commit: Commit, result: CommitResult): Promise<void> {
    const shows = async (): Promise<boolean> => {
      if (!result.ok) {
        const conflicts = result.conflicts.slice(0, settled);
        const { ranges } = await this.#copy.read(conflicts.map((key) => ({ key })));
        return conflicts.every((key, at) => {
          const asked = commit.checks.filter((check) => encodeKeyText(check.key) === encodeKeyText(key));
          return asked.some(({ version }) => (ranges[at]?.[0]?.version ?? null) !== version);
        });
      }
      if (commit.mutations.some((mutation) => 'set' in mutation)) return this.#seen.has(result.version);
      const { ranges } = await this.#copy.read(
        commit.mutations.slice(-settled).flatMap((one) => ('delete' in one ? [{ key: one.delete }] : [])),
      );
      return ranges.every((entries) => entries.length === 0);
    };
    if (result.ok && commit.mutations.length === 0) return;
    const deadline = performance.now() + arrival;
    while (!(await shows())) {
      const left = deadline - performance.now();
      // The watch is late, or tells of nothing but that something has changed.
      if (left <= 0) return this.#sync();
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        const wake = (): void => {
          clearTimeout(timer);
          this.#waiting.delete(wake);
          resolve();
        };
        this.#waiting.add(wake);
      });
    }
  }

  #arrived(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  /**
   * Makes at the remote what was made here alone, in its order, each only where everything it rested on still holds. What
   * does not hold any more is given up: the comparison that follows takes it away.
   */
  async #replay(): Promise<void> {
    const loose = await this.#copy.loose();
    const versions = new Map<Version, Version>();
    for (const { commit, version } of loose) {
      const checks = commit.checks.map((check) => ({
        key: check.key,
        version: check.version === null ? null : (versions.get(check.version) ?? check.version),
      }));
      const result = await this.#made({ checks, mutations: commit.mutations });
      if (result.ok) versions.set(version, result.version);
    }
    await this.#copy.forget(loose);
  }

  /**
   * Makes a commit at the remote. Others who counted their entries of the audit meanwhile are in nobody's way: where only
   * the count differs, this one's entries are added to what it is by now.
   */
  async #made(commit: Commit): Promise<CommitResult> {
    let { checks, mutations } = commit;
    for (let attempt = 1; ; attempt += 1) {
      const result = await this.#remote.commit({ checks, mutations });
      if (result.ok || attempt === countings || !result.conflicts.every(([family]) => family === 'auditCount'))
        return result;
      const { ranges } = await this.#remote.read(result.conflicts.map((key) => ({ key })));
      for (const [at, key] of result.conflicts.entries()) {
        const now = ranges[at]?.[0];
        const same = (other: Key): boolean => encodeKeyText(other) === encodeKeyText(key);
        const value = String(Number(now?.value ?? 0) + entriesOf(commit));
        checks = checks.map((check) => (same(check.key) ? { key, version: now?.version ?? null } : check));
        mutations = mutations.map((one) => ('set' in one && same(one.set) ? { set: key, value } : one));
      }
    }
  }
}

/** How many entries of the audit a commit adds, less those it drops. */
const entriesOf = ({ mutations }: Commit): number =>
  mutations.reduce((all, one) => {
    if ('set' in one) return one.set[0] === 'audit' ? all + 1 : all;
    return one.delete[0] === 'audit' ? all - 1 : all;
  }, 0);

/** Does the commit's audit entry say that somebody has logged in or out, or tried to? */
function isLoose({ mutations }: Commit): boolean {
  return mutations.some((mutation) => {
    if (!('set' in mutation) || mutation.set[0] !== 'audit') return false;
    try {
      return looseActions.has((JSON.parse(mutation.value) as { what?: string }).what ?? '');
    } catch {
      return false;
    }
  });
}
