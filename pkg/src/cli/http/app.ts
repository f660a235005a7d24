import { DoorwardError } from 'doorward';
import type { Door } from 'doorward';
import { Hono } from 'hono';
import { apiPath, sessionApi } from './api.js';
import { allowedHosts, checkHost } from './guards.js';
import { loadPage } from './page.js';
import { replyError, type Log } from './reply.js';

export interface AppOptions {
  /** The address the server is bound to. */
  host: string;
  /** Host names to take beside it. */
  allowHost: readonly string[];
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

  // The place of the protocol faces: each is mounted below its own path and hands its requests to `door.handle`.

  app.notFound(async (c) => {
    const found = await page(c);
    return found ?? replyError(c, new DoorwardError('notFound', 'there is nothing at this path'), options.log);
  });
  app.onError((error, c) => replyError(c, error, options.log));
  return app;
}
