import type { DoorEvents } from '../types.js';

type Handler = (event: never) => void;

/** Who listens to what. */
export class Listeners {
  readonly #handlers = new Map<string, Set<Handler>>();

  add<E extends keyof DoorEvents>(event: E, handler: (event: DoorEvents[E]) => void): () => void {
    const handlers = this.#handlers.get(event) ?? new Set<Handler>();
    this.#handlers.set(event, handlers);
    // A wrapper of its own: the same function added twice is heard twice, and each time ended by itself.
    const own: Handler = (payload) => handler(payload);
    handlers.add(own);
    return () => void handlers.delete(own);
  }

  get size(): number {
    let size = 0;
    for (const handlers of this.#handlers.values()) size += handlers.size;
    return size;
  }

  /** A handler that throws takes nothing from the others; its error surfaces as an uncaught one. */
  tell(event: string, payload: unknown): void {
    for (const handler of this.#handlers.get(event) ?? []) queueMicrotask(() => handler(payload as never));
  }

  clear(): void {
    this.#handlers.clear();
  }
}
