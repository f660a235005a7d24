/** Requests for the HTTP faces, across the border and back. */
import type { Door } from '../types.js';
import type { DoorHandle } from './border.js';

/** The door of a module that has the faces. */
export type FacesHandle = DoorHandle & Required<Pick<DoorHandle, 'handle' | 'nymea' | 'check'>>;

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

/** Gathers a body, of which a face reads so much and no more. */
export class Body {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  /** Takes a part; false where there is no use for more. */
  add(part: Uint8Array): boolean {
    const fits = part.subarray(0, maxBody + 1 - this.#length);
    this.#parts.push(fits);
    this.#length += fits.length;
    return this.#length <= maxBody;
  }

  bytes(): Uint8Array {
    const [first = new Uint8Array()] = this.#parts;
    if (this.#parts.length <= 1) return first;
    const body = new Uint8Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      body.set(part, at);
      at += part.length;
    }
    return body;
  }
}

/** Servers make the body of a request when it is looked for: half of what a GET would cost. */
export const hasNoBody = (method: string): boolean => method === 'GET' || method === 'HEAD';

async function bodyOf(request: Request): Promise<Uint8Array> {
  const body = new Body();
  if (hasNoBody(request.method) || request.body === null) return body.bytes();
  const reader = request.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return body.bytes();
    if (!body.add(value)) {
      await reader.cancel();
      return body.bytes();
    }
  }
}

type Line = [name: string, value: string];

/** A request as a face reads it. */
export interface Asked {
  method: string;
  url: string;
  headers: Line[];
  body: Uint8Array;
  /** Of who asks. */
  address?: string | undefined;
}

/** A request of the platform, with `headers` in place of its own, which never show cookies in a page. */
export async function askedOf(request: Request, headers: Iterable<Line> = request.headers): Promise<Asked> {
  return { method: request.method, url: request.url, headers: [...headers], body: await bodyOf(request) };
}

/** A reply of a face with every header, also those that a page's `Response` hides. */
export interface Exchanged extends Head {
  body: Uint8Array<ArrayBuffer>;
}

/** Answers a request by the faces of a door. */
export async function exchange(handle: FacesHandle, { body, ...head }: Asked): Promise<Exchanged> {
  const [answered, reply] = await handle.handle(JSON.stringify(head), body);
  return { ...(JSON.parse(answered) as Head), body: reply as Uint8Array<ArrayBuffer> };
}

/** A door of this package, which can be asked below its public face. */
export interface Exchanging extends Door {
  /** @throws DoorwardError `unsupported`, where the door has no faces */
  exchange(asked: Asked): Promise<Exchanged>;
}

/** The same as a response; in pages and workers without its cookies, which nobody there may set by a header. */
export function responseOf({ status, headers: lines, body }: Exchanged): Response {
  const headers = new Headers();
  for (const [name, value] of lines) headers.append(name, value);
  return new Response(bodiless.has(status) ? null : body, { status, headers });
}
