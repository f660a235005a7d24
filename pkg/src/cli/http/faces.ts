/** The HTTP faces: their requests go to `door.handle`. */
import type { HttpBindings } from '@hono/node-server';
import type { Door } from 'doorward';
import type { Context, MiddlewareHandler } from 'hono';
import { pages } from './page.js';

/** Where DeviceHive's protocol is, unless told otherwise. */
export const baseDevicehive = '/dh/rest';

/** Is the path a face's to answer? */
function isMounted(path: string, devicehive: string): boolean {
  return /^\/(?:api\/|plugin\/corewizard\/acl$)/.test(path) || path.startsWith(`${devicehive}/`);
}

/** The address of who asks: what limits count by. */
function address(c: Context): string | undefined {
  return (c.env as Partial<HttpBindings>).incoming?.socket.remoteAddress;
}

/** Hands a face's requests to the door. */
export function faceFor(door: Door, devicehive = baseDevicehive): MiddlewareHandler {
  return async (c, next) => {
    if (!isMounted(c.req.path, devicehive)) return next();
    const from = address(c);
    const answer = await door.handle(c.req.raw, from === undefined ? {} : { address: from });
    answer.headers.set('X-Content-Type-Options', 'nosniff');
    return answer;
  };
}

/** The cookies a page carries for OctoPrint's double submit. */
export async function pageCookies(c: Context, door: Door): Promise<string[]> {
  if (!pages.has(c.req.path) || c.req.method !== 'GET') return [];
  const { headers } = await door.handle(new Request(c.req.url));
  return headers.getSetCookie();
}
