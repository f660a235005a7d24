/**
 * The store behind an HTTP server, in pages and in Node: the client of `storeHandler`. The protocol is in
 * `docs/rest-store.md`.
 *
 * Whoever holds this store holds all records, digests of passwords and tokens included: it is for an administrator's
 * page. For everybody else there is `connect()` of `doorward/remote`.
 */
import type { Commit, CommitResult, Entry, Key, Range, Snapshot, Store, WatchHandler } from '../contract.js';
import { DoorwardError } from '../errors.js';
import { encodeKeyText } from '../keys.js';
import { limits } from '../limits.js';
import { messages } from '../sse.js';
import { Lifetime, Opening } from './internal/lifetime.js';
import { NoAnswer, RestClient, strange } from './internal/rest-client.js';
import { idempotencyHeader, isReserved, protocolVersion, silence, type About } from './internal/rest-protocol.js';
import { checkOptions, planCommit, planRanges, planWatch } from './internal/validate.js';
import { Watchers, type PlannedChange } from './internal/watchers.js';

export interface RestOptions {
  /** The value of an administrator's access token, or a function that gives it for each request. */
  token: string | (() => string | Promise<string>);
  /** Instead of the platform's. */
  fetch?: typeof globalThis.fetch;
}

/** A commit is sent only to a server that was heard of so lately, in ms: to one that is away it must not be sent at all. */
const freshness = 2000;
/** How long a commit whose answer was lost is repeated, in ms; the server knows it again for much longer. */
const patience = 10_000;
/** How often a read is repeated that got no answer. */
const attempts = 3;

/**
 * Opens a handle on the store that is served at a URL: `https://host/store`. A handle that watches keeps a process of
 * Node alive until it is closed.
 * @throws DoorwardError `invalidArgument`, `unknownField`
 */
export function rest(url: string | URL, options: RestOptions): Store {
  checkOptions(options, ['token', 'fetch'], 'rest');
  const { token, fetch = globalThis.fetch } = options;
  if (typeof token !== 'function' && (typeof token !== 'string' || token === '' || token.length > 4096)) {
    throw new DoorwardError('invalidArgument', 'rest needs the `token` of an administrator');
  }
  let address;
  try {
    address = new URL(url);
  } catch {
    throw new DoorwardError('invalidArgument', 'rest needs the URL of a store');
  }
  const { protocol, username, password, search, hash } = address;
  if (!/^https?:$/.test(protocol) || username + password + search + hash !== '') {
    throw new DoorwardError('invalidArgument', 'the URL of the store has to be `http(s)://host/path` and no more');
  }
  const base = address.href.replace(/\/$/, '');
  // Detached from its receiver, a browser's own function would refuse to be called.
  return new RestStore(
    base,
    new RestClient({
      url: base,
      token: typeof token === 'function' ? token : () => token,
      fetch: (input, init) => fetch(input, init),
    }),
  );
}

class RestStore implements Store {
  readonly name: string;
  readonly capabilities = Object.freeze({ watch: true, durable: true });
  readonly #client: RestClient;
  readonly #watchers = new Watchers();
  readonly #life = new Lifetime();
  readonly #prefixes = new Map<object, readonly Key[]>();
  /** Every call waits for it, so that a watch misses none of this handle's own commits. */
  readonly #opening = new Opening(() => this.#again(() => this.#greet()));
  #position: string | undefined;
  #stream: AbortController | undefined;

  constructor(url: string, client: RestClient) {
    this.name = `rest+${url}`;
    this.#client = client;
  }

  async read(ranges: readonly Range[]): Promise<Snapshot> {
    this.#life.checkOpen();
    planRanges(ranges);
    const body = structuredClone({ ranges });
    return this.#run(async () => snapshotOf(await this.#again(() => this.#client.post('/read', body)), ranges.length));
  }

  async commit(commit: Commit): Promise<CommitResult> {
    this.#life.checkOpen();
    planCommit(commit);
    const body = structuredClone(commit);
    return this.#run(() => this.#commit(body));
  }

  watch(prefixes: readonly Key[], handler: WatchHandler, lost?: () => void): () => void {
    this.#life.checkOpen();
    planWatch(prefixes, handler, lost);
    const end = this.#watchers.add(prefixes, handler, lost);
    const watch = {};
    this.#prefixes.set(watch, structuredClone(prefixes));
    // Anew, with what is watched by now: it goes on where it was.
    this.#stream?.abort();
    if (this.#stream === undefined) void this.#follow();
    return () => {
      this.#prefixes.delete(watch);
      end();
    };
  }

  close(): Promise<void> {
    return this.#life.close(() => this.#finish());
  }

  #run<T>(work: () => Promise<T>): Promise<T> {
    return this.#life.run(this.#opening.get().then(work), coded);
  }

  async #finish(): Promise<void> {
    this.#watchers.clear();
    this.#prefixes.clear();
    await this.#life.idle();
    this.#stream?.abort();
  }

  async #greet(): Promise<void> {
    const about = (await this.#client.get('')) as Partial<About> | null;
    if (about?.doorwardStore !== protocolVersion) throw strange();
    if (typeof about.position === 'string') this.#position ??= about.position;
  }

  /** Repeats what has no effect, or none the second time. */
  async #again<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work();
      } catch (error) {
        if (attempt === attempts || !(error instanceof NoAnswer)) throw error;
        await pause(attempt * 100);
      }
    }
  }

  async #commit(commit: Commit): Promise<CommitResult> {
    const { checks, mutations } = commit;
    if (this.#client.silentFor > freshness) await this.#again(() => this.#greet());
    if (mutations.length === 0) return resultOf(await this.#again(() => this.#client.post('/commit', commit)));
    // One that is as large as can be has no room for the server's marker, and so is sent once.
    const marked = checks.length < limits.checks && mutations.length < limits.mutations;
    const headers = marked ? { [idempotencyHeader]: crypto.randomUUID() } : {};
    const deadline = performance.now() + patience;
    let sent = false;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return resultOf(await this.#client.post('/commit', commit, headers));
      } catch (error) {
        sent ||= !(error instanceof NoAnswer && error.unsent);
        if (!sent && attempt === attempts) throw error;
        // A server that fails while it commits knows no more than we do.
        const open = error instanceof NoAnswer || DoorwardError.is(error, 'storeTimeout');
        if (!open) throw error;
        if (!marked || performance.now() > deadline || this.#life.closed) {
          const message = 'the connection was lost during a commit; whether it was done is not known';
          throw new DoorwardError('storeTimeout', message, { cause: error });
        }
        await pause(Math.min(attempt * 100, 1000));
      }
    }
  }

  async #follow(): Promise<void> {
    while (this.#prefixes.size > 0) {
      const stream = new AbortController();
      this.#stream = stream;
      let timer: ReturnType<typeof setTimeout> | undefined;
      const listen = (): void => {
        clearTimeout(timer);
        // A connection can die without a word.
        timer = setTimeout(() => stream.abort(), silence);
      };
      let wait = 500;
      try {
        await this.#opening.get();
        listen();
        const prefixes = encodeURIComponent(JSON.stringify(Array.from(this.#prefixes.values()).flat()));
        const body = await this.#client.stream(`/watch?prefixes=${prefixes}`, this.#position, stream.signal);
        for await (const { event, data, id } of messages(body)) {
          listen();
          this.#take(event, data);
          if (id !== undefined) this.#position = id;
        }
      } catch {
        // Cut off, refused, or begun anew: it goes on where it was, as soon as that is possible.
        if (stream.signal.aborted) wait = 0;
        else this.#client.doubt();
      } finally {
        clearTimeout(timer);
      }
      if (this.#prefixes.size > 0 && !this.#life.closed) await pause(wait);
    }
    this.#stream = undefined;
  }

  #take(event: string, data: string): void {
    if (event === 'lost') return this.#watchers.tellLost();
    if (event !== 'commit') return;
    const { changes } = JSON.parse(data) as { changes: Omit<PlannedChange, 'at'>[] };
    this.#watchers.tell(changes.map((change) => ({ ...change, at: encodeKeyText(change.key) })));
  }
}

/** No answer at all is `offline`: the server, not the store, is away. */
function coded(error: unknown): DoorwardError {
  if (DoorwardError.is(error)) return error;
  const code = error instanceof NoAnswer ? 'offline' : 'storeFailed';
  return new DoorwardError(code, undefined, { cause: error });
}

function snapshotOf(answer: unknown, count: number): Snapshot {
  const { ranges } = (answer ?? {}) as { ranges?: unknown };
  if (!Array.isArray(ranges) || ranges.length !== count) throw strange();
  return { ranges: ranges.map((entries: unknown) => (Array.isArray(entries) ? entries.map(entryOf) : fail())) };
}

function entryOf(entry: unknown): Entry {
  const { key, value, version } = (entry ?? {}) as Partial<Entry>;
  if (!Array.isArray(key) || typeof value !== 'string' || typeof version !== 'string') return fail();
  return { key: key as string[], value, version };
}

function resultOf(answer: unknown): CommitResult {
  const { ok, version, conflicts } = (answer ?? {}) as { ok?: unknown; version?: unknown; conflicts?: unknown };
  if (ok === true && typeof version === 'string') return { ok, version };
  if (ok === false && Array.isArray(conflicts)) {
    const known = (conflicts as Key[]).filter((key) => !isReserved(key));
    if (known.length > 0) return { ok, conflicts: known };
  }
  return fail();
}

function fail(): never {
  throw strange();
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
