/**
 * The store of a page without a server, on IndexedDB: shared by all tabs and workers of an origin, durable at the
 * resolved promise. Tabs tell each other of their commits over a BroadcastChannel.
 *
 * One object store: encoded keys are binary, which IndexedDB orders by bytes; the count of commits has a string as its
 * key and so lies outside every binary range.
 */
import { openDB, unwrap } from 'idb';
import type { Commit, CommitResult, Key, Range, Snapshot, Store, WatchHandler } from '../contract.js';
import { DoorwardError } from '../errors.js';
import { Sequence } from './internal/sequence.js';
import type { Outcome } from './internal/decide.js';
import { CommitGroups } from './internal/groups.js';
import { Lifetime } from './internal/lifetime.js';
import { makeCommits, type Made } from './internal/indexeddb-commit.js';
import { readRanges, storeName } from './internal/indexeddb-records.js';
import { checkOptions, planCommit, planRanges, type PlannedCommit } from './internal/validate.js';
import { Watchers, type PlannedChange } from './internal/watchers.js';

export interface IndexedDbOptions {
  /**
   * `strict` (the default): a commit resolves once the browser has flushed it to the disk. `relaxed`: once the operating
   * system has it; faster, and a loss of power can take the last commits.
   */
  durability?: 'strict' | 'relaxed';
}

const databaseVersion = 1;
/** How long a commit told by one tab waits for an earlier one of another, in ms. */
const patience = 250;
/** How often a call is made while the browser keeps taking the database away… */
const attempts = 8;
/** …with so many ms more in between each time: on a busy machine it takes a while to do so. */
const pause = 20;

/**
 * Opens a handle on the database `name` of this origin, which is made where it is missing. The database is opened at the
 * first read or commit.
 * @throws DoorwardError `invalidArgument`, `unknownField`, `unsupported` where there is no IndexedDB
 */
export function indexedDB(name: string, options: IndexedDbOptions = {}): Store {
  checkOptions(options, ['durability'], 'indexedDB');
  if (typeof name !== 'string' || name === '') {
    throw new DoorwardError('invalidArgument', 'indexedDB needs the name of a database');
  }
  const { durability = 'strict' } = options;
  if (durability !== 'strict' && durability !== 'relaxed') {
    throw new DoorwardError('invalidArgument', '`durability` has to be `strict` or `relaxed`');
  }
  if (globalThis.indexedDB === undefined) {
    throw new DoorwardError('unsupported', 'there is no IndexedDB here');
  }
  return new IndexedDbStore(name, durability);
}

/** What one tab tells the others about one commit. */
interface Message {
  readonly commit: number;
  readonly changes: PlannedChange[];
}

class IndexedDbStore implements Store {
  readonly name: string;
  readonly capabilities = Object.freeze({ watch: true, durable: true });
  readonly #database: string;
  readonly #durability: 'strict' | 'relaxed';
  readonly #watchers = new Watchers();
  readonly #sequence = new Sequence<PlannedChange[]>((changes) => this.#watchers.tell(changes), patience);
  readonly #channel: BroadcastChannel;
  readonly #life = new Lifetime();
  readonly #groups = new CommitGroups({
    transact: (commits) => this.#transact(commits),
    done: ({ result, changes }) => {
      if (changes.length > 0 && result.ok) this.#tell(Number(result.version), changes);
    },
    alone: () => true,
  });
  #connection: Promise<IDBDatabase> | undefined;
  /** The number of the last commit this handle knows of; there may be later ones. */
  #count: number | undefined;

  constructor(database: string, durability: 'strict' | 'relaxed') {
    this.name = `indexeddb:${database}`;
    this.#database = database;
    this.#durability = durability;
    this.#channel = new BroadcastChannel(`doorward:${database}`);
    this.#channel.onmessage = ({ data }: MessageEvent<Message>) => {
      this.#count = Math.max(this.#count ?? 0, data.commit);
      this.#sequence.add(data.commit, data.changes);
    };
  }

  async read(ranges: readonly Range[]): Promise<Snapshot> {
    this.#life.checkOpen();
    const planned = planRanges(ranges);
    return this.#run(() => this.#withDatabase((database) => readRanges(database, planned)));
  }

  async commit(commit: Commit): Promise<CommitResult> {
    this.#life.checkOpen();
    const planned = planCommit(commit);
    return this.#run(() => this.#groups.add(planned));
  }

  watch(prefixes: readonly Key[], handler: WatchHandler, lost?: () => void): () => void {
    this.#life.checkOpen();
    return this.#watchers.add(prefixes, handler, lost);
  }

  close(): Promise<void> {
    return this.#life.close(() => this.#finish());
  }

  #run<T>(work: () => Promise<T>): Promise<T> {
    return this.#life.run(work(), coded);
  }

  async #finish(): Promise<void> {
    this.#watchers.clear();
    this.#sequence.stop();
    await this.#life.idle();
    this.#channel.close();
    (await this.#connection)?.close();
  }

  /**
   * Does what has no effect until it has succeeded, again where the browser took the database away meanwhile: nothing else
   * aborts a read or an opening, or refuses a transaction. The `close` event comes later, or never.
   */
  async #withDatabase<T>(use: (database: IDBDatabase) => T | Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      const connection = this.#connect();
      try {
        return await use(await connection);
      } catch (error) {
        if (!isNamed(error, 'AbortError') && !isNamed(error, 'InvalidStateError')) throw error;
        this.#forget(connection);
        if (attempt === attempts) throw error;
        await new Promise((resolve) => setTimeout(resolve, (attempt - 1) * pause));
      }
    }
  }

  #connect(): Promise<IDBDatabase> {
    if (this.#connection === undefined) {
      const connection = this.#open(() => this.#forget(connection));
      this.#connection = connection;
      connection.catch(() => this.#forget(connection));
    }
    return this.#connection;
  }

  /** The next call opens anew. */
  #forget(connection: Promise<IDBDatabase>): void {
    if (this.#connection === connection) this.#connection = undefined;
  }

  async #open(forget: () => void): Promise<IDBDatabase> {
    // Nothing can be `blocked` by an older version of the database: this is the first.
    const database = await openDB(this.#database, databaseVersion, {
      upgrade: (made) => void made.createObjectStore(storeName),
      // A newer page wants to upgrade, or to delete, the database: it must not wait for this one. What is running ends
      // as usual, the next call meets whatever is there then.
      blocking: () => {
        forget();
        database.close();
      },
      terminated: forget,
    });
    return unwrap(database);
  }

  async #transact(commits: readonly PlannedCommit[]): Promise<Outcome[]> {
    const made = (await this.#make(commits, this.#count)) ?? (await this.#make(commits, undefined));
    // Without a guess there is no wrong one.
    const { outcomes, count } = made as Made;
    this.#count = count;
    return outcomes;
  }

  async #make(commits: readonly PlannedCommit[], guess: number | undefined): Promise<Made | undefined> {
    // Only the start is repeated where the database was lost: how far a transaction came, only the caller can find out.
    const transaction = await this.#withDatabase((database) =>
      database.transaction(storeName, 'readwrite', { durability: this.#durability }),
    );
    return makeCommits(transaction, commits, guess);
  }

  #tell(commit: number, changes: PlannedChange[]): void {
    const message: Message = { commit, changes };
    this.#channel.postMessage(message);
    this.#sequence.add(commit, changes);
  }
}

/** Any failure as a `DoorwardError`. */
function coded(cause: unknown): DoorwardError {
  if (DoorwardError.is(cause)) return cause;
  if (isNamed(cause, 'QuotaExceededError')) return new DoorwardError('storeFull', undefined, { cause });
  if (isNamed(cause, 'VersionError')) return new DoorwardError('storeTooNew', undefined, { cause });
  if (isNamed(cause, 'NotFoundError') || isNamed(cause, 'NotReadableError')) {
    return new DoorwardError('storeCorrupt', undefined, { cause });
  }
  if (isNamed(cause, 'SecurityError')) {
    return new DoorwardError('storeFailed', 'the browser refuses this page a database', { cause });
  }
  return new DoorwardError('storeFailed', undefined, { cause });
}

function isNamed(error: unknown, name: string): boolean {
  return typeof error === 'object' && error !== null && 'name' in error && error.name === name;
}
