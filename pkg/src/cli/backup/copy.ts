/**
 * Copies one store into another. The target carries the mark of an import while it is not whole, so that no door opens on
 * it; in the mark stands how far the copy has come. What stands behind that is made anew by the next run.
 */
import { createHash } from 'node:crypto';
import { DoorwardError } from 'doorward';
import { limits, type Entry, type Key, type Mutation, type Store } from 'doorward/contract';
import { importMarker } from './format.js';

const batchBytes = 1024 * 1024;
/** A source that is written to meanwhile is gone through so often, until both agree. */
const passes = 3;

export interface Copied {
  readonly records: number;
  /** SHA-256 over all keys and values, in their order: that of the one and of the other. */
  readonly sha256: string;
  readonly resumed: boolean;
}

const text = (key: Key): string => JSON.stringify(key);
const isMarker = (key: Key): boolean => text(key) === text(importMarker);
/** A server that shares its store keeps its own marks behind all other keys; they are of that server. */
const isOurs = ({ key }: Entry): boolean => !isMarker(key) && !(key[0]?.startsWith('\u{10ffff}') ?? false);

async function page(store: Store, after: Key | undefined): Promise<readonly Entry[]> {
  const { ranges } = await store.read([{ prefix: [], limit: limits.rangeEntries, ...(after && { after }) }]);
  return ranges[0] ?? [];
}

async function* pages(store: Store, from?: Key): AsyncGenerator<readonly Entry[]> {
  let after = from;
  for (;;) {
    const entries = await page(store, after);
    yield entries;
    if (entries.length < limits.rangeEntries) return;
    after = entries.at(-1)?.key;
  }
}

async function digestOf(store: Store): Promise<{ records: number; sha256: string }> {
  const hash = createHash('sha256');
  let records = 0;
  for await (const entries of pages(store)) {
    for (const { key, value } of entries.filter(isOurs)) {
      hash.update(`${JSON.stringify([key, value])}\n`);
      records += 1;
    }
  }
  return { records, sha256: hash.digest('hex') };
}

/** How far an earlier copy came; undefined where there was none. */
async function begun(to: Store): Promise<{ after: Key | undefined } | undefined> {
  const { ranges } = await to.read([{ key: importMarker }, { prefix: [], limit: 1 }]);
  const marker = ranges[0]?.[0];
  if (marker === undefined) {
    if (ranges[1]?.length === 0) return undefined;
    throw new DoorwardError('alreadyExists', 'the store to copy to is not empty');
  }
  const { copied } = JSON.parse(marker.value) as { copied?: Key | null };
  if (copied === undefined) throw new DoorwardError('alreadyExists', 'the store to copy to is half of an import');
  return { after: copied ?? undefined };
}

const mark = (copied: Key | null): Mutation => ({ set: importMarker, value: JSON.stringify({ copied }) });

/** Writes in commits that the target takes: some databases allow fewer changes in one than the contract does. */
class Writer {
  readonly #to: Store;
  #most: number = limits.rangeEntries;

  constructor(to: Store) {
    this.#to = to;
  }

  /** `done`: the key up to which all is copied once these are written. */
  async write(mutations: readonly Mutation[], done: Key | null): Promise<void> {
    let from = 0;
    do {
      const batch = this.#batch(mutations, from);
      const last = from + batch.length >= mutations.length;
      try {
        await this.#to.commit({ checks: [], mutations: last ? [...batch, mark(done)] : batch });
        from += batch.length;
        if (last) return;
      } catch (error) {
        if (!DoorwardError.is(error, 'limitExceeded') || batch.length <= 1) throw error;
        this.#most = Math.ceil(batch.length / 2);
      }
    } while (from < mutations.length);
  }

  #batch(mutations: readonly Mutation[], from: number): Mutation[] {
    const batch: Mutation[] = [];
    let bytes = 0;
    for (const mutation of mutations.slice(from, from + this.#most)) {
      bytes += 'value' in mutation ? mutation.value.length : 0;
      if (batch.length > 0 && bytes > batchBytes) break;
      batch.push(mutation);
    }
    return batch;
  }
}

/** Makes everything behind a key in the target what it is in the source. */
async function pass(
  from: Store,
  to: Store,
  after: Key | undefined,
  progress: (records: number) => void,
): Promise<void> {
  const writer = new Writer(to);
  let at = after;
  let records = 0;
  for await (const source of pages(from, after)) {
    const last = source.length < limits.rangeEntries ? undefined : source.at(-1)?.key;
    const wanted = new Map(source.filter(isOurs).map((entry) => [text(entry.key), entry]));
    const mutations: Mutation[] = [];
    // What an earlier run left between the ends of this page.
    scan: for await (const there of pages(to, at)) {
      for (const entry of there) {
        if (last !== undefined && isBehind(entry.key, last)) break scan;
        if (!isOurs(entry)) continue;
        const same = wanted.get(text(entry.key));
        if (same === undefined) mutations.push({ delete: entry.key });
        else if (same.value === entry.value) wanted.delete(text(entry.key));
      }
    }
    for (const { key, value } of wanted.values()) mutations.push({ set: key, value });
    await writer.write(mutations, last ?? at ?? null);
    records += source.length;
    progress(records);
    at = last;
  }
}

/** Does a key come behind another, in the order of the store? */
function isBehind(key: Key, other: Key): boolean {
  for (let at = 0; at < Math.min(key.length, other.length); at += 1) {
    const order = Buffer.compare(Buffer.from(key[at] ?? ''), Buffer.from(other[at] ?? ''));
    if (order !== 0) return order > 0;
  }
  return key.length > other.length;
}

/**
 * Copies all of a store. A run that was cut off is gone on with by the next one.
 * @throws DoorwardError `alreadyExists`, `notFound`, `storeCorrupt`, `conflict` where the source kept changing
 */
export async function copyStore(from: Store, to: Store, progress: (records: number) => void): Promise<Copied> {
  const [marker, first] = (await from.read([{ key: importMarker }, { prefix: [], limit: 1 }])).ranges;
  if (marker?.length !== 0) throw new DoorwardError('storeCorrupt', 'the store to copy is half of an import itself');
  if (first?.length === 0) throw new DoorwardError('notFound', 'the store is empty: there is nothing to copy');
  const earlier = await begun(to);
  await to.commit({ checks: [], mutations: [mark(earlier?.after ?? null)] });
  let after = earlier?.after;
  for (let attempt = 0; attempt < passes; attempt += 1) {
    await pass(from, to, after, progress);
    const [source, target] = [await digestOf(from), await digestOf(to)];
    if (source.sha256 === target.sha256) {
      await to.commit({ checks: [], mutations: [{ delete: importMarker }] });
      return { ...target, resumed: earlier !== undefined };
    }
    after = undefined;
  }
  throw new DoorwardError(
    'conflict',
    'the source kept changing while it was copied: stop whatever uses it, and repeat this',
  );
}
