/** What a case of the contract suite is, and the few tools it is written with; no test runner is needed. */
import type { Commit, CommitResult, Entry, Key, Range, Store, Version } from '../contract.js';
import { DoorwardError, type ErrorCode } from '../errors.js';

/**
 * Opens a handle on the named data. A name that was never given before stands for an empty store; the same name given
 * again stands for a further handle on the same data, best one in another process or page. Names are of `a-z0-9-`.
 */
export type OpenStore = (dataset: string) => Store | Promise<Store>;

/** A case that cannot apply to an adapter says why; every other outcome is a pass or a throw. */
export type CaseResult = { readonly skipped: string } | undefined;

export interface StoreCase {
  readonly name: string;
  /** Runs on data of its own and closes every handle it opened. */
  run(open: OpenStore): Promise<CaseResult>;
}

/** What the body of a case is given: `open()` gives one more handle on the data of the case. */
export type CaseBody = (open: () => Promise<Store>) => Promise<CaseResult | void>;

let datasets = 0;

export function storeCase(name: string, body: CaseBody): StoreCase {
  return {
    name,
    async run(open) {
      datasets += 1;
      const dataset = `case-${datasets}-${Math.random().toString(36).slice(2, 10)}`;
      const handles: Store[] = [];
      try {
        const result = await body(async () => {
          const store = await open(dataset);
          handles.push(store);
          return store;
        });
        return result ?? undefined;
      } finally {
        await Promise.all(handles.map((store) => store.close()));
      }
    },
  };
}

export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(message);
}

/** Deep equality by JSON text: enough for what stores give, where the order of fields is fixed by `plain`. */
export function equal(actual: unknown, expected: unknown, what: string): void {
  const [left, right] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (left !== right) throw new Error(`${what}: got ${short(left)}, expected ${short(right)}`);
}

/** Fails unless the work fails with that code; synchronous throws count only where the method is synchronous. */
export async function fails(work: Promise<unknown>, code: ErrorCode, what: string): Promise<void> {
  const outcome = await work.then(
    () => 'success',
    (error: unknown) => (DoorwardError.is(error) ? error.code : `an error without a code: ${String(error)}`),
  );
  assert(outcome === code, `${what}: got ${outcome}, expected ${code}`);
}

/** Entries as `[key, value]`. */
export function plain(entries: readonly Entry[]): (readonly [Key, string])[] {
  return entries.map(({ key, value }) => [key, value] as const);
}

export async function readOne(store: Store, range: Range): Promise<readonly Entry[]> {
  const { ranges } = await store.read([range]);
  assert(ranges.length === 1, `one range asked, ${ranges.length} given`);
  return ranges[0] as readonly Entry[];
}

export async function get(store: Store, key: Key): Promise<Entry | undefined> {
  const entries = await readOne(store, { key });
  assert(entries.length <= 1, 'a range of one key gave several entries');
  return entries[0];
}

export async function keysBelow(store: Store, prefix: Key): Promise<readonly Key[]> {
  return (await readOne(store, { prefix })).map(({ key }) => key);
}

/** Commits and insists on success. */
export async function write(store: Store, ...mutations: Commit['mutations']): Promise<Version> {
  return accepted(await store.commit({ checks: [], mutations }));
}

export function accepted(result: CommitResult): Version {
  assert(result.ok === true, `the commit was refused: ${JSON.stringify(result)}`);
  assert(typeof result.version === 'string', 'the version of a commit is no string');
  return result.version;
}

export function refused(result: CommitResult, conflicts: readonly Key[], what: string): void {
  equal(result, { ok: false, conflicts }, what);
}

/** Waits until the condition holds; five seconds are for slow machines, not a measure. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const end = Date.now() + 5000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`);
    await pause(5);
  }
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function short(text: string | undefined): string {
  if (text === undefined) return 'undefined';
  return text.length > 400 ? `${text.slice(0, 400)}… (${text.length} characters)` : text;
}
