/**
 * The encoding of keys: bytes whose plain order is the order of the keys.
 *
 * Each element is its UTF-8 bytes with 0x00 written as 0x00 0xFF, then the terminator 0x00. No byte of UTF-8 is 0xFF,
 * so the keys below a prefix are exactly those between `enc(prefix)` and `enc(prefix)` + 0xFF, both ends excluded.
 * "Begins with `enc(prefix)`" alone is not enough: `["a\0"]` begins with `enc(["a"])` and lies behind that end.
 * Pinned by `tests/vectors/keys.json`.
 */
import type { Key } from './contract.js';
import { DoorwardError } from './errors.js';
import { limits } from './limits.js';

const plain = /^[\x01-\x7f]*$/;
// Without a 0xFF there is no escaped NUL, so that every NUL ends an element.
const plainKey = /^[\x00-\x7f]*$/;
const encoder = new TextEncoder();
// A byte order mark is part of an element like any other character, so the decoder must not swallow it.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The encoded key.
 * @throws DoorwardError `invalidKey`
 */
export function encodeKey(key: Key): Uint8Array {
  return textToBytes(encodeKeyText(key));
}

/**
 * The encoded key as a string of one character a byte: JavaScript's `<` on two of them is the order of the keys.
 * @throws DoorwardError `invalidKey`
 */
export function encodeKeyText(key: Key): string {
  if (!Array.isArray(key) || key.length === 0) throw invalid('a key has to be an array of one to eight strings');
  return encodeElements(key);
}

/**
 * The encoded prefix; the empty prefix `[]` (every key) is the empty string.
 * @throws DoorwardError `invalidKey`
 */
export function encodePrefixText(prefix: Key): string {
  if (!Array.isArray(prefix)) throw invalid('a prefix has to be an array of at most eight strings');
  return encodeElements(prefix);
}

/**
 * The ends between which the keys below a prefix lie; both are excluded.
 * @throws DoorwardError `invalidKey`
 */
export function prefixRange(prefix: Key): { start: Uint8Array; end: Uint8Array } {
  const text = encodePrefixText(prefix);
  return { start: textToBytes(text), end: textToBytes(text + '\xff') };
}

/** Does the key lie below the prefix (both as encoded texts)? A key that equals the prefix does not. */
export function isBelow(key: string, prefix: string): boolean {
  return key.length > prefix.length && key.startsWith(prefix) && key.charCodeAt(prefix.length) !== 0xff;
}

/**
 * The key of encoded bytes.
 * @throws DoorwardError `invalidKey` where `encodeKey` cannot have made them
 */
export function decodeKey(bytes: Uint8Array): string[] {
  if (bytes.length > limits.keyBytes) throw malformed();
  return decodeKeyText(String.fromCharCode.apply(null, bytes as unknown as number[]));
}

/**
 * The key of encoded bytes, given as a string of one character a byte.
 * @throws DoorwardError `invalidKey` where `encodeKeyText` cannot have made it
 */
export function decodeKeyText(text: string): string[] {
  if (text === '' || text.length > limits.keyBytes || !text.endsWith('\0')) throw malformed();
  const key = plainKey.test(text) ? text.slice(0, -1).split('\0') : decodeElements(textToBytes(text));
  if (key.length > limits.keyElements) throw invalid(`a key has at most ${limits.keyElements} elements`);
  return key;
}

/** One byte a character; the argument holds no character above U+00FF. */
export function textToBytes(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at);
  return bytes;
}

/** UTF-8 bytes of a string, or -1 where a lone surrogate leaves it without any. */
export function utf8Length(text: string): number {
  let length = text.length;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) continue;
    if (unit < 0x800) length += 1;
    else if (unit < 0xd800 || unit > 0xdfff) length += 2;
    else {
      const next = unit < 0xdc00 ? text.charCodeAt(at + 1) : NaN;
      if (!(next >= 0xdc00 && next <= 0xdfff)) return -1;
      length += 2;
      at += 1;
    }
  }
  return length;
}

function encodeElements(elements: Key): string {
  if (elements.length > limits.keyElements) {
    throw invalid(`a key has at most ${limits.keyElements} elements, this one has ${elements.length}`);
  }
  let text = '';
  for (let at = 0; at < elements.length; at += 1) text += encodeElement(elements[at], at) + '\0';
  if (text.length > limits.keyBytes) {
    throw invalid(`an encoded key has at most ${limits.keyBytes} bytes, this one has ${text.length}`);
  }
  return text;
}

function encodeElement(element: unknown, at: number): string {
  if (typeof element !== 'string') throw invalid(`element ${at} of a key is not a string`);
  if (plain.test(element)) {
    checkElementLength(element.length, at);
    return element;
  }
  const length = utf8Length(element);
  if (length < 0) throw invalid(`element ${at} of a key holds a lone surrogate`);
  checkElementLength(length, at);
  let text = '';
  for (const byte of encoder.encode(element)) text += byte === 0 ? '\0\xff' : String.fromCharCode(byte);
  return text;
}

function checkElementLength(length: number, at: number): void {
  if (length > limits.keyElementBytes) {
    throw invalid(`element ${at} of a key has ${length} bytes, more than ${limits.keyElementBytes}`);
  }
}

function decodeElements(bytes: Uint8Array): string[] {
  const key: string[] = [];
  let element: number[] = [];
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] as number;
    if (byte !== 0) {
      element.push(byte);
    } else if (bytes[at + 1] === 0xff) {
      element.push(0);
      at += 1;
    } else {
      key.push(decodeElement(element));
      element = [];
    }
  }
  if (element.length > 0) throw invalid('an encoded key has to end with its terminator');
  return key;
}

function decodeElement(bytes: number[]): string {
  try {
    return decoder.decode(Uint8Array.from(bytes));
  } catch (cause) {
    throw new DoorwardError('invalidKey', 'an encoded key holds bytes that are not UTF-8', { cause });
  }
}

function malformed(): DoorwardError {
  return invalid('an encoded key is empty, too long or without its last terminator');
}

function invalid(message: string): DoorwardError {
  return new DoorwardError('invalidKey', message);
}
