/** Requests for the HTTP faces, across the border and back. */
import type { DoorHandle } from './border.js';

/** The door of a module that has the faces. */
export type FacesHandle = DoorHandle & Required<Pick<DoorHandle, 'handle'>>;

/** Was the door opened by a module with the faces? */
export function hasFaces(handle: DoorHandle): handle is FacesHandle {
  return typeof handle.handle === 'function';
}

/** A face reads no larger body; one byte more tells it that there was more. */
const maxBody = 2 ** 20;

/** Replies that have no body by the protocol; the constructor of `Response` refuses even an empty one. */
const bodiless = new Set([204, 205, 304]);

interface Head {
  status: number;
  headers: [name: string, value: string][];
}

/** At most one byte more than a face reads. */
async function bodyOf(request: Request): Promise<Uint8Array> {
  // Servers make the body of a request when it is looked for: half of what a GET would cost.
  if (request.method === 'GET' || request.method === 'HEAD' || request.body === null) return new Uint8Array();
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = request.body.getReader();
  while (length <= maxBody) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    length += value.length;
  }
  if (length > maxBody) await reader.cancel();
  const body = new Uint8Array(Math.min(length, maxBody + 1));
  let at = 0;
  for (const part of parts) {
    const fits = part.subarray(0, body.length - at);
    body.set(fits, at);
    at += fits.length;
  }
  return body;
}

/** A reply of a face with every header, also those that a page's `Response` hides. */
export interface Exchanged extends Head {
  body: Uint8Array<ArrayBuffer>;
}

/** Answers a request by the faces of a door; `headers` count in place of the request's own. */
export async function exchange(
  handle: FacesHandle,
  request: Request,
  headers: Iterable<[name: string, value: string]>,
  address?: string,
): Promise<Exchanged> {
  const { method, url } = request;
  const head = JSON.stringify({ method, url, headers: [...headers], ...(address === undefined ? {} : { address }) });
  const [answered, body] = await handle.handle(head, await bodyOf(request));
  return { ...(JSON.parse(answered) as Head), body: body as Uint8Array<ArrayBuffer> };
}

/** The same as a response; in pages and workers without its cookies, which nobody there may set by a header. */
export function responseOf({ status, headers: lines, body }: Exchanged): Response {
  const headers = new Headers();
  for (const [name, value] of lines) headers.append(name, value);
  return new Response(bodiless.has(status) ? null : body, { status, headers });
}
