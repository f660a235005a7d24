/**
 * The backup file: lines of JSON. A header, one line a record in the order of the keys, and a footer with the number
 * of records and the SHA-256 of everything before it. Values stay JSON text, so that they come back byte for byte.
 */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { DoorwardError } from 'doorward';
import type { Key } from 'doorward/contract';
import { fileError } from '../problem.js';

export const formatVersion = 1;

/** Written for the time of an import in several commits; a store that has it is half imported, and `open` refuses it. */
export const importMarker: Key = ['meta', 'import'];

export interface BackupRecord {
  key: string[];
  /** JSON text. */
  value: string;
}

// A value of the largest size, every byte of it escaped, and its key.
const lineLimit = 4 * 1024 * 1024;

export const headerLine = (created: number): string =>
  `${JSON.stringify({ doorward: 'backup', version: formatVersion, created })}\n`;

export const recordLine = (record: BackupRecord): string => `${JSON.stringify(record)}\n`;

export const footerLine = (records: number, hash: Hash): string =>
  `${JSON.stringify({ records, sha256: hash.digest('hex') })}\n`;

/** The order of the storage contract: element by element, each by its UTF-8 bytes. */
function compareKeys(a: Key, b: Key): number {
  for (let at = 0; at < Math.min(a.length, b.length); at += 1) {
    const order = Buffer.compare(Buffer.from(a[at] ?? ''), Buffer.from(b[at] ?? ''));
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/**
 * The records of a backup file. What comes out before the end is not yet verified: the checksum stands in the last line.
 * @throws DoorwardError `invalidFile` for a damaged, cut or foreign file, or one of a newer format
 */
export async function* readBackup(path: string): AsyncGenerator<BackupRecord> {
  const hash = createHash('sha256');
  let records = 0;
  let number = 0;
  let last: Key | null = null;
  let ended = false;
  for await (const line of lines(path)) {
    number += 1;
    if (ended) throw damaged(path, number, 'something follows its last line');
    const value = parseLine(path, number, line);
    if (number === 1) checkHeader(path, value);
    else if (isRecord(value)) {
      if (last !== null && compareKeys(last, value.key) >= 0) throw damaged(path, number, 'its keys are not in order');
      last = value.key;
      records += 1;
      yield value;
    } else if (isFooter(value)) {
      if (value.records !== records)
        throw damaged(path, number, `it holds ${records} records where ${value.records} were written`);
      if (value.sha256 !== hash.copy().digest('hex')) throw damaged(path, number, 'its checksum does not match');
      ended = true;
    } else throw damaged(path, number, 'this is no record');
    hash.update(line);
  }
  if (number === 0) throw new DoorwardError('invalidFile', `\`${path}\` is empty`, { details: { path } });
  if (!ended) throw damaged(path, number, 'it is cut short: its last line is missing');
}

/** Lines with their line feed, as bytes: the checksum is over these. */
async function* lines(path: string): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      let from = 0;
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
        const piece = chunk.subarray(from, at + 1);
        yield rest.length === 0 ? piece : Buffer.concat([rest, piece]);
        rest = Buffer.alloc(0);
        from = at + 1;
      }
      rest = Buffer.concat([rest, chunk.subarray(from)]);
      if (rest.length > lineLimit)
        throw new DoorwardError('invalidFile', `\`${path}\` is no backup of Doorward`, { details: { path } });
    }
  } catch (error) {
    throw DoorwardError.is(error) ? error : fileError(path, error);
  }
  if (rest.length > 0) yield rest;
}

function parseLine(path: string, number: number, line: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(line));
  } catch {
    if (number === 1) throw foreign(path);
    throw damaged(path, number, 'this is not JSON');
  }
}

function checkHeader(path: string, value: unknown): void {
  if (typeof value !== 'object' || value === null || !('doorward' in value) || value.doorward !== 'backup')
    throw foreign(path);
  const version = 'version' in value ? value.version : undefined;
  if (version !== formatVersion) {
    throw new DoorwardError(
      'invalidFile',
      `the backup \`${path}\` has the format ${JSON.stringify(version)}; this version reads ${formatVersion}`,
      {
        details: { path },
      },
    );
  }
}

function isRecord(value: unknown): value is BackupRecord {
  return (
    hasFields(value, ['key', 'value']) &&
    Array.isArray(value['key']) &&
    value['key'].length > 0 &&
    value['key'].every((element) => typeof element === 'string') &&
    typeof value['value'] === 'string'
  );
}

function isFooter(value: unknown): value is { records: number; sha256: string } {
  return hasFields(value, ['records', 'sha256']);
}

function hasFields(value: unknown, fields: readonly string[]): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.keys(value).sort().join() === fields.join();
}

const foreign = (path: string): DoorwardError =>
  new DoorwardError('invalidFile', `\`${path}\` is no backup of Doorward`, { details: { path } });

const damaged = (path: string, line: number, why: string): DoorwardError =>
  new DoorwardError('invalidFile', `the backup \`${path}\` is damaged at line ${line}: ${why}`, {
    details: { path, line },
  });
