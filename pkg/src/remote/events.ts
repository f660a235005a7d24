import type { DoorEvents } from '../types.js';

export interface Message {
  event: string;
  data: string;
}

/** The messages of an event stream, as far as the session API uses the format: an event's name and one line of data. */
export async function* messages(body: ReadableStream<Uint8Array>): AsyncGenerator<Message> {
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let text = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      text += decoder.decode(value, { stream: true });
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const field = (name: string): string | undefined =>
          block
            .split('\n')
            .find((line) => line.startsWith(`${name}: `))
            ?.slice(name.length + 2);
        const event = field('event');
        const data = field('data');
        if (event !== undefined && data !== undefined) yield { event, data };
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

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
