import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, mkdtemp, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { DoorwardError } from 'doorward';
import { limits, type Entry, type Key, type Store } from 'doorward/contract';
import { fileError } from '../problem.js';
import { footerLine, headerLine, importMarker, recordLine } from './format.js';

const attempts = 5;

/** Every entry of a store, page by page: pages are each consistent, the whole is not. */
async function* pages(store: Store): AsyncGenerator<readonly Entry[]> {
  let after: Key | undefined;
  for (;;) {
    const { ranges } = await store.read([{ prefix: [], limit: limits.rangeEntries, ...(after && { after }) }]);
    const page = ranges[0] ?? [];
    if (page.length > 0) yield page;
    if (page.length < limits.rangeEntries) return;
    after = page.at(-1)?.key;
  }
}

const addVersions = (hash: Hash, page: readonly Entry[]): void => {
  for (const { key, version } of page) hash.update(JSON.stringify([key, version]));
};

/** Writes one pass; answers the number of records and a digest of all keys and versions. */
async function writePass(store: Store, file: FileHandle): Promise<{ records: number; versions: string }> {
  const hash = createHash('sha256');
  const versions = createHash('sha256');
  let records = 0;
  const header = headerLine(Date.now());
  hash.update(header);
  await file.write(header);
  for await (const page of pages(store)) {
    const text = page.map(({ key, value }) => recordLine({ key: [...key], value })).join('');
    hash.update(text);
    addVersions(versions, page);
    await file.write(text);
    records += page.length;
  }
  await file.write(footerLine(records, hash));
  return { records, versions: versions.digest('hex') };
}

async function versionsOf(store: Store): Promise<string> {
  const hash = createHash('sha256');
  for await (const page of pages(store)) addVersions(hash, page);
  return hash.digest('hex');
}

/**
 * Writes all of the store to an open file, as it stood at one instant: where a second pass finds the keys and versions
 * of the first, nothing changed between the end of the one and the beginning of the other. Otherwise it begins again.
 */
async function writeConsistent(store: Store, file: FileHandle): Promise<number> {
  const { ranges } = await store.read([{ key: importMarker }]);
  if (ranges[0]?.length !== 0) {
    throw new DoorwardError('storeCorrupt', 'an import into this store was interrupted: repeat it with --replace');
  }
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    await file.truncate(0);
    const { records, versions } = await writePass(store, file);
    if (records === 0) throw new DoorwardError('notFound', 'the store is empty: there is nothing to export');
    if ((await versionsOf(store)) === versions) return records;
  }
  throw new DoorwardError('conflict', 'the store kept changing while it was read; try again when it is quieter');
}

/**
 * Exports to a file of mode 0600, or to stdout where `path` is null. The file appears under its name only when it is whole.
 * @throws DoorwardError `alreadyExists`, `conflict`, `storeCorrupt`, `invalidArgument`
 */
export async function exportStore(store: Store, path: string | null, options: { force: boolean }): Promise<number> {
  if (path === null) return exportToStdout(store);
  const exists = await access(path).then(
    () => true,
    () => false,
  );
  if (exists && !options.force) {
    throw new DoorwardError('alreadyExists', `\`${path}\` exists already: use --force to replace it`, {
      details: { path },
    });
  }
  const part = `${path}.${process.pid}.part`;
  try {
    const records = await writeFile(store, part);
    await rename(part, path);
    return records;
  } catch (error) {
    await rm(part, { force: true });
    throw DoorwardError.is(error) ? error : fileError(path, error);
  }
}

async function writeFile(store: Store, path: string): Promise<number> {
  // Appending, since a truncated file is begun again at its start.
  const file = await open(path, 'ax', 0o600);
  try {
    const records = await writeConsistent(store, file);
    await file.sync();
    return records;
  } finally {
    await file.close();
  }
}

async function exportToStdout(store: Store): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'doorward-'));
  try {
    const part = join(folder, 'backup');
    const records = await writeFile(store, part);
    await pipeline(createReadStream(part), process.stdout, { end: false });
    return records;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
