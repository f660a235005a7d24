import { DoorwardError } from 'doorward';
import type { Door } from 'doorward';
import type { Store } from 'doorward/contract';
import { storeHandler } from 'doorward/stores/rest-handler';
import { Hono } from 'hono';
import { apiPath, sessionApi } from './api.js';
import { checkHost, securityHeaders } from './guards.js';
import { pageCookies } from './faces.js';
import { loadPage } from './page.js';
import { isAdministrators } from './share.js';
import { replyError, type Log } from './reply.js';

export interface AppOptions {
  /** Host names that are taken; null for all. */
  hosts: ReadonlySet<string> | null;
  /** The store itself, to be served at a path. */
  share?: { store: Store; path: string };
  log: Log;
  /** Ends the event streams. */
  stopping: AbortSignal;
}

/** What `serve` answers beside the faces: the session API, and the page for the rest. */
export async function makeApp(door: Door, options: AppOptions): Promise<Hono> {
  const page = await loadPage(new URL('../../www/', import.meta.url));
  const app = new Hono();

  app.use(async (c, next) => {
    checkHost(c.req.header('host'), options.hosts);
    for (const [name, value] of Object.entries(securityHeaders)) c.header(name, value);
    await next();
  });

  app.route(apiPath, sessionApi(door, options.stopping));

  if (options.share !== undefined) {
    const { store, path } = options.share;
    const share = storeHandler(store, { base: path, authorize: (request) => isAdministrators(door, request) });
    options.stopping.addEventListener('abort', () => share.close(), { once: true });
    for (const each of [path, `${path}/*`]) app.all(each, (c) => share(c.req.raw));
  }

  app.notFound(async (c) => {
    const found = await page(c);
    if (found?.status === 200)
      for (const cookie of await pageCookies(c, door)) found.headers.append('set-cookie', cookie);
    return found ?? replyError(c, new DoorwardError('notFound', 'there is nothing at this path'), options.log);
  });
  app.onError((error, c) => replyError(c, error, options.log));
  return app;
}
