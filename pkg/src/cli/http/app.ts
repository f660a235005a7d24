import { DoorwardError } from 'doorward';
import type { Door } from 'doorward';
import { Hono } from 'hono';
import { apiPath, sessionApi } from './api.js';
import { checkHost } from './guards.js';
import { faceFor, pageCookies } from './faces.js';
import { loadPage } from './page.js';
import { replyError, type Log } from './reply.js';

export interface AppOptions {
  /** The host names requests may name, or null for any. */
  hosts: ReadonlySet<string> | null;
  /** Where DeviceHive's protocol is mounted. */
  baseDevicehive: string | undefined;
  log: Log;
  /** Ends the event streams. */
  stopping: AbortSignal;
}

/** Everything `serve` answers: the session API, the protocol faces, and the page for the rest. */
export async function makeApp(door: Door, options: AppOptions): Promise<Hono> {
  const page = await loadPage(new URL('../../www/', import.meta.url));
  const app = new Hono();

  app.use(async (c, next) => {
    checkHost(c, options.hosts);
    c.header('X-Content-Type-Options', 'nosniff');
    c.header('Referrer-Policy', 'no-referrer');
    c.header('Cross-Origin-Opener-Policy', 'same-origin');
    c.header('X-Frame-Options', 'DENY');
    await next();
  });

  app.route(apiPath, sessionApi(door, options.stopping));

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
