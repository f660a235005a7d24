/** What every handle on a store keeps count of: what runs on it, and whether it is closed. */
import { DoorwardError } from '../../errors.js';

export class Lifetime {
  readonly #running = new Set<Promise<unknown>>();
  #end: Promise<void> | undefined;

  get closed(): boolean {
    return this.#end !== undefined;
  }

  /** @throws DoorwardError `storeClosed` */
  checkOpen(): void {
    if (this.closed) throw new DoorwardError('storeClosed');
  }

  /** Counts work in until it is over; `coded` turns what it fails with into an error of the contract, where it is none. */
  async run<T>(running: Promise<T>, coded?: (error: unknown) => Error | Promise<Error>): Promise<T> {
    this.#running.add(running);
    try {
      return await running;
    } catch (error) {
      throw coded === undefined ? error : await coded(error);
    } finally {
      this.#running.delete(running);
    }
  }

  /** Resolves when nothing runs any more, however it ended. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  /** Closes by `finish`, once: later calls wait for the same end. */
  close(finish: () => Promise<void>): Promise<void> {
    this.#end ??= finish();
    return this.#end;
  }
}

/** What is made by the first who asks, and kept. An attempt that failed is forgotten, so that the next call tries again. */
export class Opening<T> {
  readonly #make: () => Promise<T>;
  #made: Promise<T> | undefined;

  constructor(make: () => Promise<T>) {
    this.#make = make;
  }

  /** What is made or being made; undefined before the first call, and after a failure. */
  get begun(): Promise<T> | undefined {
    return this.#made;
  }

  get(): Promise<T> {
    this.#made ??= this.#make().catch((error: unknown) => {
      this.#made = undefined;
      throw error;
    });
    return this.#made;
  }
}
