/** What is in the database, how ranges of it are read, and what a group of commits makes of it. */
import { unwrap, type IDBPDatabase } from 'idb';
import type { CommitResult, Entry, Snapshot } from '../../contract.js';
import { DoorwardError } from '../../errors.js';
import { textToBytes } from '../../keys.js';
import { conflictsOf, type PlannedCommit, type PlannedRange } from './validate.js';
import { changesOf, type PlannedChange } from './watchers.js';

export const storeName = 'entries';

export interface StoredRecord {
  readonly key: string[];
  readonly value: string;
  readonly version: string;
}

export interface Outcome {
  readonly result: CommitResult;
  readonly changes: PlannedChange[];
}

/** Applies commits, one after the other, to the records they check; gives their outcomes and what is to be written. */
export function decide(
  commits: readonly PlannedCommit[],
  before: ReadonlyMap<string, unknown>,
  count: number,
): { outcomes: Outcome[]; after: Map<string, StoredRecord | null>; last: number } {
  const after = new Map<string, StoredRecord | null>();
  const versionAt = (at: string): string | null => {
    const written = after.get(at);
    if (written !== undefined) return written === null ? null : written.version;
    const stored = before.get(at);
    return stored === undefined ? null : parseRecord(stored).version;
  };
  let last = count;
  const outcomes = commits.map(({ checks, mutations }): Outcome => {
    const conflicts = conflictsOf(checks, versionAt);
    if (conflicts.length > 0) return { result: { ok: false, conflicts }, changes: [] };
    if (mutations.length > 0) last += 1;
    const version = String(last);
    for (const { at, key, value } of mutations) {
      after.set(at, value === null ? null : { key: key.slice(), value, version });
    }
    return { result: { ok: true, version }, changes: changesOf(mutations, version) };
  });
  return { outcomes, after, last };
}

export async function readRanges(database: IDBPDatabase, ranges: readonly PlannedRange[]): Promise<Snapshot> {
  const transaction = database.transaction(storeName, 'readonly');
  transaction.done.catch(() => undefined);
  const store = unwrap(transaction.store);
  return { ranges: await Promise.all(ranges.map((range) => readRange(store, range))) };
}

async function readRange(store: IDBObjectStore, range: PlannedRange): Promise<Entry[]> {
  if ('at' in range) {
    const record = await settled<unknown>(store.get(textToBytes(range.at)));
    return record === undefined ? [] : [parseRecord(record)];
  }
  const { above, under, limit, reverse } = range;
  const bounds = IDBKeyRange.bound(textToBytes(above), textToBytes(under), true, true);
  if (!reverse) return (await settled<unknown[]>(store.getAll(bounds, limit))).map(parseRecord);
  if ('getAllRecords' in store) {
    const all = store as WithRecords;
    const records = await settled(all.getAllRecords({ query: bounds, count: limit, direction: 'prev' }));
    return records.map(({ value }) => parseRecord(value));
  }
  return readBackwards(store, bounds, limit);
}

/** For browsers without `getAllRecords`, which can read many records at once only forwards. */
function readBackwards(store: IDBObjectStore, bounds: IDBKeyRange, limit: number): Promise<Entry[]> {
  const found: Entry[] = [];
  return new Promise((resolve, reject) => {
    const request = store.openCursor(bounds, 'prev');
    request.onerror = () => reject(request.error ?? new Error('a cursor failed'));
    request.onsuccess = () => {
      try {
        const cursor = request.result;
        if (cursor !== null) found.push(parseRecord(cursor.value));
        if (cursor === null || found.length === limit) resolve(found);
        else cursor.continue();
      } catch (error) {
        reject(error as Error);
      }
    };
  });
}

/** Not in the declarations of every compiler yet. */
interface WithRecords extends IDBObjectStore {
  getAllRecords(options: {
    query: IDBKeyRange;
    count: number;
    direction: 'prev';
  }): IDBRequest<readonly { readonly value: unknown }[]>;
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('a request failed'));
  });
}

function parseRecord(record: unknown): Entry {
  const { key, value, version } = (record ?? {}) as Partial<StoredRecord>;
  if (!Array.isArray(key) || typeof value !== 'string' || typeof version !== 'string') {
    throw new DoorwardError('storeCorrupt');
  }
  return { key, value, version };
}

export function parseCount(count: unknown): number {
  if (count === undefined) return 0;
  if (!Number.isSafeInteger(count)) throw new DoorwardError('storeCorrupt', 'the count of commits is damaged');
  return count as number;
}
