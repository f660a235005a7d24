/**
 * The store on PostgreSQL, and on what speaks its protocol: one table, shared by any number of processes and machines.
 *
 * A read is one statement, or shares one with others of the same turn. A commit is one SERIALIZABLE transaction that first takes the next number of the count of
 * commits, which is also its version: so commits come one after the other, in one order for everybody.
 */
import type { Client, Pool, PoolClient } from 'pg';
import type { Commit, CommitResult, Key, Range, Snapshot, Store, WatchHandler } from '../contract.js';
import { DoorwardError } from '../errors.js';
import { decide, type Outcome } from './internal/decide.js';
import { checkStaleness, Freshness, sharedCapabilities } from './internal/freshness.js';
import { CommitGroups } from './internal/groups.js';
import { Lifetime, Opening } from './internal/lifetime.js';
import { parsePostgresUrl, type PostgresAddress } from './internal/postgres-address.js';
import { coded, isDisconnect, isRetry } from './internal/postgres-errors.js';
import { PostgresFollower } from './internal/postgres-follower.js';
import { PostgresTable } from './internal/postgres-table.js';
import { ReadGroups } from './internal/read-groups.js';
import { checkOptions, planCommit, planRanges, planWatch, type PlannedCommit } from './internal/validate.js';
import { Watchers } from './internal/watchers.js';

export interface PostgresOptions {
  /** The table, made where it is missing: lower-case letters, digits and `_`. `doorward` if neither this nor the URL says another. */
  table?: string;
  /** Connections this handle may hold beside the one it listens on; 1 to 100, 8 if nothing is said. */
  connections?: number;
  /**
   * Milliseconds within which `epoch` shows the commits of other handles: so long a token revoked elsewhere may still be
   * taken here. 0: the store counts nothing, and every token is looked up anew. 0, or 500 to 60,000; 1000 if nothing is said.
   */
  staleness?: number;
}

/** How long a connection may take, and a statement, in ms. */
const connectTimeout = 5000;
const statementTimeout = 10_000;
/** How long a commit goes on after others got in its way, or its outcome was lost, in ms. */
const patience = 20_000;
/** How often a read or commit is begun anew where the connection was gone. */
const attempts = 3;

/**
 * Opens a handle on a database: `postgres://user:password@host:5432/name`. It is connected at the first read or commit.
 * @throws DoorwardError `invalidArgument`, `unknownField`
 */
export function postgres(url: string, options: PostgresOptions = {}): Store {
  checkOptions(options, ['table', 'connections', 'staleness'], 'postgres');
  const { connections = 8 } = options;
  if (!Number.isInteger(connections) || connections < 1 || connections > 100) {
    throw new DoorwardError('invalidArgument', '`connections` has to be an integer from 1 to 100');
  }
  return new PostgresStore(parsePostgresUrl(url, options.table), connections, checkStaleness(options.staleness));
}

class PostgresStore implements Store {
  readonly name: string;
  readonly capabilities;
  readonly epoch?: () => number;
  readonly #address: PostgresAddress;
  readonly #connections: number;
  readonly #table: PostgresTable;
  readonly #watchers = new Watchers();
  readonly #freshness: Freshness | undefined;
  readonly #follower: PostgresFollower;
  readonly #life = new Lifetime();
  readonly #groups = new CommitGroups({
    transact: (commits) => this.#transact(commits),
    done: () => undefined,
    // Only what was refused for its size can fare better alone; what was cut off must not be waited for again and again.
    alone: (error) => DoorwardError.is(error, 'storeFull'),
  });
  readonly #reads = new ReadGroups((ranges) => this.#again((pool) => this.#table.read(pool, ranges)));
  readonly #opening = new Opening(() => this.#prepare());
  #pool: Pool | undefined;
  /** The highest number of a commit this handle knows of. */
  #count = 0;

  constructor(address: PostgresAddress, connections: number, staleness: number) {
    this.name = address.name;
    this.#address = address;
    this.#connections = connections;
    this.#table = new PostgresTable(address.table);
    if (staleness > 0) {
      const freshness = new Freshness(staleness, () => this.#follower.start());
      this.#freshness = freshness;
      this.epoch = () => {
        this.#life.checkOpen();
        return freshness.epoch();
      };
    }
    this.capabilities = sharedCapabilities(staleness);
    this.#follower = new PostgresFollower({
      table: this.#table,
      watchers: this.#watchers,
      freshness: this.#freshness,
      connect: () => this.#connectAlone(),
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
    return this.#run(() => this.#groups.add(planned));
  }

  watch(prefixes: readonly Key[], handler: WatchHandler, lost?: () => void): () => void {
    this.#life.checkOpen();
    planWatch(prefixes, handler, lost);
    const end = this.#watchers.add(prefixes, handler, lost);
    if (this.#pool !== undefined) this.#follower.watch(this.#count);
    // Every call of this handle waits for this opening, so none of its commits comes before the watch.
    else
      void this.#opening.get().then(
        () => this.#follower.watch(this.#count),
        () => this.#retryWatch(),
      );
    return end;
  }

  close(): Promise<void> {
    return this.#life.close(() => this.#finish());
  }

  #run<T>(work: () => Promise<T>): Promise<T> {
    return this.#life.run(work(), coded);
  }

  async #finish(): Promise<void> {
    this.#watchers.clear();
    await this.#life.idle();
    await this.#follower.stop();
    await this.#opening.begun?.catch(() => undefined);
    await this.#pool?.end();
  }

  async #prepare(): Promise<Pool> {
    const { Pool } = (await import('pg')).default;
    const pool = new Pool({
      ...this.#settings(),
      max: this.#connections,
      idleTimeoutMillis: 30_000,
      allowExitOnIdle: true,
    });
    // A connection that dies concerns the call that uses it, which fails by itself; without a listener, the process.
    pool.on('error', () => undefined);
    pool.on('connect', (client) => client.on('error', () => undefined));
    try {
      this.#count = await repeated(() => this.#table.prepare(pool));
    } catch (error) {
      await pool.end();
      throw error;
    }
    this.#pool = pool;
    return pool;
  }

  #settings() {
    return {
      connectionString: this.#address.connectionString,
      application_name: 'doorward',
      connectionTimeoutMillis: connectTimeout,
      query_timeout: statementTimeout,
      statement_timeout: statementTimeout,
      // A process that stands still in the middle of a commit holds up all others.
      idle_in_transaction_session_timeout: statementTimeout,
      keepAlive: true,
    };
  }

  async #connectAlone(): Promise<Client> {
    await this.#opening.get();
    const { Client } = (await import('pg')).default;
    const client = new Client(this.#settings());
    await client.connect();
    return client;
  }

  /** The database was away when the watch began; it begins as soon as it is there. */
  async #retryWatch(): Promise<void> {
    while (!this.#life.closed && this.#watchers.size > 0) {
      await pause(500);
      const opened = await this.#opening.get().then(
        () => true,
        () => false,
      );
      if (opened) return this.#follower.watch(this.#count);
    }
  }

  /** Does what has no effect, again where the connection was gone: one that was idle may have died long ago. */
  async #again<T>(work: (pool: Pool) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work(await this.#opening.get());
      } catch (error) {
        if (attempt === attempts || !isDisconnect(error)) throw error;
        await pause(attempt * 50);
      }
    }
  }

  async #transact(commits: readonly PlannedCommit[]): Promise<readonly Outcome[]> {
    const deadline = performance.now() + patience;
    let attempt = 1;
    for (;;) {
      try {
        return await this.#withClient((client) => this.#tryTransact(client, commits));
      } catch (error) {
        if (error instanceof LostCommit && (await this.#wasMade(error, deadline))) return this.#made(error);
        if (performance.now() > deadline) throw error;
        if (isRetry(error)) {
          // Somebody has committed, so that all of them together come forward.
          await pause(Math.random() * 4);
        } else {
          if (attempt === attempts || !isDisconnect(error)) throw error;
          await pause(attempt * 50);
          attempt += 1;
        }
      }
    }
  }

  async #tryTransact(client: PoolClient, commits: readonly PlannedCommit[]): Promise<readonly Outcome[]> {
    const table = this.#table;
    const count = await table.begin(client, commits.length);
    const checked = new Set(commits.flatMap(({ checks }) => checks.map(({ at }) => at)));
    const versions = await table.versions(client, Array.from(checked));
    const { outcomes, after, last } = decide(commits, (at) => versions.get(at) ?? null, count);
    if (last === count) {
      await client.query('ROLLBACK');
      return outcomes;
    }
    const id = crypto.randomUUID();
    await table.write(client, after, outcomes, id);
    try {
      await table.commit(client, last);
    } catch (error) {
      throw isDisconnect(error) ? new LostCommit(last, id, outcomes, error) : error;
    }
    return this.#made({ last, outcomes });
  }

  #made({ last, outcomes }: Pick<LostCommit, 'last' | 'outcomes'>): readonly Outcome[] {
    this.#count = Math.max(this.#count, last);
    this.#freshness?.learn(last);
    return outcomes;
  }

  /**
   * Finds out what became of a commit whose answer was lost. A transaction that takes a number, as all do, comes before
   * or behind the lost one, never beside it: whatever it finds is how it stays.
   * @throws DoorwardError `storeTimeout` where it cannot be found out in time
   */
  async #wasMade({ last, id, cause }: LostCommit, deadline: number): Promise<boolean> {
    while (performance.now() < deadline) {
      try {
        const made = await this.#withClient(async (client) => {
          await this.#table.begin(client, 0);
          const logged = await this.#table.isLogged(client, last, id);
          await client.query('ROLLBACK');
          return logged;
        });
        if (made !== undefined) return made;
        break;
      } catch (error) {
        if (DoorwardError.is(error)) throw error;
        await pause(isRetry(error) ? Math.random() * 4 : 250);
      }
    }
    const message = 'the connection was lost during a commit; whether it was done is not known';
    throw new DoorwardError('storeTimeout', message, { cause: coded(cause).cause });
  }

  async #withClient<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await (await this.#opening.get()).connect();
    let broken = true;
    try {
      const result = await work(client);
      broken = false;
      return result;
    } catch (error) {
      // After a refusal the connection is as good as before, as soon as its transaction is over.
      if (!isDisconnect(error))
        broken = await client.query('ROLLBACK').then(
          () => false,
          () => true,
        );
      throw error;
    } finally {
      client.release(broken);
    }
  }
}

/** Two processes that make the table at the same time can get in each other's way, in several words. */
async function repeated<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt === attempts || DoorwardError.is(error) || isDisconnect(error)) throw error;
      await pause(attempt * 50);
    }
  }
}

/** The connection went away between a COMMIT and its answer. */
class LostCommit extends Error {
  readonly last: number;
  readonly id: string;
  readonly outcomes: readonly Outcome[];

  constructor(last: number, id: string, outcomes: readonly Outcome[], cause: unknown) {
    super('the connection was lost during a commit', { cause });
    this.last = last;
    this.id = id;
    this.outcomes = outcomes;
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
