/** Reading tables of somebody else's SQLite file. */
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DoorwardError } from 'doorward';
import { fileError } from '../problem.js';

export type Row = Readonly<Record<string, unknown>>;

/** What is read of a database. */
export interface Tables {
  /** The rows of a table, in order of insertion; none where there is no such table. */
  rows(table: 'users' | 'tokens' | 'metadata'): Row[];
}

async function load(): Promise<typeof import('node-sqlite3-wasm')> {
  try {
    return (await import('node-sqlite3-wasm')).default;
  } catch (cause) {
    throw new DoorwardError('unsupported', 'this needs the package `node-sqlite3-wasm`: install it beside `doorward`', {
      cause,
    });
  }
}

/**
 * Reads a database through a copy: its server may be running, and a lock of ours is none of its business.
 * @throws DoorwardError `invalidArgument` (no such file), `invalidFile`, `unsupported` (the reader is not installed)
 */
export async function readSqlite<T>(path: string, read: (tables: Tables) => T): Promise<T> {
  const { Database } = await load();
  // Made for this user alone: it holds hashes and tokens.
  const folder = await mkdtemp(join(tmpdir(), 'doorward-import-'));
  const copy = join(folder, 'copy.sqlite');
  try {
    await copyFile(path, copy).catch((error: unknown) => {
      throw fileError(path, error);
    });
    const database = new Database(copy, { readOnly: true, fileMustExist: true });
    try {
      const known = new Set(
        database.all("SELECT name FROM sqlite_master WHERE type = 'table'").map((row) => row['name']),
      );
      return read({
        rows: (table) => (known.has(table) ? database.all(`SELECT * FROM ${table} ORDER BY rowid`) : []),
      });
    } finally {
      database.close();
    }
  } catch (error) {
    if (DoorwardError.is(error)) throw error;
    throw new DoorwardError('invalidFile', `the file \`${path}\` is no SQLite database, or damaged`, {
      details: { path },
      cause: error,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
