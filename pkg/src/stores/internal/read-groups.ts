/**
 * Reads of a few keys that are asked for in the same turn of the loop go to the server as one: most of what a look-up costs
 * is the question, not the answer. Each still gets one snapshot, of an instant after it was asked for.
 */
import type { Entry } from '../../contract.js';
import { DoorwardError } from '../../errors.js';
import type { PlannedRange } from './validate.js';

/** Keys in one question. Servers keep their plans for few keys, and nobody has to wait for the many of another. */
const together = 16;

interface Waiting {
  readonly ranges: readonly PlannedRange[];
  resolve(found: Entry[][]): void;
  reject(error: unknown): void;
}

export class ReadGroups {
  readonly #read: (ranges: readonly PlannedRange[]) => Promise<Entry[][]>;
  #waiting: Waiting[] = [];
  #running = 0;

  /** `read` reads all ranges in one snapshot, and may be called while it runs. */
  constructor(read: (ranges: readonly PlannedRange[]) => Promise<Entry[][]>) {
    this.#read = read;
  }

  add(ranges: readonly PlannedRange[]): Promise<Entry[][]> {
    // A stretch may be long, and is not waited for by what is not its own.
    if (ranges.length > together || ranges.some((range) => !('at' in range))) return this.#read(ranges);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ranges, resolve, reject });
      if (this.#waiting.length > 1) return;
      // While the server is at work on others, more may come in with this turn of the loop; where it is idle, nobody waits.
      if (this.#running > 0) setImmediate(() => this.#send());
      else queueMicrotask(() => this.#send());
    });
  }

  #send(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (let from = 0; from < waiting.length;) {
      const group: Waiting[] = [];
      for (let keys = 0; from < waiting.length; from += 1) {
        const next = waiting[from] as Waiting;
        keys += next.ranges.length;
        if (group.length > 0 && keys > together) break;
        group.push(next);
      }
      void this.#readGroup(group);
    }
  }

  async #readGroup(group: readonly Waiting[]): Promise<void> {
    this.#running += 1;
    try {
      const found = await this.#read(group.flatMap(({ ranges }) => ranges));
      let from = 0;
      for (const { ranges, resolve } of group) resolve(found.slice(from, (from += ranges.length)));
    } catch (error) {
      // What is wrong with one record must not keep those who ask for others from theirs; what is wrong with the server
      // would only be waited for twice.
      if (group.length > 1 && DoorwardError.is(error, 'storeCorrupt')) {
        for (const one of group) void this.#readGroup([one]);
      } else for (const { reject } of group) reject(error);
    } finally {
      this.#running -= 1;
    }
  }
}
