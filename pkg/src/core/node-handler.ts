/** A door's faces in a server of Node's own. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { DoorwardError } from '../errors.js';
import type { Door } from '../types.js';
import { type Asked, Body, type Exchanging, hasNoBody } from './faces.js';

/** Answers one request. */
export type NodeHandler = (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>;

/** Stops reading at what a face reads; what is left is dropped by Node when the reply is out. */
async function bodyOf(incoming: IncomingMessage): Promise<Uint8Array> {
  const body = new Body();
  if (hasNoBody(incoming.method ?? '')) return body.bytes();
  const parts = incoming.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
  for await (const part of parts) if (!body.add(part)) break;
  return body.bytes();
}

/** The address that was asked for; its origin is what the client says it is. */
function urlOf({ url = '', headers, socket }: IncomingMessage): string {
  const full = `http${'encrypted' in socket ? 's' : ''}://${headers.host ?? 'localhost'}${url}`;
  if (url.startsWith('/') && URL.canParse(full)) return new URL(full).href;
  throw new DoorwardError('invalidArgument', 'the request is for no address');
}

async function askedOf(incoming: IncomingMessage): Promise<Asked> {
  const url = urlOf(incoming);
  const headers: Asked['headers'] = [];
  const { rawHeaders } = incoming;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) headers.push([rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '']);
  const { method = '' } = incoming;
  return { method, url, headers, body: await bodyOf(incoming), address: incoming.socket.remoteAddress };
}

/**
 * Mounts a door in a server of Node's, without the detour over `Request` and `Response`.
 *
 * ```js
 * const faces = nodeHandler(door);
 * createServer((incoming, outgoing) => faces(incoming, outgoing).catch(() => outgoing.writeHead(500).end())).listen(8080);
 * ```
 *
 * The promise of a call resolves when the reply is handed to Node. It is rejected before anything is written: by the codes
 * of the store, `invalidArgument` for what is no request, `closed` for a closed door, `unsupported` for a door without
 * faces; or by Node's own error where the client went away. Check `Host` before it where the server is bound to loopback.
 * @param door a door of `doorward/faces`
 */
export function nodeHandler(door: Door): NodeHandler {
  const { exchange } = door as Partial<Exchanging>;
  if (exchange === undefined) {
    throw new DoorwardError('unsupported', 'this door has no faces: open it by `doorward/faces`');
  }
  return async (incoming, outgoing) => {
    const { status, headers, body } = await exchange.call(door, await askedOf(incoming));
    outgoing.statusCode = status;
    for (const [name, value] of headers) outgoing.appendHeader(name, value);
    // The client may still be sending what nobody reads.
    if (!incoming.complete) outgoing.setHeader('connection', 'close');
    outgoing.end(body);
  };
}
