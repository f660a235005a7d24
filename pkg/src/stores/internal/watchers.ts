/** Who watches, and what a commit has to tell them. */
import type { Change, Key, Version, WatchHandler } from '../../contract.js';
import { isBelow } from '../../keys.js';
import { planWatch, type PlannedMutation } from './validate.js';

/** A change with its encoded key beside it. */
export interface PlannedChange {
  readonly at: string;
  readonly key: Key;
  readonly value: string | null;
  readonly version: Version | null;
}

/** What a commit did, one change a key, in the order of each key's last mutation. */
export function changesOf(mutations: readonly PlannedMutation[], version: Version): PlannedChange[] {
  const changes = new Map<string, PlannedChange>();
  for (const { at, key, value } of mutations) {
    // A map keeps the place of the first insertion; the last mutation is the one that counts.
    changes.delete(at);
    changes.set(at, { at, key, value, version: value === null ? null : version });
  }
  return Array.from(changes.values());
}

interface Watcher {
  readonly prefixes: readonly string[];
  readonly handler: WatchHandler;
  readonly lost: (() => void) | undefined;
}

/** The watches of one or more handles on the same data. */
export class Watchers {
  readonly #all = new Set<Watcher>();

  get size(): number {
    return this.#all.size;
  }

  /**
   * Returns the function that ends the watch.
   * @throws DoorwardError `invalidArgument`, `invalidKey`
   */
  add(prefixes: readonly Key[], handler: WatchHandler, lost?: () => void): () => void {
    const watcher = { prefixes: planWatch(prefixes, handler, lost), handler, lost };
    this.#all.add(watcher);
    return () => void this.#all.delete(watcher);
  }

  /**
   * Tells everybody whom one commit concerns. Each handler runs in a task of its own, so that neither a commit nor
   * another handler suffers from one that throws: its error surfaces as an uncaught one, as with an event listener.
   */
  tell(changes: readonly PlannedChange[]): void {
    for (const watcher of this.#all) {
      const seen = changes.filter(({ at }) => watcher.prefixes.some((prefix) => isBelow(at, prefix)));
      if (seen.length === 0) continue;
      queueMicrotask(() => {
        if (this.#all.has(watcher)) watcher.handler(seen.map(publicChange));
      });
    }
  }

  /** Tells everybody that commits may have been missed. */
  tellLost(): void {
    for (const watcher of this.#all) {
      queueMicrotask(() => {
        if (this.#all.has(watcher)) watcher.lost?.();
      });
    }
  }

  clear(): void {
    this.#all.clear();
  }
}

function publicChange({ key, value, version }: PlannedChange): Change {
  return { key: key.slice(), value, version };
}
