/**
 * The one table of a PostgreSQL store, and every statement that is made of it.
 *
 * `key` is the encoded key, ordered by its bytes as PostgreSQL orders `bytea`, so that no collation has a say. Rows whose
 * key begins with FF are ours: no encoded key begins so, and every range of keys ends before them.
 *
 *   FF 00             the format: `version` is its number
 *   FF 01             `version` is the number of the last commit
 *   FF 02             `version` is the number of the last commit that is no longer in the log
 *   FF 03, number     one commit of the log: what it changed, for whoever watches
 */
import type { Pool, PoolClient } from 'pg';
import type { Entry, Key } from '../../contract.js';
import { DoorwardError } from '../../errors.js';
import { decodeKeyText, encodeKeyText } from '../../keys.js';
import type { Outcome, Written } from './decide.js';
import type { PlannedRange } from './validate.js';
import type { PlannedChange } from './watchers.js';

/** What both a pool and one of its clients can do. */
export type Queryable = Pick<Pool | PoolClient, 'query'>;

const format = 1;
const formatKey = "'\\xff00'::bytea";
const countKey = "'\\xff01'::bytea";
const horizonKey = "'\\xff02'::bytea";
/** The log keeps the last so many commits, give or take a pruning. */
export const logLength = 4096;
const pruneEvery = 256;
const logPage = 256;
/**
 * Up to so many keys are parameters of their own: the server keeps a plan for each number of them, but plans anew every
 * time for an array, of which it does not know how long it will be.
 */
const listed = 16;
/** Statements of up to so many stretches are prepared once a connection: so there are some hundreds at the most. */
const namedStretches = 4;

interface Row {
  readonly r?: number;
  readonly key: Buffer;
  readonly value: Buffer;
  readonly version: string;
}

/** A row of a stretch, before it is an entry. */
interface Placed {
  /** The encoded key. */
  readonly at: string;
  readonly value: string;
  readonly version: string;
}

/** A commit as the log has it. */
export interface Logged {
  readonly number: number;
  readonly changes: readonly PlannedChange[];
}

export class PostgresTable {
  readonly channel: string;
  /** Has the database LISTEN and NOTIFY? Those that only speak PostgreSQL's protocol lack it. */
  notifies = false;
  readonly #table: string;

  constructor(table: string) {
    this.#table = `"${table}"`;
    this.channel = `"doorward:${table}"`;
  }

  /**
   * Makes the table where it is missing.
   * @throws DoorwardError `storeTooNew`, `storeCorrupt`
   */
  async prepare(client: Queryable): Promise<number> {
    const { rows: about } = await client.query<{ version: string; found: string | null }>(
      'SELECT version() AS version, to_regclass($1)::text AS found',
      [this.#table],
    );
    this.notifies = !/cockroach|-YB-/i.test(about[0]?.version ?? '');
    if (about[0]?.found == null) {
      await client.query(
        `CREATE TABLE IF NOT EXISTS ${this.#table} (key bytea PRIMARY KEY, value bytea NOT NULL, version bigint NOT NULL)`,
      );
    }
    const read = (): Promise<{ rows: Row[] }> =>
      client.query<Row>(`SELECT key, value, version FROM ${this.#table} WHERE key IN (${formatKey}, ${countKey})`);
    let { rows } = await read();
    if (rows.length < 2) {
      await client.query(
        `INSERT INTO ${this.#table} (key, value, version)
         VALUES (${formatKey}, '', ${format}), (${countKey}, '', 0), (${horizonKey}, '', 0) ON CONFLICT (key) DO NOTHING`,
      );
      ({ rows } = await read());
    }
    const numbers = new Map(rows.map(({ key, version }) => [key[1], Number(version)]));
    const found = numbers.get(0) ?? 0;
    if (found > format) throw new DoorwardError('storeTooNew');
    if (found !== format) throw new DoorwardError('storeCorrupt', 'the format of the store is damaged');
    return parseCount(numbers.get(1));
  }

  /** All ranges in one statement, and so in one snapshot. */
  async read(client: Queryable, ranges: readonly PlannedRange[]): Promise<Entry[][]> {
    if (ranges.length === 0) return [];
    const singles = new Map<string, number[]>();
    const stretches: number[] = [];
    const parts: string[] = [];
    const values: unknown[] = [];
    const add = (value: unknown): string => `$${values.push(value)}`;
    let shape = '';
    ranges.forEach((range, place) => {
      if ('at' in range) {
        const places = singles.get(range.at);
        if (places === undefined) singles.set(range.at, [place]);
        else places.push(place);
        return;
      }
      const [above, under, limit] = [add(bytes(range.above)), add(bytes(range.under)), add(range.limit)];
      const order = range.reverse ? 'DESC' : 'ASC';
      parts.push(
        `(SELECT ${stretches.length} AS r, key, value, version FROM ${this.#table} WHERE key > ${above} AND key < ${under}
          ORDER BY key ${order} LIMIT ${limit}::int)`,
      );
      stretches.push(place);
      shape += order[0];
    });
    if (singles.size > 0) {
      const keys = Array.from(singles.keys(), bytes);
      parts.push(`(SELECT -1 AS r, key, value, version FROM ${this.#table} WHERE ${isOneOf(keys, add)})`);
      shape += keys.length <= listed ? keys.length : 'N';
    }
    const name = stretches.length <= namedStretches ? { name: `doorward-read-${shape}` } : {};
    const { rows } = await client.query<Row>({ ...name, text: parts.join(' UNION ALL '), values });
    const found = ranges.map((): Entry[] => []);
    const placed = stretches.map((): Placed[] => []);
    for (const { r = -1, key, value, version } of rows) {
      const [at, text] = [key.toString('latin1'), decoded(value)];
      if (r >= 0) placed[r]?.push({ at, value: text, version });
      else for (const place of singles.get(at) ?? []) found[place]?.push({ key: decodedKey(at), value: text, version });
    }
    stretches.forEach((place, r) => {
      // The order of the parts of a union is nobody's promise.
      const sign = (ranges[place] as { reverse?: boolean }).reverse === true ? -1 : 1;
      const list = placed[r]?.sort((a, b) => (a.at < b.at ? -sign : sign)) ?? [];
      found[place] = list.map(({ at, value, version }) => ({ key: decodedKey(at), value, version }));
    });
    return found;
  }

  /**
   * Begins a transaction and takes `commits` numbers. Every transaction that writes does this first, so that they come one
   * after the other: of two that meet, the later one fails with 40001 and begins anew.
   */
  async begin(client: Queryable, commits: number): Promise<number> {
    const text = `BEGIN ISOLATION LEVEL SERIALIZABLE;
      UPDATE ${this.#table} SET version = version + ${commits} WHERE key = ${countKey} RETURNING version`;
    const results = (await client.query(text)) as unknown as { rows: { version: string }[] }[];
    return parseCount(Number(results[1]?.rows[0]?.version)) - commits;
  }

  async versions(client: Queryable, keys: readonly string[]): Promise<Map<string, string>> {
    if (keys.length === 0) return new Map();
    const values: unknown[] = [];
    const where = isOneOf(keys.map(bytes), (value) => `$${values.push(value)}`);
    const { rows } = await client.query<Row>({
      name: `doorward-versions-${keys.length <= listed ? keys.length : 'N'}`,
      text: `SELECT key, version FROM ${this.#table} WHERE ${where}`,
      values,
    });
    return new Map(rows.map(({ key, version }) => [key.toString('latin1'), version]));
  }

  /** Writes what the commits of one transaction came to, with the log beside it. `id` marks the transaction as ours. */
  async write(client: Queryable, after: ReadonlyMap<string, Written | null>, outcomes: readonly Outcome[], id: string) {
    const keys: Buffer[] = [];
    const values: Buffer[] = [];
    const versions: string[] = [];
    const gone: Buffer[] = [];
    for (const [at, written] of after) {
      if (written === null) {
        gone.push(bytes(at));
        continue;
      }
      keys.push(bytes(at));
      values.push(Buffer.from(written.value));
      versions.push(written.version);
    }
    for (const { result, changes } of outcomes) {
      if (!result.ok || changes.length === 0) continue;
      const number = Number(result.version);
      keys.push(logKey(number));
      values.push(Buffer.from(JSON.stringify({ id, changes: changes.map(({ key, value }) => [key, value]) })));
      versions.push(result.version);
      if (number % pruneEvery === 0) await this.#prune(client, number - logLength);
    }
    await client.query({
      name: 'doorward-write',
      text: `INSERT INTO ${this.#table} (key, value, version)
        SELECT * FROM unnest($1::bytea[], $2::bytea[], $3::bigint[])
        ON CONFLICT (key) DO UPDATE SET value = excluded.value, version = excluded.version`,
      values: [keys, values, versions],
    });
    if (gone.length > 0) {
      await client.query(`DELETE FROM ${this.#table} WHERE key = ANY($1::bytea[])`, [gone]);
    }
  }

  /** Ends the transaction for good, and has it told with its last number. */
  async commit(client: Queryable, last: number): Promise<void> {
    await client.query(this.notifies ? `NOTIFY ${this.channel}, '${last}'; COMMIT` : 'COMMIT');
  }

  async #prune(client: Queryable, last: number): Promise<void> {
    if (last < 1) return;
    await client.query(`UPDATE ${this.#table} SET version = $1 WHERE key = ${horizonKey}`, [last]);
    await client.query(`DELETE FROM ${this.#table} WHERE key > $1 AND key <= $2`, [logKey(0), logKey(last)]);
  }

  /** Did the transaction of this id make this commit? To be asked where no transaction can be in between. */
  async isLogged(client: Queryable, number: number, id: string): Promise<boolean | undefined> {
    const text = `SELECT key, value, version FROM ${this.#table} WHERE key = $1 OR key = ${horizonKey}`;
    const { rows } = await client.query<Row>(text, [logKey(number)]);
    const row = rows.find(({ key }) => key[1] === 3);
    if (row !== undefined) return (JSON.parse(row.value.toString()) as { id: string }).id === id;
    const horizon = rows.find(({ key }) => key[1] === 2);
    return horizon !== undefined && Number(horizon.version) >= number ? undefined : false;
  }

  /** How many commits there are. */
  async count(client: Queryable): Promise<number> {
    const text = `SELECT version FROM ${this.#table} WHERE key = ${countKey}`;
    const { rows } = await client.query<Row>({ name: 'doorward-count', text });
    return parseCount(Number(rows[0]?.version));
  }

  /** The next commits behind a number, at most a page; `lost` where the log no longer reaches back so far. */
  async log(client: Queryable, behind: number): Promise<{ lost: boolean; commits: Logged[]; more: boolean }> {
    // One statement: between two the log could be pruned.
    const text = `(SELECT key, value, version FROM ${this.#table} WHERE key = ${horizonKey}) UNION ALL
      (SELECT key, value, version FROM ${this.#table} WHERE key > $1 AND key < '\\xff04' ORDER BY key LIMIT ${logPage})`;
    const { rows } = await client.query<Row>({ name: 'doorward-log', text, values: [logKey(behind)] });
    const commits = rows.filter(({ key }) => key[1] === 3).map(logged);
    commits.sort((a, b) => a.number - b.number);
    const horizon = Number(rows.find(({ key }) => key[1] === 2)?.version ?? 0);
    return { lost: behind < horizon, commits, more: commits.length === logPage };
  }
}

function logged({ value, version }: Row): Logged {
  const { changes } = JSON.parse(value.toString()) as { changes: [Key, string | null][] };
  return {
    number: Number(version),
    changes: changes.map(([key, value]) => ({
      at: encodeKeyText(key),
      key,
      value,
      version: value === null ? null : version,
    })),
  };
}

function logKey(number: number): Buffer {
  const key = Buffer.from([0xff, 3, 0, 0, 0, 0, 0, 0, 0, 0]);
  key.writeBigUInt64BE(BigInt(number), 2);
  return key;
}

function parseCount(count: number | undefined): number {
  if (count === undefined || !Number.isSafeInteger(count) || count < 0) {
    throw new DoorwardError('storeCorrupt', 'the count of commits is damaged');
  }
  return count;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decoded(value: Buffer): string {
  try {
    return decoder.decode(value);
  } catch (cause) {
    throw new DoorwardError('storeCorrupt', undefined, { cause });
  }
}

function decodedKey(at: string): string[] {
  try {
    return decodeKeyText(at);
  } catch (cause) {
    throw new DoorwardError('storeCorrupt', undefined, { cause });
  }
}

/** The condition that the key is one of these; `add` takes a parameter and gives its name. */
function isOneOf(keys: readonly Buffer[], add: (value: unknown) => string): string {
  return keys.length <= listed ? `key IN (${keys.map(add).join(', ')})` : `key = ANY(${add(keys)}::bytea[])`;
}

function bytes(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}
