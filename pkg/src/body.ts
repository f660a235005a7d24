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
