/**
 * The store on etcd, version 3.4 or later: shared by any number of processes and machines, over etcd's JSON gateway.
 *
 * A commit is one transaction that compares revisions and puts. A read is one too; one of more ranges than a transaction
 * takes goes on at the revision of the first part.
 */
import type { Commit, CommitResult, Entry, Key, Range, Snapshot, Store, WatchHandler } from '../contract.js';
import { DoorwardError } from '../errors.js';
import { parseEtcdUrl, type EtcdAddress } from './internal/etcd-address.js';
import { EtcdClient, requestTimeout, type TxnAnswer } from './internal/etcd-client.js';
import { coded, EtcdFailure, isBeyondQuota } from './internal/etcd-errors.js';
import { EtcdFollower } from './internal/etcd-follower.js';
import { EtcdLayout, format, isRevision } from './internal/etcd-layout.js';
import { checkStaleness, Freshness, sharedCapabilities } from './internal/freshness.js';
import { Lifetime, Opening } from './internal/lifetime.js';
import { ReadGroups } from './internal/read-groups.js';
import { checkOptions, conflictsOf, planCommit, planRanges, planWatch } from './internal/validate.js';
import type { PlannedCheck, PlannedCommit, PlannedRange } from './internal/validate.js';
import { changesOf, Watchers } from './internal/watchers.js';

export interface EtcdOptions {
  /**
   * Milliseconds within which `epoch` shows the commits of other handles: so long a token revoked elsewhere may still be
   * taken here. 0: the store counts nothing, and every token is looked up anew. 0, or 500 to 60,000; 1000 if nothing is said.
   */
  staleness?: number;
}

/** Ranges in one transaction: etcd takes 128 operations, unless it is told otherwise. */
const rangesAtOnce = 100;
/** Commits of one handle that run at the same time. */
const lanes = 8;
/** How long a request is repeated whose answer was lost, in ms. */
const patience = 20_000;
/** How often a request is repeated that nobody has got. */
const attempts = 3;
/** A lane that its handle did not take away with it is removed after so long, in ms. */
const laneLife = 7 * 86_400_000;

/**
 * Opens a handle on a prefix: `etcd://host:2379/prefix`, `etcd://user:password@one:2379,two:2379/prefix?tls=true`. It is
 * connected at the first read or commit. A handle that watches keeps the process alive until it is closed.
 * @throws DoorwardError `invalidArgument`, `unknownField`
 */
export function etcd(url: string, options: EtcdOptions = {}): Store {
  checkOptions(options, ['staleness'], 'etcd');
  return new EtcdStore(parseEtcdUrl(url), checkStaleness(options.staleness));
}

/** One commit at a time goes through a lane; its key tells whether that commit was made. */
interface Lane {
  readonly id: string;
  revision: number;
}

class EtcdStore implements Store {
  readonly name: string;
  readonly capabilities;
  readonly epoch?: () => number;
  readonly #client: EtcdClient;
  readonly #layout: EtcdLayout;
  readonly #watchers = new Watchers();
  readonly #freshness: Freshness | undefined;
  readonly #follower: EtcdFollower;
  readonly #life = new Lifetime();
  readonly #idle: Lane[] = [];
  readonly #waiting: ((lane: Lane) => void)[] = [];
  readonly #written = new Set<string>();
  #busy = 0;
  readonly #reads = new ReadGroups((ranges) => this.#again(() => this.#read(ranges)));
  readonly #opening = new Opening(() => this.#again(() => this.#prepare()));
  #opened = false;
  /** The highest revision this handle knows of. */
  #revision = 0;

  constructor(address: EtcdAddress, staleness: number) {
    this.name = address.name;
    this.#client = new EtcdClient(address);
    this.#layout = new EtcdLayout(address.prefix);
    if (staleness > 0) {
      const freshness = new Freshness(staleness, () => this.#follower.start());
      this.#freshness = freshness;
      this.epoch = () => {
        this.#life.checkOpen();
        return freshness.epoch();
      };
    }
    this.capabilities = sharedCapabilities(staleness);
    this.#follower = new EtcdFollower({
      client: this.#client,
      layout: this.#layout,
      watchers: this.#watchers,
      freshness: this.#freshness,
    });
  }

  async read(ranges: readonly Range[]): Promise<Snapshot> {
    this.#life.checkOpen();
    const planned = planRanges(ranges);
    return this.#run(async () => ({ ranges: await this.#reads.add(planned) }));
  }

  async commit(commit: Commit): Promise<CommitResult> {
    this.#life.checkOpen();
    const planned = planCommit(commit);
    return this.#run(() => this.#commit(planned));
  }

  watch(prefixes: readonly Key[], handler: WatchHandler, lost?: () => void): () => void {
    this.#life.checkOpen();
    planWatch(prefixes, handler, lost);
    const end = this.#watchers.add(prefixes, handler, lost);
    if (this.#opened) this.#follower.watch(this.#revision);
    // Every call of this handle waits for this opening, so none of its commits comes before the watch.
    else void this.#startWatch();
    return end;
  }

  close(): Promise<void> {
    return this.#life.close(() => this.#finish());
  }

  #run<T>(work: () => Promise<T>): Promise<T> {
    return this.#life.run(this.#opening.get().then(work), coded);
  }

  async #finish(): Promise<void> {
    this.#watchers.clear();
    await this.#life.idle();
    await this.#follower.stop();
    if (this.#written.size === 0) return;
    const gone = Array.from(this.#written, (id) => ({ request_delete_range: { key: this.#layout.laneKey(id) } }));
    // Where this fails, they are removed later.
    await this.#client.txn({ success: gone.slice(0, rangesAtOnce) }).catch(() => undefined);
  }

  async #prepare(): Promise<void> {
    const { formatKey, lanes } = this.#layout;
    const answer = await this.#client.txn({
      compare: [{ key: formatKey, target: 'CREATE', create_revision: '0' }],
      success: [{ request_put: { key: formatKey, value: Buffer.from(String(format)).toString('base64') } }],
      failure: [{ request_range: { key: formatKey } }, { request_range: { ...lanes, limit: rangesAtOnce } }],
    });
    if (answer.succeeded !== true) {
      const [found, old] = (answer.responses ?? []).map(({ response_range }) => response_range?.kvs ?? []);
      const number = Number(Buffer.from(found?.[0]?.value ?? '', 'base64').toString());
      if (Number.isSafeInteger(number) && number > format) throw new DoorwardError('storeTooNew');
      if (number !== format) throw new DoorwardError('storeCorrupt', 'the format of the store is damaged');
      const before = Date.now() - laneLife;
      const gone = (old ?? []).filter(({ value = '' }) => Number(Buffer.from(value, 'base64').toString()) < before);
      if (gone.length > 0) {
        await this.#client.txn({ success: gone.map(({ key }) => ({ request_delete_range: { key } })) });
      }
    }
    this.#learn(answer);
    this.#opened = true;
  }

  /** As soon as the servers are there. */
  async #startWatch(): Promise<void> {
    while (!this.#life.closed && this.#watchers.size > 0) {
      const opened = await this.#opening.get().then(
        () => true,
        () => false,
      );
      if (opened) return this.#follower.watch(this.#revision);
      await pause(500);
    }
  }

  #learn({ header }: Pick<TxnAnswer, 'header'>): number {
    const revision = Number(header.revision);
    this.#revision = Math.max(this.#revision, revision);
    return revision;
  }

  /** Repeats what has no effect, or none the second time. */
  async #again<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work();
      } catch (error) {
        if (attempt === attempts || !(error instanceof EtcdFailure) || error.kind === 'refused') throw error;
        await pause(attempt * 100);
      }
    }
  }

  async #read(ranges: readonly PlannedRange[]): Promise<Entry[][]> {
    const [first] = ranges;
    if (first !== undefined && ranges.length === 1) {
      const answer = await this.#client.range(this.#layout.rangeOf(first));
      this.#learn(answer);
      return [(answer.kvs ?? []).map((kv) => this.#layout.entry(kv))];
    }
    const found: Entry[][] = [];
    let revision = 0;
    for (let from = 0; from < ranges.length; from += rangesAtOnce) {
      const part = ranges.slice(from, from + rangesAtOnce).map((range) => ({
        request_range: { ...this.#layout.rangeOf(range), ...(revision > 0 && { revision: String(revision) }) },
      }));
      const answer = await this.#client.txn({ success: part });
      if (from === 0) revision = this.#learn(answer);
      for (const { response_range } of answer.responses ?? []) {
        found.push((response_range?.kvs ?? []).map((kv) => this.#layout.entry(kv)));
      }
    }
    return found;
  }

  async #commit(commit: PlannedCommit): Promise<CommitResult> {
    const { checks, mutations } = commit;
    // What no commit can have given cannot be compared; that check fails, and which others do is a read.
    if (checks.some(({ version }) => version !== null && !isRevision(version))) {
      return { ok: false, conflicts: await this.#again(() => this.#conflicts(checks)) };
    }
    if (mutations.length === 0) return this.#again(() => this.#check(checks));
    const lane = await this.#takeLane();
    let kept: Lane | undefined;
    try {
      const result = await this.#commitBy(lane, commit);
      kept = lane;
      return result;
    } catch (error) {
      // After an outcome that is not known the lane is not known either.
      if (!DoorwardError.is(error, 'storeTimeout')) kept = lane;
      throw error;
    } finally {
      this.#giveLane(kept ?? newLane());
    }
  }

  async #conflicts(checks: readonly PlannedCheck[]): Promise<Key[]> {
    const asked = Array.from(new Map(checks.map(({ at, key }) => [at, { at, key }])).values());
    const found = await this.#read(asked);
    const versions = new Map(asked.map(({ at }, index) => [at, found[index]?.[0]?.version ?? null]));
    return conflictsOf(checks, (at) => versions.get(at) ?? null);
  }

  async #check(checks: readonly PlannedCheck[]): Promise<CommitResult> {
    const answer = await this.#client.txn({ compare: this.#compare(checks), failure: this.#look(checks) });
    const revision = this.#learn(answer);
    if (answer.succeeded === true) return { ok: true, version: String(revision) };
    return { ok: false, conflicts: conflictsIn(checks, answer, 0) };
  }

  /**
   * Sends the commit until there is an answer. Each time it compares the lane with what it was before the first time, so
   * it is made once; where the lane has moved on, it was made by an earlier sending.
   */
  async #commitBy(lane: Lane, { checks, mutations }: PlannedCommit): Promise<CommitResult> {
    const { clockKey } = this.#layout;
    const laneKey = this.#layout.laneKey(lane.id);
    const value = Buffer.from(String(Date.now())).toString('base64');
    this.#written.add(lane.id);
    // etcd takes a key once a transaction.
    const last = changesOf(mutations, '').map(({ at, value }) =>
      value === null
        ? { request_delete_range: { key: this.#layout.key(at) } }
        : { request_put: { key: this.#layout.key(at), value: Buffer.from(value).toString('base64') } },
    );
    const txn = {
      compare: [{ key: laneKey, target: 'MOD', mod_revision: String(lane.revision) }, ...this.#compare(checks)],
      success: [...last, { request_put: { key: laneKey, value } }, { request_put: { key: clockKey, value } }],
      failure: [{ request_range: { key: laneKey, keys_only: true } }, ...this.#look(checks)],
    };
    let answer;
    try {
      // A commit of thousands of keys takes its time.
      answer = await this.#sendUntilKnown(txn, requestTimeout + txn.compare.length + last.length);
    } catch (error) {
      // etcd makes the commit that goes beyond its quota, and refuses it all the same; those behind it it only refuses.
      const found = isBeyondQuota(error) ? await this.#laneRevision(laneKey) : lane.revision;
      if (found <= lane.revision) throw error;
      lane.revision = found;
      return this.#made(found);
    }
    const revision = this.#learn(answer);
    if (answer.succeeded !== true) {
      const found = Number(answer.responses?.[0]?.response_range?.kvs?.[0]?.mod_revision ?? 0);
      if (found === lane.revision) return { ok: false, conflicts: conflictsIn(checks, answer, 1) };
      const before = lane.revision;
      lane.revision = found;
      // Nobody but this handle writes it; gone is it only where somebody has tidied up.
      if (found < before) return this.#commitBy(lane, { checks, mutations });
      return this.#made(found);
    }
    lane.revision = revision;
    return this.#made(revision);
  }

  async #laneRevision(laneKey: string): Promise<number> {
    try {
      const { kvs } = await this.#again(() => this.#client.range({ key: laneKey, keys_only: true }));
      return Number(kvs?.[0]?.mod_revision ?? 0);
    } catch (error) {
      throw unknownOutcome(error);
    }
  }

  #made(revision: number): CommitResult {
    this.#freshness?.learn(revision);
    return { ok: true, version: String(revision) };
  }

  async #sendUntilKnown(txn: object, timeout: number): Promise<TxnAnswer> {
    const deadline = performance.now() + patience;
    let lost = false;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#client.txn(txn, timeout);
      } catch (error) {
        if (!(error instanceof EtcdFailure) || error.kind === 'refused') {
          if (!lost) throw error;
          throw unknownOutcome(error);
        }
        lost ||= error.kind === 'lost';
        if (!lost && attempt === attempts) throw error;
        if (performance.now() > deadline) throw unknownOutcome(error);
        await pause(Math.min(attempt * 100, 500));
      }
    }
  }

  #compare(checks: readonly PlannedCheck[]): object[] {
    return checks.map(({ at, version }) => ({
      key: this.#layout.key(at),
      target: 'MOD',
      mod_revision: version ?? '0',
    }));
  }

  #look(checks: readonly PlannedCheck[]): object[] {
    return checks.map(({ at }) => ({ request_range: { key: this.#layout.key(at), keys_only: true } }));
  }

  #takeLane(): Promise<Lane> {
    if (this.#busy < lanes) {
      this.#busy += 1;
      return Promise.resolve(this.#idle.pop() ?? newLane());
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #giveLane(lane: Lane): void {
    const next = this.#waiting.shift();
    if (next !== undefined) return next(lane);
    this.#busy -= 1;
    this.#idle.push(lane);
  }
}

/** The failed checks, from the revisions that were read beside the comparison. */
function conflictsIn(checks: readonly PlannedCheck[], { responses = [] }: TxnAnswer, from: number): Key[] {
  const versions = new Map(
    checks.map(({ at }, index) => [at, responses[from + index]?.response_range?.kvs?.[0]?.mod_revision ?? null]),
  );
  return conflictsOf(checks, (at) => versions.get(at) ?? null);
}

function newLane(): Lane {
  return { id: crypto.randomUUID(), revision: 0 };
}

function unknownOutcome(error: unknown): DoorwardError {
  const message = 'the connection was lost during a commit; whether it was done is not known';
  return new DoorwardError('storeTimeout', message, { cause: coded(error).cause });
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
