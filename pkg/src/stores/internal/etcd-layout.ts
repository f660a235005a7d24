/**
 * What is where in etcd. Every key begins with the prefix of the store and a NUL; then comes the encoded key, or FF and
 * what is ours: no encoded key begins so, and every range of keys ends before them.
 *
 *   FF f          the format
 *   FF c          written by every commit: its revision is that of the last one
 *   FF l lane     written by every commit of one lane of a handle: what became of a commit whose answer was lost
 *
 * The version of an entry is the revision that last set it: etcd never gives one twice.
 */
import type { Entry } from '../../contract.js';
import { DoorwardError } from '../../errors.js';
import { decodeKey } from '../../keys.js';
import type { KeyValue } from './etcd-client.js';
import type { PlannedRange } from './validate.js';

export const format = 1;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export class EtcdLayout {
  readonly formatKey: string;
  readonly clockKey: string;
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
    this.formatKey = base64(`${prefix}\xfff`);
    this.clockKey = base64(`${prefix}\xffc`);
  }

  laneKey(lane: string): string {
    return base64(`${this.#prefix}\xffl${lane}`);
  }

  /** All lanes there are. */
  get lanes(): object {
    return { key: base64(`${this.#prefix}\xffl`), range_end: base64(`${this.#prefix}\xffm`) };
  }

  /** Everything of the store, what is ours included. */
  get everything(): object {
    return { key: base64(this.#prefix), range_end: base64(`${this.#prefix}\xff\xff`) };
  }

  key(at: string): string {
    return base64(this.#prefix + at);
  }

  rangeOf(range: PlannedRange): object {
    if ('at' in range) return { key: this.key(range.at) };
    return {
      // The least key behind the bound; the bound `''` is the prefix itself, which is no key.
      key: this.key(`${range.above}\0`.slice(range.above === '' ? 1 : 0)),
      range_end: this.key(range.under),
      limit: range.limit,
      ...(range.reverse && { sort_order: 'DESCEND', sort_target: 'KEY' }),
    };
  }

  /** The encoded key; undefined for what is ours. */
  at(key: string): string | undefined {
    const text = Buffer.from(key, 'base64').toString('latin1').slice(this.#prefix.length);
    return text.startsWith('\xff') ? undefined : text;
  }

  entry({ key, value = '', mod_revision }: KeyValue): Entry {
    try {
      const bytes = Buffer.from(key, 'base64').subarray(this.#prefix.length);
      return { key: decodeKey(bytes), value: decoder.decode(Buffer.from(value, 'base64')), version: mod_revision };
    } catch (cause) {
      throw new DoorwardError('storeCorrupt', undefined, { cause });
    }
  }
}

export function base64(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('base64');
}

/** Can a commit have given this version? etcd's comparison would take 0 for an absent key. */
export function isRevision(version: string): boolean {
  return /^[1-9]\d{0,17}$/.test(version);
}
