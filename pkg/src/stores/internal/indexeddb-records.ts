/** What is in the database, and how ranges of it are read. */
import type { Entry, Snapshot, Version } from '../../contract.js';
import { DoorwardError } from '../../errors.js';
import { textToBytes } from '../../keys.js';
import type { Written } from './decide.js';
import type { PlannedRange } from './validate.js';

export const storeName = 'entries';

/** The version of a stored record, null where there is none. */
export function versionOf(stored: unknown): Version | null {
  return stored === undefined ? null : parseRecord(stored).version;
}

export async function readRanges(database: IDBDatabase, ranges: readonly PlannedRange[]): Promise<Snapshot> {
  const transaction = database.transaction(storeName, 'readonly');
  const store = transaction.objectStore(storeName);
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
  const { key, value, version } = (record ?? {}) as Partial<Written>;
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
