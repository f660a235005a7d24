/**
 * A look at an LMDB file before LMDB maps it. The library trusts what it maps: a foreign file, or one cut short, ends the
 * whole process with a signal instead of an error. The layout is that of LMDB's data version 2 on 64-bit machines.
 */
import { closeSync, fstatSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs';
import { arch } from 'node:process';
import { dirname } from 'node:path';
import { DoorwardError } from '../../errors.js';

const magic = 0xbeefc0de;
const dataVersion = 2;
const noPage = 2n ** 64n - 1n;
/** Offsets inside a meta page. */
const at = { magic: 24, version: 28, pageSize: 48, freeRoot: 88, mainRoot: 136, lastPage: 144, commit: 152, end: 160 };

interface Header {
  readonly pageSize: number;
  readonly commit: bigint;
  readonly roots: readonly bigint[];
  readonly lastPage: bigint;
}

/** Makes the folder and the two files where they are missing, readable for their owner alone. */
export function prepareFiles(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  for (const file of [path, `${path}-lock`]) {
    try {
      // Exclusively, so that an existing lock file is never opened: closing it would drop this process's locks on it.
      closeSync(openSync(file, 'wx', 0o600));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** So often is looked at what seems damaged… */
const looks = 6;
/** …with so many ms in between: another process may be writing its header just then. */
const pause = 20;

/**
 * Refuses what cannot be an LMDB file, or lacks the pages LMDB reads while it opens.
 * @throws DoorwardError `storeCorrupt`
 */
export async function checkFile(path: string): Promise<void> {
  if (!knownLayout()) return;
  for (let look = 1; ; look += 1) {
    try {
      return lookAt(path);
    } catch (error) {
      if (look === looks || !DoorwardError.is(error, 'storeCorrupt')) throw error;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}

function lookAt(path: string): void {
  withFile(path, 'r', (file) => {
    if (fstatSync(file).size === 0) return;
    const header = readHeader(file);
    // Behind the header: pages are written before the header that refers to them, and files only grow.
    const size = BigInt(fstatSync(file).size);
    for (const root of header.roots) {
      if (root !== noPage && (root + 1n) * BigInt(header.pageSize) > size) throw corrupt('the file is cut short');
    }
  });
}

/**
 * Makes the file as long as its header says. It may be shorter where only free pages are missing, and it is where it was
 * cut off: reading a page of zeros is an error, reading beyond the end is a signal.
 * Call it while holding the write lock, or another process may be growing the file.
 */
export function completeFile(path: string): void {
  if (!knownLayout()) return;
  withFile(path, 'r+', (file) => {
    const { pageSize, lastPage } = readHeader(file);
    const wanted = (Number(lastPage) + 1) * pageSize;
    if (fstatSync(file).size < wanted) writeSync(file, Buffer.alloc(1), 0, 1, wanted - 1);
  });
}

/** The newer of the two headers. */
function readHeader(file: number): Header {
  const first = parseHeader(readAt(file, 0));
  const second = parseHeader(readAt(file, first.pageSize));
  return second.commit > first.commit ? second : first;
}

function parseHeader(page: Buffer): Header {
  if (page.length < at.end || page.readUInt32LE(at.magic) !== magic) throw corrupt('the file is not one of LMDB');
  const version = page.readUInt32LE(at.version);
  if (version !== dataVersion) throw corrupt(`the file has version ${version} of LMDB's format, not ${dataVersion}`);
  const pageSize = page.readUInt32LE(at.pageSize);
  if (pageSize < 256 || pageSize > 65_536) throw corrupt('the header of the file is damaged');
  return {
    pageSize,
    commit: page.readBigUInt64LE(at.commit),
    roots: [page.readBigUInt64LE(at.freeRoot), page.readBigUInt64LE(at.mainRoot)],
    lastPage: page.readBigUInt64LE(at.lastPage),
  };
}

function readAt(file: number, position: number): Buffer {
  const page = Buffer.alloc(at.end);
  return page.subarray(0, readSync(file, page, 0, page.length, position));
}

function withFile(path: string, flags: string, use: (file: number) => void): void {
  const file = openSync(path, flags);
  try {
    use(file);
  } finally {
    closeSync(file);
  }
}

function knownLayout(): boolean {
  return arch === 'x64' || arch === 'arm64';
}

function corrupt(message: string): DoorwardError {
  return new DoorwardError('storeCorrupt', message);
}
