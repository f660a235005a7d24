/** Bodies of `fetch` that end when their request is aborted. */

/**
 * The same response, with a body that its request's signal cuts off. A `fetch` by itself does not promise that once the
 * answer has begun: Node forgets the signal as soon as it collects the request (nodejs/node#55428), and a body that goes
 * on then holds its connection, and the process, for ever.
 */
export function bound(response: Response, signal: AbortSignal): Response {
  if (response.body === null) return response;
  return new Response(response.body.pipeThrough(new TransformStream(), { signal }), response);
}

/**
 * The text of a body, for as long as its request's signal allows: as of `bound`, which takes a stream between where only
 * what comes in the end is wanted, and so most of the time of a short request.
 * @throws the reason of the signal; what the connection failed with
 */
export async function textOf(response: Response, signal: AbortSignal): Promise<string> {
  if (response.body === null) return '';
  const reader = response.body.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  const stop = (): void => void reader.cancel(signal.reason).catch(() => undefined);
  signal.addEventListener('abort', stop, { once: true });
  const decoder = new TextDecoder();
  let text = '';
  try {
    for (;;) {
      signal.throwIfAborted();
      const { done, value } = await reader.read();
      // A reader that was cancelled ends like a body that is over.
      signal.throwIfAborted();
      if (done) return text + decoder.decode();
      text += decoder.decode(value, { stream: true });
    }
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
