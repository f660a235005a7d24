/**
 * Follows the commits of all handles on a connection of its own: for who watches, and for the epoch.
 *
 * What is true is asked for, again and again; a notification only brings the next question forward. So nothing rests on
 * notifications: not the gap between connecting and listening, not a lost one, not a database that has none.
 */
import type { Client } from 'pg';
import type { Freshness } from './freshness.js';
import type { PostgresTable } from './postgres-table.js';
import type { Watchers } from './watchers.js';

/** How often is asked, in ms: for the epoch, and without notifications; for a sign of life of the connection. */
const often = 200;
const seldom = 5000;
const afterFailure = 250;

export interface FollowerOptions {
  readonly table: PostgresTable;
  readonly watchers: Watchers;
  readonly freshness: Freshness | undefined;
  /** A connected client of its own. */
  connect(): Promise<Client>;
}

export class PostgresFollower {
  readonly #options: FollowerOptions;
  /** The commits up to this number have been told. */
  #told = 0;
  #watching = false;
  #running: Promise<void> | undefined;
  #client: Client | undefined;
  #notified = false;
  #wake: () => void = () => undefined;
  #stopped = false;

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  /** Tells of the commits behind this number, from now on. */
  watch(from: number): void {
    if (!this.#watching) this.#told = from;
    this.#watching = true;
    this.start();
  }

  /** Asks at once, and goes on for as long as somebody wants to know. */
  start(): void {
    if (this.#stopped) return;
    this.#running ??= this.#follow().finally(() => (this.#running = undefined));
    this.#wake();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake();
    await this.#running;
  }

  async #follow(): Promise<void> {
    while (!this.#stopped && (this.#watching || this.#options.freshness?.wanted === true)) {
      let pause = afterFailure;
      try {
        const client = (this.#client ??= await this.#connect());
        hold(client, true);
        this.#notified = false;
        await this.#ask(client);
        hold(client, false);
        pause = this.#options.freshness?.wanted === true || !this.#options.table.notifies ? often : seldom;
      } catch {
        // Not known is what follows of itself: the epoch is that, and what was missed is asked for again.
        await this.#drop();
      }
      if (!this.#notified && !this.#stopped) await this.#sleep(pause);
    }
    await this.#drop();
  }

  async #ask(client: Client): Promise<void> {
    const { table, freshness } = this.#options;
    const answer = freshness?.ask();
    const count = await table.count(client);
    answer?.(count);
    if (!this.#watching || count === this.#told) return;
    // Behind what has been told: the database was set back.
    if (count < this.#told) return this.#lose(count);
    for (;;) {
      const { lost, commits, more } = await table.log(client, this.#told);
      if (lost) return this.#lose(count);
      for (const { number, changes } of commits) {
        this.#told = number;
        this.#options.watchers.tell(changes);
      }
      if (!more) break;
    }
    // The last numbers may be of commits that were refused.
    this.#told = Math.max(this.#told, count);
  }

  #lose(count: number): void {
    this.#told = count;
    this.#options.watchers.tellLost();
  }

  async #connect(): Promise<Client> {
    const { table, freshness } = this.#options;
    const client = await this.#options.connect();
    client.on('error', () => undefined);
    client.on('notification', ({ payload }) => {
      freshness?.learn(Number(payload));
      this.#notified = true;
      this.#wake();
    });
    if (table.notifies) await client.query(`LISTEN ${table.channel}`);
    return client;
  }

  async #drop(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    if (client !== undefined) hold(client, true);
    await client?.end().catch(() => undefined);
  }

  #sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      timer.unref();
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Waiting for others must not keep a process that has nothing else to do; asking, which ends, must. Not among the types. */
function hold(client: Client, held: boolean): void {
  const socket = client as unknown as { ref(): void; unref(): void };
  if (held) socket.ref();
  else socket.unref();
}
