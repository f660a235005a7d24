/** The local copy of a remote store: read as if it were the remote, and made to agree with it. */
import type { Change, Commit, Entry, Key, Mutation, Range, Snapshot, Store, Version } from '../../contract.js';
import { DoorwardError } from '../../errors.js';
import { encodeKeyText } from '../../keys.js';
import { limits } from '../../limits.js';
import { isCut, isReserved, keep, reserved, restore, stateKey, tailKey } from './offline-records.js';

const looseElement = 'loose';
/** A read whose cut values changed meanwhile is begun anew so often. */
const attempts = 10;
const batch = 500;

/** A commit that was made here alone, while the remote was away. */
export interface Loose {
  readonly at: Key;
  readonly version: Version;
  readonly commit: Commit;
}

export class LocalCopy {
  readonly #local: Store;
  /** What writes goes one behind another. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(local: Store) {
    this.#local = local;
  }

  async isWhole(): Promise<boolean> {
    const { ranges } = await this.#local.read([{ key: stateKey }]);
    return ranges[0]?.length === 1;
  }

  async read(ranges: readonly Range[]): Promise<Snapshot> {
    const asked = ranges.map((range): Range =>
      'prefix' in range && range.reverse === true && range.prefix.length === 0
        ? { ...range, after: range.after ?? [reserved] }
        : range,
    );
    let tails: Key[] = [];
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const { ranges: found } = await this.#local.read([...asked, ...tails.map((key) => ({ key }))]);
      const byTail = new Map(found.slice(asked.length).flatMap(([entry]) => (entry ? [[entry.key[2], entry]] : [])));
      const wanted = found.slice(0, asked.length).map((entries) => entries.filter(({ key }) => !isReserved(key)));
      const cut = await Promise.all(
        wanted
          .flat()
          .filter(isCut)
          .map(({ key }) => tailKey(key)),
      );
      if (cut.every((key) => byTail.has(key[2]))) {
        const one = async (entry: Entry): Promise<Entry> =>
          restore(entry, isCut(entry) ? (byTail.get((await tailKey(entry.key))[2]) as Entry) : undefined);
        return { ranges: await Promise.all(wanted.map((entries) => Promise.all(entries.map(one)))) };
      }
      tails = cut.slice(0, limits.readRanges - asked.length);
    }
    throw new DoorwardError('storeFailed', 'the local copy kept changing while it was read');
  }

  /** Applies what the remote tells of. */
  apply(changes: readonly Change[]): Promise<void> {
    return this.#inTurn(async () => {
      const mutations = await Promise.all(changes.map(({ key, value, version }) => keep(key, value, version)));
      await this.#write(mutations.flat());
    });
  }

  /** Makes the copy what the remote is, entry by entry; tells what has changed. */
  syncFrom(remote: Store): Promise<void> {
    return this.#inTurn(async () => {
      const there = new Map<string, { key: Key; version: Version }>();
      for await (const { key, version } of entriesOf((range) => this.read([range]))) {
        there.set(encodeKeyText(key), { key, version });
      }
      let mutations: Mutation[] = [];
      for await (const { key, value, version } of entriesOf((range) => remote.read([range]))) {
        const at = encodeKeyText(key);
        const known = there.get(at);
        there.delete(at);
        if (known?.version !== version) mutations.push(...(await keep(key, value, version)));
        if (mutations.length < batch) continue;
        await this.#write(mutations);
        mutations = [];
      }
      for (const { key } of there.values()) mutations.push({ delete: key });
      await this.#write([...mutations, { set: stateKey, value: '{"whole":true}' }]);
    });
  }

  /** Commits here alone, and remembers that it has. Null where a check failed, with its keys. */
  async commitLoose(commit: Commit, version: Version): Promise<Key[] | null> {
    return this.#inTurn(async () => {
      const keys = commit.checks.map(({ key }) => key);
      const { ranges } = await this.read(keys.map((key) => ({ key })));
      const failed = commit.checks.filter(({ version }, at) => (ranges[at]?.[0]?.version ?? null) !== version);
      if (failed.length > 0) return failed.map(({ key }) => key);
      const at = [reserved, looseElement, String(Date.now()).padStart(16, '0'), version];
      const mutations = await Promise.all(
        commit.mutations.map((mutation) =>
          'set' in mutation ? keep(mutation.set, mutation.value, version) : keep(mutation.delete, null, null),
        ),
      );
      await this.#write([...mutations.flat(), { set: at, value: JSON.stringify({ version, commit }) }]);
      return null;
    });
  }

  /** What was committed here alone, in its order. */
  async loose(): Promise<Loose[]> {
    const { ranges } = await this.#local.read([{ prefix: [reserved, looseElement] }]);
    return (ranges[0] ?? []).map(({ key, value }) => ({ at: key, ...(JSON.parse(value) as Omit<Loose, 'at'>) }));
  }

  forget(loose: readonly Loose[]): Promise<void> {
    return this.#inTurn(() => this.#write(loose.map(({ at }) => ({ delete: at }))));
  }

  async close(): Promise<void> {
    await this.#turn;
    await this.#local.close();
  }

  async #write(mutations: readonly Mutation[]): Promise<void> {
    if (mutations.length > 0) await this.#local.commit({ checks: [], mutations });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }
}

async function* entriesOf(read: (range: Range) => Promise<Snapshot>): AsyncGenerator<Entry> {
  let after: Key | undefined;
  for (;;) {
    const { ranges } = await read({ prefix: [], ...(after && { after }) });
    const page = ranges[0] ?? [];
    yield* page;
    // The copy's own keys may have been taken off a page's end; they come last.
    if (page.length < limits.rangeEntries) return;
    after = page.at(-1)?.key;
  }
}
