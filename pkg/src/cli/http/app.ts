import { DoorwardError } from 'doorward';
import type { Door } from 'doorward';
import type { Store } from 'doorward/contract';
import { storeHandler } from 'doorward/stores/rest-handler';
import { Hono } from 'hono';
import { apiPath, sessionApi } from './api.js';
import { allowedHosts, checkHost } from './guards.js';
import { faceFor, pageCookies } from './faces.js';
import { loadPage } from './page.js';
import { isAdministrators } from './share.js';
import { replyError, type Log } from './reply.js';

export interface AppOptions {
  /** The address the server is bound to. */
  host: string;
  /** Host names to take beside it. */
  allowHost: readonly string[];
  /** Where DeviceHive's protocol is mounted. */
  baseDevicehive: string | undefined;
  /** The store itself, to be served at a path. */
  share?: { store: Store; path: string };
  log: Log;
  /** Ends the event streams. */
  stopping: AbortSignal;
}

/** Everything `serve` answers: the session API, the protocol faces, and the page for the rest. */
export async function makeApp(door: Door, options: AppOptions): Promise<Hono> {
  const page = await loadPage(new URL('../../www/', import.meta.url));
  const hosts = allowedHosts(options.host, options.allowHost);
  const app = new Hono();

  app.use(async (c, next) => {
    checkHost(c, hosts);
    c.header('X-Content-Type-Options', 'nosniff');
    c.header('Referrer-Policy', 'no-referrer');
    c.header('Cross-Origin-Opener-Policy', 'same-origin');
    c.header('X-Frame-Options', 'DENY');
    await next();
  });

  app.route(apiPath, sessionApi(door, options.stopping));

  if (options.share !== undefined) {
    const { store, path } = options.share;
    const share = storeHandler(store, { base: path, authorize: (request) => isAdministrators(door, request) });
    options.stopping.addEventListener('abort', () => share.close(), { once: true });
    for (const each of [path, `${path}/*`]) app.all(each, (c) => share(c.req.raw));
  }

  app.use(faceFor(door, options.baseDevicehive));

  app.notFound(async (c) => {
    const found = await page(c);
    if (found?.status === 200)
      for (const cookie of await pageCookies(c, door)) found.headers.append('set-cookie', cookie);
    return found ?? replyError(c, new DoorwardError('notFound', 'there is nothing at this path'), options.log);
  });
  app.onError((error, c) => replyError(c, error, options.log));
  return app;
}
