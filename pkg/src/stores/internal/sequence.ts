/**
 * Puts the commits of several tabs back into their order. Every tab tells of its own commits, and nothing orders the
 * messages of different tabs; but commits are counted, so that a gap shows that an earlier one is still on its way.
 */
export class Sequence<T> {
  readonly #deliver: (item: T) => void;
  readonly #patience: number;
  readonly #held = new Map<number, T>();
  #last: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `patience`: how many ms to wait for a gap to close; the tab that owes the commit may be gone for ever. */
  constructor(deliver: (item: T) => void, patience: number) {
    this.#deliver = deliver;
    this.#patience = patience;
  }

  add(number: number, item: T): void {
    this.#held.set(number, item);
    this.#last ??= number - 1;
    this.#drain(this.#last + 1);
    if (this.#held.size === 0) this.stop();
    else this.#timer ??= setTimeout(() => this.#giveUp(), this.#patience);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Delivers what follows without a gap; what comes late after all is delivered at once. */
  #drain(next: number): void {
    for (const number of this.#sorted()) {
      if (number > next) return;
      const item = this.#held.get(number) as T;
      this.#held.delete(number);
      next = Math.max(next, number + 1);
      this.#last = next - 1;
      this.#deliver(item);
    }
  }

  #giveUp(): void {
    this.#timer = undefined;
    for (const number of this.#sorted()) this.#drain(number);
  }

  #sorted(): number[] {
    return Array.from(this.#held.keys()).sort((a, b) => a - b);
  }
}
