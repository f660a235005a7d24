/** Server-sent events from a body of `fetch`: an `EventSource` could not send a credential. */

export interface Message {
  readonly event: string;
  readonly data: string;
  /** Where the stream goes on after this message, if it says so. */
  readonly id: string | undefined;
}

/** The messages of a stream, as far as Doorward uses the format: an event's name, one line of data, perhaps an id. */
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
        if (event !== undefined && data !== undefined) yield { event, data, id: field('id') };
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
