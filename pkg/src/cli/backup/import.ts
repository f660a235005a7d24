import { DoorwardError } from 'doorward';
import { limits, type Check, type Entry, type Mutation, type Store } from 'doorward/contract';
import { importMarker, readBackup, type BackupRecord } from './format.js';

// Small enough for one commit of any adapter, large enough that the commits do not dominate.
const batchBytes = 8 * 1024 * 1024;
const batchMutations = 10_000;

/** Called after each batch. */
export type ImportProgress = (records: number) => void;

interface Verified {
  records: number;
  bytes: number;
  /** The few records that say of what version and make the store is. */
  meta: BackupRecord[];
}

/** Checks every line of the file; nothing is written. */
async function verify(path: string): Promise<Verified> {
  const verified: Verified = { records: 0, bytes: 0, meta: [] };
  for await (const record of readBackup(path)) {
    checkRecord(path, record);
    verified.records += 1;
    verified.bytes += record.value.length;
    if (record.key[0] === 'meta') verified.meta.push(record);
  }
  if (verified.meta.length === 0) {
    throw new DoorwardError('invalidFile', `the backup \`${path}\` holds no store of Doorward`, { details: { path } });
  }
  return verified;
}

function checkRecord(path: string, { key, value }: BackupRecord): void {
  try {
    JSON.parse(value);
  } catch {
    throw new DoorwardError('invalidFile', `the backup \`${path}\` holds a value that is not JSON`, {
      details: { path, key },
    });
  }
  if (key.join('\0') === importMarker.join('\0')) {
    throw new DoorwardError('invalidFile', `the backup \`${path}\` is of a half-imported store`, { details: { path } });
  }
}

async function firstPage(store: Store): Promise<readonly Entry[]> {
  const { ranges } = await store.read([{ prefix: [], limit: limits.rangeEntries }]);
  return ranges[0] ?? [];
}

async function commit(store: Store, checks: Check[], mutations: Mutation[]): Promise<void> {
  const result = await store.commit({ checks, mutations });
  if (!result.ok) throw new DoorwardError('conflict', 'the store changed during the import: stop whatever uses it');
}

/**
 * Restores a backup. The file is verified to its last line before anything is written. A small backup is one commit; a
 * larger one sets a marker first and removes it last, so that a store whose import was cut off is told by `open` and
 * not taken for whole.
 * @throws DoorwardError `invalidFile`, `alreadyExists` (the store is not empty and `replace` is false), `conflict`
 */
export async function importStore(
  store: Store,
  path: string,
  options: { replace: boolean; probe: (records: readonly BackupRecord[]) => Promise<void>; progress?: ImportProgress },
): Promise<number> {
  const { records, bytes, meta } = await verify(path);
  await options.probe(meta);
  const present = await firstPage(store);
  if (present.length > 0 && !options.replace) {
    throw new DoorwardError('alreadyExists', 'the store is not empty: use --replace to give up what is in it');
  }
  const small = records <= batchMutations && bytes <= batchBytes;
  if (small && present.length < limits.rangeEntries) await importAtOnce(store, path, present);
  else await importInBatches(store, path, present, options.progress);
  return records;
}

async function importAtOnce(store: Store, path: string, present: readonly Entry[]): Promise<void> {
  const checks: Check[] = present.map(({ key, version }) => ({ key, version }));
  const taken = new Set(present.map(({ key }) => JSON.stringify(key)));
  const mutations: Mutation[] = present.map(({ key }) => ({ delete: key }));
  for await (const { key, value } of readBackup(path)) {
    if (!taken.has(JSON.stringify(key))) checks.push({ key, version: null });
    mutations.push({ set: key, value });
  }
  await commit(store, checks, mutations);
}

async function importInBatches(
  store: Store,
  path: string,
  present: readonly Entry[],
  progress: ImportProgress | undefined,
): Promise<void> {
  const marker = await store.read([{ key: importMarker }]);
  const version = marker.ranges[0]?.[0]?.version ?? null;
  const began = JSON.stringify({ began: Date.now() });
  await commit(store, [{ key: importMarker, version }], [{ set: importMarker, value: began }]);
  if (present.length > 0) await clear(store);
  let batch: Mutation[] = [];
  let bytes = 0;
  let written = 0;
  for await (const { key, value } of readBackup(path)) {
    batch.push({ set: key, value });
    bytes += value.length;
    if (batch.length < batchMutations && bytes < batchBytes) continue;
    await commit(store, [], batch);
    written += batch.length;
    progress?.(written);
    batch = [];
    bytes = 0;
  }
  await commit(store, [], [...batch, { delete: importMarker }]);
}

async function clear(store: Store): Promise<void> {
  const isMarker = ({ key }: Entry): boolean =>
    key.length === 2 && key[0] === importMarker[0] && key[1] === importMarker[1];
  for (;;) {
    const page = (await firstPage(store)).filter((entry) => !isMarker(entry));
    if (page.length === 0) return;
    await commit(
      store,
      [],
      page.map(({ key }) => ({ delete: key })),
    );
  }
}
