/**
 * Keeps the built page for offline use, where the page runs without a server.
 *
 * It answers two things only: navigations that ask for a store in the page (`?store=`), and files of the build.
 * Everything else (the server's API, its other faces, the page in server mode) goes to the network untouched.
 */
interface WorkerEvent extends Event {
  waitUntil(promise: Promise<unknown>): void;
}
interface FetchEvent extends WorkerEvent {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}
interface WorkerScope {
  readonly registration: { readonly scope: string };
  skipWaiting(): Promise<void>;
  addEventListener(type: 'install' | 'activate', listener: (event: WorkerEvent) => void): void;
  addEventListener(type: 'fetch', listener: (event: FetchEvent) => void): void;
}
const worker = globalThis as unknown as WorkerScope;

// The build puts both in.
const files = JSON.parse('__PRECACHED_FILES__') as string[];
const version = '__PRECACHE_VERSION__';

const PREFIX = `doorward-page:${worker.registration.scope}:`;
const current = PREFIX + version;
const root = new URL(worker.registration.scope);
const known = new Set(files.map((file) => new URL(file, root).pathname));

async function install(): Promise<void> {
  const cache = await caches.open(current);
  // `reload`: past the HTTP cache, which may hold an older index.html.
  await cache.addAll(files.map((file) => new Request(new URL(file, root), { cache: 'reload' })));
  await worker.skipWaiting();
}

async function activate(): Promise<void> {
  const names = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== current);
  // The version before stays (keys come in order of creation): a tab that still runs it loads its views from there.
  await Promise.all(names.slice(0, -1).map((name) => caches.delete(name)));
}

async function page(request: Request): Promise<Response> {
  const cache = await caches.open(current);
  return (await cache.match(new URL('index.html', root).href)) ?? fetch(request);
}

async function asset(request: Request): Promise<Response> {
  const own = await (await caches.open(current)).match(request, { ignoreSearch: true });
  return own ?? (await caches.match(request, { ignoreSearch: true })) ?? fetch(request);
}

worker.addEventListener('install', (event) => event.waitUntil(install()));
worker.addEventListener('activate', (event) => event.waitUntil(activate()));
worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== root.origin || !url.pathname.startsWith(root.pathname)) return;
  if (request.mode === 'navigate') {
    const here = url.pathname === root.pathname || url.pathname === `${root.pathname}index.html`;
    if (here && url.searchParams.has('store')) event.respondWith(page(request));
  } else if (known.has(url.pathname) || url.pathname.startsWith(`${root.pathname}assets/`)) {
    event.respondWith(asset(request));
  }
});
