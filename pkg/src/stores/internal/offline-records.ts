/**
 * How the local copy of a remote store holds an entry: the version of the remote stands before the value, at the same
 * key. A value that leaves no room for it is told apart by a mark, and its end stands at a key of our own.
 */
import type { Entry, Key, Mutation, Version } from '../../contract.js';
import { DoorwardError } from '../../errors.js';
import { encodeKeyText } from '../../keys.js';
import { limits } from '../../limits.js';

/** Behind all keys of the remote. */
export const reserved = '\u{10ffff}offline';
/** How far the copy is: a JSON text, see `CopyState`. */
export const stateKey: Key = [reserved, 'state'];
const tailElement = 'tail';
/** Characters that are cut off; with room for a version of 64 and three bytes a character. */
const tailLength = 300;
const separator = ' ';
const cutMark = '~';

export interface CopyState {
  /** Was it whole once? */
  readonly whole: boolean;
}

export function isReserved(key: Key): boolean {
  return key[0] === reserved;
}

/** What writes an entry of the remote, or takes it away. */
export async function keep(key: Key, value: string | null, version: Version | null): Promise<Mutation[]> {
  if (value === null || version === null) return [{ delete: key }];
  const text = `${version}${separator}${value}`;
  if (text.length * 3 <= limits.valueBytes || new TextEncoder().encode(text).length <= limits.valueBytes) {
    return [{ set: key, value: text }];
  }
  // A surrogate pair stays whole.
  const cut = /[\udc00-\udfff]/.test(value.charAt(value.length - tailLength))
    ? value.length - tailLength + 1
    : value.length - tailLength;
  return [
    { set: key, value: `${cutMark}${version}${separator}${value.slice(0, cut)}` },
    { set: await tailKey(key), value: `${version}${separator}${value.slice(cut)}` },
  ];
}

export async function tailKey(key: Key): Promise<Key> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(encodeKeyText(key)));
  return [
    reserved,
    tailElement,
    Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join(''),
  ];
}

export function isCut({ value }: Entry): boolean {
  return value.startsWith(cutMark);
}

/** The entry as the remote has it. `tail`: what stands at its tail key. */
export function restore({ key, value }: Entry, tail?: Entry): Entry {
  const end = value.indexOf(separator);
  if (end < 1) throw new DoorwardError('storeCorrupt', 'the local copy is damaged');
  if (!value.startsWith(cutMark)) return { key, value: value.slice(end + 1), version: value.slice(0, end) };
  const version = value.slice(1, end);
  const [of, rest] = splitOnce(tail?.value ?? '');
  if (of !== version) throw new DoorwardError('storeCorrupt', 'the local copy is damaged');
  return { key, value: value.slice(end + 1) + rest, version };
}

function splitOnce(text: string): [string, string] {
  const end = text.indexOf(separator);
  return [text.slice(0, Math.max(end, 0)), text.slice(end + 1)];
}
