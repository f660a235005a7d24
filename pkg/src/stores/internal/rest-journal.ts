/** The last commits of a store, numbered, so that a watch that was cut off goes on where it ended. */
import type { Change, Key, Store } from '../../contract.js';
import { DoorwardError } from '../../errors.js';
import { encodeKeyText, encodePrefixText, isBelow } from '../../keys.js';
import { isReserved } from './rest-protocol.js';

const longest = 1000;
/** Characters of all values together. */
const largest = 8 * 1024 * 1024;
/** How often a store that cannot be watched is asked whether anything has changed, in ms. */
const askEvery = 250;

interface Item {
  readonly number: number;
  /** null: something may have been missed. */
  readonly changes: readonly Change[] | null;
  readonly size: number;
}

/** A reader's place: what came behind it, and the next item. */
export interface Reader {
  next(): { id: string; changes: readonly Change[] | null } | undefined;
  /** The place itself. */
  readonly id: string;
  onItem: () => void;
  close(): void;
}

export class Journal {
  readonly #run = crypto.randomUUID().slice(0, 8);
  readonly #items: Item[] = [];
  readonly #readers = new Set<() => void>();
  #last = 0;
  #size = 0;
  #end: (() => void) | undefined;
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** The place behind the last commit; begins to listen. */
  position(): string | null {
    if (this.#end === undefined) {
      if (this.#store.watch !== undefined) {
        this.#end = this.#store.watch(
          [[]],
          (changes) => this.#add(changes.filter(({ key }) => !isReserved(key))),
          () => this.#add(null),
        );
      } else if (this.#store.epoch !== undefined) {
        const timer = setInterval(() => this.#ask(), askEvery);
        if (typeof timer === 'object') timer.unref();
        this.#end = () => clearInterval(timer);
      } else return null;
    }
    return this.#id(this.#last);
  }

  /** @throws DoorwardError `unsupported` where the store cannot be watched */
  read(from: string | null, prefixes: readonly Key[]): Reader {
    const now = this.position();
    if (now === null) throw new DoorwardError('unsupported', 'the store behind this address cannot be watched');
    const wanted = prefixes.map(encodePrefixText);
    let at = from === null ? this.#last : this.#numberOf(from);
    const reader: Reader = {
      id: now,
      onItem: () => undefined,
      next: () => {
        for (;;) {
          const oldest = this.#items[0]?.number ?? this.#last + 1;
          // Of another run, or too long ago.
          const lost = at + 1 < oldest || at > this.#last;
          if (!lost && at === this.#last) return undefined;
          const item = lost ? undefined : this.#items[at + 1 - oldest];
          at = item?.number ?? this.#last;
          const id = this.#id(at);
          Object.assign(reader, { id });
          if (item === undefined || item.changes === null) return { id, changes: null };
          const changes = item.changes.filter(({ key }) => {
            const text = encodeKeyText(key);
            return wanted.some((prefix) => isBelow(text, prefix));
          });
          if (changes.length > 0) return { id, changes };
        }
      },
      close: () => void this.#readers.delete(wake),
    };
    const wake = (): void => reader.onItem();
    this.#readers.add(wake);
    return reader;
  }

  close(): void {
    this.#end?.();
    this.#readers.clear();
  }

  #epoch = -1;

  #ask(): void {
    let epoch;
    try {
      epoch = this.#store.epoch?.() ?? -1;
    } catch {
      // Not known for the moment.
      return;
    }
    const changed = this.#epoch >= 0 && epoch !== this.#epoch;
    this.#epoch = epoch;
    if (changed) this.#add(null);
  }

  #add(changes: readonly Change[] | null): void {
    if (changes?.length === 0) return;
    const size = changes?.reduce((all, { value }) => all + (value?.length ?? 0), 0) ?? 0;
    this.#last += 1;
    this.#size += size;
    this.#items.push({ number: this.#last, changes, size });
    while (this.#items.length > longest || (this.#size > largest && this.#items.length > 1)) {
      this.#size -= this.#items.shift()?.size ?? 0;
    }
    for (const wake of [...this.#readers]) wake();
  }

  #id(number: number): string {
    return `${this.#run}-${number}`;
  }

  /** A place of another run of the server is one that is lost. */
  #numberOf(id: string): number {
    const [run, number] = id.split('-');
    return run === this.#run && number !== undefined && /^\d{1,15}$/.test(number) ? Number(number) : Infinity;
  }
}
