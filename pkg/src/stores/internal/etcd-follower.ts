/** Follows the commits of all handles: by a watch for who watches, and by asking for the epoch. */
import { decodeKey } from '../../keys.js';
import type { EtcdClient, WatchAnswer } from './etcd-client.js';
import { EtcdFailure } from './etcd-errors.js';
import type { EtcdLayout } from './etcd-layout.js';
import type { Freshness } from './freshness.js';
import type { PlannedChange, Watchers } from './watchers.js';

/** How often the clock is asked for, in ms: while the epoch is wanted, and to see whether the watch still hears. */
const often = 200;
const seldom = 5000;
const afterFailure = 250;
/** How long the watch may lag behind the clock before it counts as dead, in ms. */
const patience = 2000;

export interface FollowerOptions {
  readonly client: EtcdClient;
  readonly layout: EtcdLayout;
  readonly watchers: Watchers;
  readonly freshness: Freshness | undefined;
}

export class EtcdFollower {
  readonly #options: FollowerOptions;
  /** Everything up to this revision has been told. */
  #told = 0;
  #watching: Promise<void> | undefined;
  #asking: Promise<void> | undefined;
  #stream = new AbortController();
  #behindSince: number | undefined;
  #wake: () => void = () => undefined;
  #stopped = false;

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  /** Tells of the commits behind this revision, from now on. */
  watch(from: number): void {
    if (this.#stopped || this.#watching !== undefined) return;
    this.#told = from;
    this.#watching = this.#hear();
    this.start();
  }

  /** Asks at once, and goes on for as long as somebody wants to know. */
  start(): void {
    if (this.#stopped) return;
    this.#asking ??= this.#ask().finally(() => (this.#asking = undefined));
    this.#wake();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stream.abort();
    this.#wake();
    await Promise.all([this.#watching, this.#asking]);
  }

  async #hear(): Promise<void> {
    const { client, layout } = this.#options;
    while (!this.#stopped) {
      this.#stream = new AbortController();
      this.#behindSince = undefined;
      try {
        const create = { ...layout.everything, start_revision: String(this.#told + 1) };
        for await (const answer of client.watch(create, this.#stream.signal)) this.#take(answer);
      } catch (error) {
        // Cut off, or given up: what was missed is asked for anew.
        if (!(error instanceof EtcdFailure) && !this.#stream.signal.aborted && !(error instanceof TypeError))
          throw error;
      }
      if (!this.#stopped) await new Promise((resolve) => setTimeout(resolve, afterFailure));
    }
  }

  #take({ canceled, compact_revision, events = [] }: WatchAnswer): void {
    if (canceled === true) {
      // The history no longer reaches back so far.
      if (compact_revision !== undefined) {
        this.#told = Math.max(this.#told, Number(compact_revision) - 1);
        this.#options.watchers.tellLost();
      }
      this.#stream.abort();
      return;
    }
    let changes: PlannedChange[] = [];
    let revision = 0;
    const tell = (): void => {
      if (changes.length > 0) this.#options.watchers.tell(changes);
      if (revision > 0) {
        this.#told = revision;
        this.#options.freshness?.learn(revision);
      }
      changes = [];
    };
    // One answer holds whole commits, each with a revision of its own.
    for (const { type, kv } of events) {
      const at = Number(kv.mod_revision);
      if (at !== revision) tell();
      revision = at;
      const change = this.#changeOf(type === 'DELETE', kv);
      if (change !== undefined) changes.push(change);
    }
    tell();
  }

  #changeOf(deleted: boolean, kv: { key: string; value?: string; mod_revision: string }): PlannedChange | undefined {
    const at = this.#options.layout.at(kv.key);
    if (at === undefined) return undefined;
    if (!deleted) return { at, ...this.#options.layout.entry(kv) };
    return { at, key: decodeKey(Buffer.from(at, 'latin1')), value: null, version: null };
  }

  async #ask(): Promise<void> {
    const { client, layout, freshness } = this.#options;
    while (!this.#stopped && (this.#watching !== undefined || freshness?.wanted === true)) {
      let pause = afterFailure;
      try {
        const answer = freshness?.ask();
        const { responses } = await client.txn({
          success: [{ request_range: { key: layout.clockKey, keys_only: true } }],
        });
        const clock = Number(responses?.[0]?.response_range?.kvs?.[0]?.mod_revision ?? 0);
        answer?.(clock);
        this.#checkWatch(clock);
        pause = freshness?.wanted === true ? often : seldom;
      } catch {
        // Not known is what follows of itself.
      }
      if (!this.#stopped) await this.#sleep(pause);
    }
  }

  /** A connection can die without a word. */
  #checkWatch(clock: number): void {
    if (this.#watching === undefined || clock <= this.#told) {
      this.#behindSince = undefined;
      return;
    }
    this.#behindSince ??= performance.now();
    if (performance.now() - this.#behindSince > patience) this.#stream.abort();
  }

  #sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
