/** Keys as the host compares them. */
import type { Key } from '../contract.js';
import { limits } from '../limits.js';

/** Of the shape of a key: one to eight strings. Their length is the store's affair. */
export function isKey(value: unknown): value is Key {
  if (!Array.isArray(value) || value.length < 1 || value.length > limits.keyElements) return false;
  for (const element of value) if (typeof element !== 'string') return false;
  return true;
}

/** `key` is a key with the very elements of `asked`. */
export function isSameKey(key: unknown, asked: Key): boolean {
  if (!Array.isArray(key) || key.length !== asked.length) return false;
  for (let i = 0; i < asked.length; i++) if (key[i] !== asked[i]) return false;
  return true;
}

/** `key` is longer than `prefix` and begins with its elements. */
export function isBelow(key: Key, prefix: Key): boolean {
  if (key.length <= prefix.length) return false;
  for (let i = 0; i < prefix.length; i++) if (key[i] !== prefix[i]) return false;
  return true;
}

/** UTF-16 code units ordered as UTF-8 orders what they stand for: the surrogates behind everything else. */
function rank(unit: number): number {
  return unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

/** The order of the contract: negative, zero or positive. */
export function compareKeys(a: Key, b: Key): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const left = a[i] ?? '';
    const right = b[i] ?? '';
    if (left === right) continue;
    const length = Math.min(left.length, right.length);
    for (let at = 0; at < length; at++) {
      const l = left.charCodeAt(at);
      const r = right.charCodeAt(at);
      if (l !== r) return rank(l) - rank(r);
    }
    return left.length - right.length;
  }
  return a.length - b.length;
}
