/** Requests for the HTTP faces, across the border and back. */
import type { DoorHandle } from './border.js';

/** The door of a module that has the faces. */
export type FacesHandle = DoorHandle & Required<Pick<DoorHandle, 'handle' | 'nymea'>>;

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

/** Answers a request by the faces of a door. */
export async function handleRequest(
  handle: FacesHandle,
  request: Request,
  address: string | undefined,
): Promise<Response> {
  const { method, url, headers } = request;
  const head = JSON.stringify({ method, url, headers: [...headers], ...(address === undefined ? {} : { address }) });
  const [answered, body] = await handle.handle(head, await bodyOf(request));
  const { status, headers: lines } = JSON.parse(answered) as Head;
  const reply = new Headers();
  for (const [name, value] of lines) reply.append(name, value);
  return new Response(bodiless.has(status) ? null : (body as Uint8Array<ArrayBuffer>), { status, headers: reply });
}
