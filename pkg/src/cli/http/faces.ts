/** The HTTP faces, in front of everything else. */
import type { RequestListener } from 'node:http';
import type { Door } from 'doorward';
import { nodeHandler } from 'doorward/faces';
import type { Context } from 'hono';
import { isAllowedHost, securityHeaders } from './guards.js';
import { pages } from './page.js';
import { type Log, tell } from './reply.js';

/** Where DeviceHive's protocol is, unless told otherwise. */
const baseDevicehive = '/dh/rest';

export interface FaceOptions {
  /** Host names that are taken; null for all. */
  hosts: ReadonlySet<string> | null;
  /** Where DeviceHive's protocol is mounted. */
  baseDevicehive: string | undefined;
  log: Log;
}

/** Is the path a face's to answer? */
function isMounted(path: string, devicehive: string): boolean {
  return /^\/(?:api\/|v2(?:\/|$)|plugin\/corewizard\/acl$)/.test(path) || path.startsWith(`${devicehive}/`);
}

/** The path of a request as the rest of the server reads it: without dots, and without what a client may add to it. */
const pathOf = (url: string): string =>
  url.startsWith('/') && URL.canParse(`http://localhost${url}`) ? new URL(`http://localhost${url}`).pathname : '';

/** Hands a face's requests to the door, and all others on. A host that is not allowed is refused there. */
export function facesBefore(rest: RequestListener, door: Door, options: FaceOptions): RequestListener {
  const handle = nodeHandler(door);
  const devicehive = options.baseDevicehive ?? baseDevicehive;
  return (incoming, outgoing) => {
    const { url = '', method, headers } = incoming;
    const path = pathOf(url);
    if (!isMounted(path, devicehive) || !isAllowedHost(headers.host, options.hosts)) {
      return rest(incoming, outgoing);
    }
    for (const [name, value] of Object.entries(securityHeaders)) outgoing.setHeader(name, value);
    return handle(incoming, outgoing).catch((error: unknown) => {
      // Nobody is there to be told, or to be blamed.
      if (incoming.destroyed && !incoming.complete) return;
      const told = tell(error, `${method} ${path}`, options.log);
      outgoing.writeHead(told.status, { ...told.headers, 'Content-Type': 'application/json' });
      outgoing.end(JSON.stringify(told.body));
    });
  };
}

/** The cookies a page carries for OctoPrint's double submit. */
export async function pageCookies(c: Context, door: Door): Promise<string[]> {
  if (!pages.has(c.req.path) || c.req.method !== 'GET') return [];
  const { headers } = await door.handle(new Request(c.req.url));
  return headers.getSetCookie();
}
