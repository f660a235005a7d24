/**
 * A group of commits as one transaction of IndexedDB. What costs there is the way to the browser's process and back, so
 * everything is asked for without a promise in between, and the transaction is told to end rather than found idle.
 */
import type { Version } from '../../contract.js';
import { textToBytes } from '../../keys.js';
import { decide, type Decided, type Outcome } from './decide.js';
import { parseCount, storeName, versionOf } from './indexeddb-records.js';
import type { PlannedCommit } from './validate.js';

const commitsKey = 'commits';
/** With more mutations than that, what a wrong guess wastes is more than what a right one spares. */
const guessable = 32;

/** `count`: the number of the last commit there is now. */
export interface Made {
  readonly outcomes: Outcome[];
  readonly count: number;
}

/**
 * Makes the commits, in their order; resolved means durable. `guess` is what the count of commits may be: with it the
 * changes are sent right behind what is read, as if all checks held, and taken back where they do not.
 * @returns undefined where the guess was wrong; then nothing has happened
 */
export function makeCommits(
  transaction: IDBTransaction,
  commits: readonly PlannedCommit[],
  guess: number | undefined,
): Promise<Made | undefined> {
  const store = transaction.objectStore(storeName);
  const expected = new Map<string, Version | null>();
  for (const { checks } of commits) for (const { at, version } of checks) expected.set(at, version);
  const few = commits.reduce((all, { mutations }) => all + mutations.length, 0) <= guessable;
  const guessed = guess !== undefined && few ? decide(commits, (at) => expected.get(at) ?? null, guess) : undefined;

  return new Promise((resolve, reject) => {
    let made: Decided | undefined;
    let wrong = false;
    let failure: Error | undefined;
    transaction.oncomplete = () => resolve(made && { outcomes: made.outcomes, count: made.last });
    transaction.onabort = () => {
      if (wrong) resolve(undefined);
      else reject(failure ?? transaction.error ?? new DOMException('the transaction was aborted', 'AbortError'));
    };
    const fail = (error: Error): void => {
      failure = error;
      try {
        transaction.abort();
      } catch {
        // It has ended already, which most often is what brought us here; its own event may have come and gone.
        reject(error);
      }
    };
    const judge = (count: number, found: ReadonlyMap<string, Version | null>): void => {
      if (guessed === undefined) {
        made = decide(commits, (at) => found.get(at) ?? null, count);
        write(store, made, count);
      } else if (count === guess && Array.from(found).every(([at, version]) => version === expected.get(at))) {
        made = guessed;
      } else {
        wrong = true;
        return transaction.abort();
      }
      transaction.commit();
    };
    try {
      look(store, Array.from(expected.keys()), judge, fail);
      if (guessed !== undefined) write(store, guessed, guess as number);
    } catch (error) {
      fail(error as Error);
    }
  });
}

/** Reads the count of commits and the versions of keys. A request that fails aborts the transaction. */
function look(
  store: IDBObjectStore,
  keys: readonly string[],
  judge: (count: number, found: ReadonlyMap<string, Version | null>) => void,
  fail: (error: Error) => void,
): void {
  const records = keys.map((at) => store.get(textToBytes(at)));
  // The last of them: requests are answered in their order.
  const last = store.get(commitsKey);
  last.onsuccess = () => {
    try {
      const found = new Map(keys.map((at, index) => [at, versionOf(records[index]?.result)]));
      judge(parseCount(last.result), found);
    } catch (error) {
      fail(error as Error);
    }
  };
}

/** An error of one of these requests aborts the transaction, so nobody has to listen to thousands of them. */
function write(store: IDBObjectStore, { after, last }: Decided, before: number): void {
  for (const [at, record] of after) {
    if (record === null) store.delete(textToBytes(at));
    else store.put(record, textToBytes(at));
  }
  if (last > before) store.put(last, commitsKey);
}
