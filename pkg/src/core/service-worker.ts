/** A door's faces in a service worker: clients of a page reach them as they would a server. */
import { DoorwardError } from '../errors.js';
import type { Door } from '../types.js';
import { askedOf, type Exchanging, responseOf } from './faces.js';

/** What is needed of the browser's `cookieStore`. */
export interface WorkerCookies {
  getAll(): Promise<{ name?: string; value?: string }[]>;
  set(cookie: { name: string; value: string; path: string; sameSite: 'lax'; expires: number | null }): Promise<unknown>;
  delete(cookie: { name: string; path: string }): Promise<unknown>;
}

export interface ServiceWorkerOptions {
  /** Beginnings of the paths that are answered; default: OctoPrint's, DeviceHive's and VRM's. Only of the worker's own origin. */
  paths?: readonly string[];
  /**
   * Where cookies are kept; default: `cookieStore`. Null, or a browser without one (Firefox before 140, Safari before
   * 18.4): clients need a key.
   */
  cookies?: WorkerCookies | null;
}

export interface ServiceWorkerHandler {
  /** Is the request one of these paths and of this origin? Synchronous, as `fetch` events need it. */
  owns(request: Request): boolean;
  /** The reply of the faces. A door that cannot be opened is a 503, and is tried again by the next request. */
  respond(request: Request): Promise<Response>;
  /** Opens the door and sets the cookie of the double submit; for `waitUntil` of `activate`. */
  ready(): Promise<void>;
}

const defaultPaths = ['/api/', '/plugin/corewizard/acl', '/dh/rest/', '/v2/'];
const csrfName = /^csrf_token(?:_P\d+)?$/;

type Line = [name: string, value: string];

/** Puts the cookies of a reply into the store. No script may set one that scripts cannot read: `HttpOnly` is lost. */
async function keep(cookies: WorkerCookies, lines: readonly Line[]): Promise<void> {
  for (const [header, line] of lines) {
    if (header.toLowerCase() !== 'set-cookie') continue;
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
    const equals = pair.indexOf('=');
    const [name, value] = [pair.slice(0, equals), pair.slice(equals + 1)];
    const age = attributes.map((part) => /^max-age=(-?\d+)$/i.exec(part)?.[1]).find((found) => found !== undefined);
    if (age !== undefined && Number(age) <= 0) await cookies.delete({ name, path: '/' });
    else {
      const expires = age === undefined ? null : Date.now() + Number(age) * 1000;
      await cookies.set({ name, value, path: '/', sameSite: 'lax', expires });
    }
  }
}

class Handler implements ServiceWorkerHandler {
  readonly #open: () => Promise<Door>;
  readonly #paths: readonly string[];
  readonly #cookies: WorkerCookies | null;
  #door: Promise<Exchanging> | undefined;

  constructor(door: Door | (() => Promise<Door>), { paths = defaultPaths, cookies }: ServiceWorkerOptions) {
    this.#open = typeof door === 'function' ? door : () => Promise.resolve(door);
    this.#paths = [...paths];
    const { cookieStore } = globalThis as { cookieStore?: WorkerCookies };
    this.#cookies = cookies === undefined ? (cookieStore ?? null) : cookies;
  }

  owns(request: Request): boolean {
    const { origin, pathname } = new URL(request.url);
    return origin === globalThis.location.origin && this.#paths.some((path) => pathname.startsWith(path));
  }

  async ready(): Promise<void> {
    const door = await this.#opened();
    if (this.#cookies !== null) await this.#csrf(door, this.#cookies, await this.#cookies.getAll());
  }

  async respond(request: Request): Promise<Response> {
    try {
      const door = await this.#opened();
      const headers: Line[] = [...request.headers];
      if (this.#cookies !== null) await this.#addCookies(door, this.#cookies, request, headers);
      const reply = await door.exchange(await askedOf(request, headers));
      if (this.#cookies !== null) await keep(this.#cookies, reply.headers);
      return responseOf(reply);
    } catch (error) {
      const text = DoorwardError.is(error) ? `${error.code}: ${error.message}` : 'the door cannot be opened';
      return Response.json({ error: text }, { status: 503 });
    }
  }

  async #addCookies(door: Exchanging, cookies: WorkerCookies, request: Request, headers: Line[]): Promise<void> {
    const found = await cookies.getAll();
    const fresh = await this.#csrf(door, cookies, found);
    const pairs = found.map(({ name = '', value = '' }) => `${name}=${value}`);
    if (fresh !== undefined) {
      pairs.push(`${fresh[0]}=${fresh[1]}`);
      // The page could not know it yet. What it asks by script is its own: only a navigation may come from elsewhere.
      if (request.mode !== 'navigate' && !request.headers.has('x-csrf-token')) headers.push(['x-csrf-token', fresh[1]]);
    }
    if (pairs.length > 0) headers.push(['cookie', pairs.join('; ')]);
  }

  /** Sets the cookie of the double submit where there is none; gives it then. */
  async #csrf(
    door: Exchanging,
    cookies: WorkerCookies,
    found: readonly { name?: string }[],
  ): Promise<Line | undefined> {
    if (found.some(({ name = '' }) => csrfName.test(name))) return undefined;
    const page = await door.exchange(await askedOf(new Request(new URL('/login/', globalThis.location.origin))));
    await keep(cookies, page.headers);
    const line = page.headers.find(([header]) => header.toLowerCase() === 'set-cookie')?.[1];
    const [, name = '', value = ''] = /^([^=;]+)=([^;]*)/.exec(line ?? '') ?? [];
    return csrfName.test(name) ? [name, value] : undefined;
  }

  #opened(): Promise<Exchanging> {
    return (this.#door ??= this.#openIt());
  }

  async #openIt(): Promise<Exchanging> {
    try {
      const door = (await this.#open()) as Exchanging;
      if (typeof door?.exchange === 'function') return door;
      throw new DoorwardError('unsupported', 'this door has no faces: open it by `doorward/faces`');
    } catch (error) {
      this.#door = undefined;
      throw error;
    }
  }
}

/**
 * Mounts a door in a service worker, so that clients of a page (OctoPrint's own, for one) work with no server at all.
 *
 * ```js
 * const handler = serviceWorkerHandler(() => open({ store: indexedDB('workshop'), policy: 'octoprint' }));
 * self.addEventListener('activate', (event) => event.waitUntil(handler.ready().finally(() => self.clients.claim())));
 * self.addEventListener('fetch', (event) => {
 *   if (handler.owns(event.request)) event.respondWith(handler.respond(event.request));
 * });
 * ```
 *
 * Log-in by cookie needs `cookieStore`. Such cookies can be read by the scripts of the page, which in this mode holds the
 * whole store anyway. Sessions live as long as the worker, which browsers stop when it is idle; with remember-me a user
 * comes back.
 * @param door a door of `doorward/faces`, or what opens it: called at the first request, and again where it failed
 */
export function serviceWorkerHandler(
  door: Door | (() => Promise<Door>),
  options: ServiceWorkerOptions = {},
): ServiceWorkerHandler {
  return new Handler(door, options);
}
