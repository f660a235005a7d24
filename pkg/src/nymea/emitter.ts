import { DoorwardError } from '../errors.js';

/** Handlers by event. Each is called on a turn of its own, so that one that throws takes nothing from the others. */
export class Emitter<Events extends object> {
  readonly #handlers = new Map<keyof Events, Set<(event: never) => void>>();

  on<E extends keyof Events>(event: E, handler: (event: Events[E]) => void): () => void {
    if (typeof handler !== 'function') throw new DoorwardError('invalidArgument', 'a handler has to be a function');
    let handlers = this.#handlers.get(event);
    if (handlers === undefined) this.#handlers.set(event, (handlers = new Set()));
    handlers.add(handler);
    return () => handlers.delete(handler);
  }

  emit<E extends keyof Events>(event: E, payload: Events[E]): void {
    for (const handler of this.#handlers.get(event) ?? []) queueMicrotask(() => handler(payload as never));
  }
}
