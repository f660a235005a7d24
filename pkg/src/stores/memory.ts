/** The store in memory: for tests, for `memory:` and for pages that want to forget. */
import type { Commit, CommitResult, Entry, Key, Range, Snapshot, Store, WatchHandler } from '../contract.js';
import { DoorwardError } from '../errors.js';
import { Order } from './internal/order.js';
import { checkOptions, conflictsOf, planCommit, planRanges, type PlannedRange } from './internal/validate.js';
import { changesOf, Watchers } from './internal/watchers.js';

/** Data that several handles can share: `const data = memoryData(); memory({ data }); memory({ data })`. */
export interface MemoryData {
  /** How many keys there are. */
  readonly size: number;
}

export interface MemoryOptions {
  /** The data to work on; without it, the handle has data of its own. */
  data?: MemoryData;
}

/** A fresh, empty set of data. */
export function memoryData(): MemoryData {
  return new Data();
}

/**
 * Opens a handle. The data lives as long as a handle, or the `MemoryData`, is referenced.
 * @throws DoorwardError `invalidArgument`, `unknownField`
 */
export function memory(options: MemoryOptions = {}): Store {
  checkOptions(options, ['data'], 'memory');
  const data = options.data ?? new Data();
  if (!(data instanceof Data)) throw new DoorwardError('invalidArgument', '`data` has to come from memoryData()');
  return new MemoryStore(data);
}

class Data implements MemoryData {
  /** Entries are frozen and never change, so that a read gives them out without a copy. */
  readonly entries = new Map<string, Entry>();
  /** The order. Exact keys are looked up in the map, which is several times faster. */
  readonly order = new Order();
  readonly handles = new Set<Watchers>();
  /** The number of the last commit that changed something; it is the version of what that commit set. */
  commits = 0;

  get size(): number {
    return this.entries.size;
  }
}

class MemoryStore implements Store {
  readonly name = 'memory';
  readonly capabilities = Object.freeze({ watch: true, epoch: true });
  readonly #data: Data;
  readonly #watchers = new Watchers();
  #closed = false;

  constructor(data: Data) {
    this.#data = data;
    data.handles.add(this.#watchers);
  }

  async read(ranges: readonly Range[]): Promise<Snapshot> {
    this.#checkOpen();
    return { ranges: planRanges(ranges).map((range) => this.#readRange(range)) };
  }

  async commit(commit: Commit): Promise<CommitResult> {
    this.#checkOpen();
    const { checks, mutations } = planCommit(commit);
    const data = this.#data;
    const conflicts = conflictsOf(checks, (at) => data.entries.get(at)?.version ?? null);
    if (conflicts.length > 0) return { ok: false, conflicts };
    if (mutations.length === 0) return { ok: true, version: String(data.commits) };
    data.commits += 1;
    const version = String(data.commits);
    for (const { at, key, value } of mutations) {
      if (value === null) {
        if (data.entries.delete(at)) data.order.delete(at);
      } else {
        const entry: Entry = Object.freeze({ key: Object.freeze(key), value, version });
        if (!data.entries.has(at)) data.order.add(at);
        data.entries.set(at, entry);
      }
    }
    this.#tell(mutations, version);
    return { ok: true, version };
  }

  watch(prefixes: readonly Key[], handler: WatchHandler, lost?: () => void): () => void {
    this.#checkOpen();
    return this.#watchers.add(prefixes, handler, lost);
  }

  epoch(): number {
    this.#checkOpen();
    return this.#data.commits;
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#watchers.clear();
    this.#data.handles.delete(this.#watchers);
    return Promise.resolve();
  }

  #readRange(range: PlannedRange): Entry[] {
    const { entries, order } = this.#data;
    if ('at' in range) {
      const entry = entries.get(range.at);
      return entry === undefined ? [] : [entry];
    }
    const { above, under, limit, reverse } = range;
    const found: Entry[] = [];
    for (const at of reverse ? order.betweenReversed(above, under) : order.between(above, under)) {
      found.push(entries.get(at) as Entry);
      if (found.length === limit) break;
    }
    return found;
  }

  #tell(mutations: Parameters<typeof changesOf>[0], version: string): void {
    // A bulk load that nobody watches should not pay for a list of its changes.
    const listening = Array.from(this.#data.handles).filter((watchers) => watchers.size > 0);
    if (listening.length === 0) return;
    const changes = changesOf(mutations, version);
    for (const watchers of listening) watchers.tell(changes);
  }

  #checkOpen(): void {
    if (this.#closed) throw new DoorwardError('storeClosed');
  }
}
