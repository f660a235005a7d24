/**
 * The embedded store, on LMDB: one file, durable at the resolved promise, shared by any number of processes on one machine.
 *
 * A read is one read transaction, a commit one child transaction inside LMDB's single write transaction, so that checks
 * and writes are one step for every process and a failed commit is undone alone.
 */
import { realpathSync, statfsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Database, DatabaseOptions, RootDatabase } from 'lmdb';
import type { Commit, CommitResult, Entry, Key, Range, Snapshot, Store, Version } from '../contract.js';
import { DoorwardError } from '../errors.js';
import { decodeKeyText } from '../keys.js';
import { Lifetime, Opening } from './internal/lifetime.js';
import { checkFile, completeFile, prepareFiles } from './internal/lmdb-file.js';
import { checkOptions, conflictsOf, planCommit, planRanges } from './internal/validate.js';
import type { PlannedCommit, PlannedRange } from './internal/validate.js';

/** There are none yet; the argument is there so that a mistaken one is refused. */
export type LmdbOptions = Record<string, never>;

const format = 1;
const entriesName = 'entries';
const metaName = 'meta';
const commitsKey = Buffer.from('commits');
const formatKey = Buffer.from('format');

/**
 * Opens a handle on the file at `path`, which is made, with its folder, where it is missing. The file is opened at the
 * first read or commit.
 * @throws DoorwardError `invalidArgument`, `unknownField`
 */
export function lmdb(path: string, options: LmdbOptions = {}): Store {
  checkOptions(options, [], 'lmdb');
  if (typeof path !== 'string' || path === '' || path.includes('\0')) {
    throw new DoorwardError('invalidArgument', 'lmdb needs the path of a file');
  }
  return new LmdbStore(path);
}

class LmdbStore implements Store {
  readonly name: string;
  readonly capabilities = Object.freeze({ durable: true, epoch: true });
  readonly #path: string;
  readonly #life = new Lifetime();
  readonly #environment = new Opening(async () => (this.#opened = await acquire(this.#path)));
  #opened: Environment | undefined;

  constructor(path: string) {
    this.name = `lmdb:${path}`;
    // A later change of the working folder must not move the store.
    this.#path = resolve(path);
  }

  async read(ranges: readonly Range[]): Promise<Snapshot> {
    this.#life.checkOpen();
    const planned = planRanges(ranges);
    if (this.#opened === undefined) return this.#run((environment) => environment.read(planned));
    // Over before anybody can close the file, so nothing has to be counted in.
    try {
      return this.#opened.read(planned);
    } catch (error) {
      throw await coded(error, this.#path);
    }
  }

  async commit(commit: Commit): Promise<CommitResult> {
    this.#life.checkOpen();
    const planned = planCommit(commit);
    return this.#run((environment) => environment.commit(planned));
  }

  epoch(): number {
    this.#life.checkOpen();
    if (this.#opened === undefined) throw new DoorwardError('storeFailed', 'the file is not open yet');
    return this.#opened.commits();
  }

  close(): Promise<void> {
    return this.#life.close(() => this.#finish());
  }

  #run<T>(work: (environment: Environment) => T | Promise<T>): Promise<T> {
    return this.#life.run(this.#environment.get().then(work), (error) => coded(error, this.#path));
  }

  async #finish(): Promise<void> {
    await this.#life.idle();
    const environment = await this.#environment.begun;
    await environment?.release();
  }
}

/**
 * One open file. Handles of one thread on one file share it: were each to open the file anew, one could wait for the
 * write lock that the other holds while it waits for this very thread.
 */
class Environment {
  readonly #path: string;
  readonly #root: RootDatabase<string, Buffer>;
  readonly #entries: Database<string, string>;
  readonly #meta: Database<string, Buffer>;
  handles = 0;

  constructor(path: string, root: RootDatabase<string, Buffer>) {
    this.#path = path;
    this.#root = root;
    // Before anything is read: the write lock of the transaction keeps other processes from growing the file meanwhile.
    root.transactionSync(() => completeFile(path));
    const names = Array.from(root.getKeys(), (key) => Buffer.from(key).toString('latin1').replace(/\0$/, ''));
    if (names.some((name) => name !== entriesName && name !== metaName)) {
      throw new DoorwardError('storeCorrupt', 'the LMDB file belongs to another program');
    }
    const byText: DatabaseOptions & { keyEncoder: KeyEncoder } = { encoding: 'string', keyEncoder };
    this.#entries = root.openDB<string, string>(entriesName, byText);
    this.#meta = root.openDB(metaName, { encoding: 'string', keyEncoding: 'binary' });
    this.#checkFormat();
  }

  read(ranges: readonly PlannedRange[]): Snapshot {
    // Without a fresh read transaction, what another process has just committed would stay unseen until the next turn.
    // All of this happens in one turn and so in one read transaction: one snapshot.
    this.#root.resetReadTxn();
    return { ranges: ranges.map((range) => this.#readRange(range)) };
  }

  /** Those of every process: each counts itself in the transaction it is made in. */
  commits(): number {
    this.#root.resetReadTxn();
    return Number(this.#meta.get(commitsKey) ?? 0);
  }

  commit(commit: PlannedCommit): Promise<CommitResult> {
    return this.#entries.childTransaction(() => this.#apply(commit));
  }

  async release(): Promise<void> {
    this.handles -= 1;
    if (this.handles > 0) return;
    const closing = this.#root.close().then(() => undefined);
    environments.set(this.#path, closing);
    await closing;
    if (environments.get(this.#path) === closing) environments.delete(this.#path);
  }

  #apply({ checks, mutations }: PlannedCommit): CommitResult {
    const conflicts = conflictsOf(checks, (at) => {
      const record = this.#entries.get(at);
      return record === undefined ? null : versionOf(record);
    });
    if (conflicts.length > 0) return { ok: false, conflicts };
    const commits = Number(this.#meta.get(commitsKey) ?? 0);
    if (!Number.isSafeInteger(commits)) throw new DoorwardError('storeCorrupt', 'the count of commits is damaged');
    if (mutations.length === 0) return { ok: true, version: String(commits) };
    const version = String(commits + 1);
    for (const { at, value } of mutations) {
      if (value === null) this.#entries.removeSync(at);
      else this.#entries.putSync(at, `${version} ${value}`);
    }
    this.#meta.putSync(commitsKey, version);
    return { ok: true, version };
  }

  #readRange(range: PlannedRange): Entry[] {
    if ('at' in range) {
      const record = this.#entries.get(range.at);
      return record === undefined ? [] : [entry(range.key, record)];
    }
    const { above, under, limit, reverse } = range;
    const found: Entry[] = [];
    // LMDB has no empty key to stand for "below the first": the least key there is, `[""]`, is the byte 0 and belongs in.
    const bounds = reverse
      ? { start: under, end: above || '\0', exclusiveStart: true, inclusiveEnd: above === '', reverse }
      : { start: above + '\0', end: under };
    for (const { key, value } of this.#entries.getRange({ ...bounds, limit })) {
      found.push(entry(decodeKeyText(key), value));
    }
    return found;
  }

  #checkFormat(): void {
    const found = this.#meta.get(formatKey);
    if (found === undefined) {
      this.#meta.transactionSync(() => {
        if (this.#meta.get(formatKey) === undefined) this.#meta.putSync(formatKey, String(format));
      });
    } else if (Number(found) > format) {
      throw new DoorwardError('storeTooNew');
    } else if (Number(found) !== format) {
      throw new DoorwardError('storeCorrupt', 'the format of the store is damaged');
    }
  }
}

/** The open files of this thread; a promise of `undefined` is that of a file being closed. */
const environments = new Map<string, Promise<Environment | undefined>>();

async function acquire(path: string): Promise<Environment> {
  prepareFiles(path);
  const real = join(realpathSync(dirname(path)), basename(path));
  for (;;) {
    const known = environments.get(real) ?? openFile(real);
    environments.set(real, known);
    try {
      const environment = await known;
      if (environment !== undefined) {
        environment.handles += 1;
        return environment;
      }
    } catch (error) {
      if (environments.get(real) === known) environments.delete(real);
      throw error;
    }
    if (environments.get(real) === known) environments.delete(real);
  }
}

async function openFile(path: string): Promise<Environment> {
  const { open } = await import('lmdb');
  await checkFile(path);
  const root = open<string, Buffer>({
    path,
    noSubdir: true,
    maxDbs: 2,
    encoding: 'string',
    keyEncoding: 'binary',
    // Off: with it a commit is visible, and its promise resolved, before the disk has it.
    overlappingSync: false,
    // Off: the batch it opens around every transaction has a promise of its own, which nobody could catch when a commit fails.
    eventTurnBatching: false,
  });
  try {
    return new Environment(path, root);
  } catch (error) {
    await root.close();
    throw error;
  }
}

/** In the library's documentation, not in its types. */
interface KeyEncoder {
  writeKey(key: string, target: Buffer, start: number): number;
  readKey(source: Buffer, start: number, end: number): string;
}

/** Encoded keys as texts of one character a byte, straight into and out of the library's own memory. */
const keyEncoder: KeyEncoder = {
  writeKey(key, target, start) {
    const end = start + key.length;
    // The library makes more room when it sees this, and would not see that a text was cut short.
    if (end > target.length) throw new RangeError('a key does not fit');
    // By hand: for keys as short as most, the call of what does it for long ones takes longer.
    for (let at = 0; at < key.length; at += 1) target[start + at] = key.charCodeAt(at);
    return end;
  },
  readKey: (source, start, end) => source.toString('latin1', start, end),
};

function entry(key: Key, record: string): Entry {
  const end = record.indexOf(' ');
  if (end < 1) throw new DoorwardError('storeCorrupt');
  return { key, value: record.slice(end + 1), version: record.slice(0, end) };
}

function versionOf(record: string): Version {
  const end = record.indexOf(' ');
  if (end < 1) throw new DoorwardError('storeCorrupt');
  return record.slice(0, end);
}

/** Any failure as a `DoorwardError`. */
async function coded(error: unknown, path: string): Promise<DoorwardError> {
  if (DoorwardError.is(error)) return error;
  const cause = await causeOf(error);
  const code = isObject(cause) ? cause['code'] : undefined;
  if (corruptCodes.has(code)) return new DoorwardError('storeCorrupt', undefined, { cause });
  if (fullCodes.has(code) || (code === ioError && isFull(path))) {
    return new DoorwardError('storeFull', undefined, { cause });
  }
  return new DoorwardError('storeFailed', undefined, { cause });
}

/** The library rejects a failed commit with an error that holds a promise which rejects with the real one. */
async function causeOf(error: unknown): Promise<unknown> {
  if (!isObject(error) || !(error['commitError'] instanceof Promise)) return error;
  return error['commitError'].catch((cause: unknown) => cause);
}

/** LMDB answers a write that the disk could take only in part with this code. */
const ioError = 5;
/** Not found although referred to, damaged, no LMDB file, of another format, of other flags. */
const corruptCodes = new Set<unknown>([-30797, -30796, -30793, -30794, -30784]);
/** ENOSPC, EDQUOT, and the map is full. */
const fullCodes = new Set<unknown>(['ENOSPC', 'EDQUOT', 28, 122, -30792]);

function isFull(path: string): boolean {
  const { bavail, bsize } = statfsSync(dirname(path));
  return bavail * bsize < 1_048_576;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
