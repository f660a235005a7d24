// Runs as a service worker: a door with the faces on IndexedDB answers OctoPrint's API, with no server behind it.
import { open } from 'doorward/faces';
import { indexedDB } from 'doorward/stores/indexeddb';

const policy = { preset: 'octoprint', hashMemory: 64, hashPasses: 1 };
let opened;
const door = () => (opened ??= open({ store: indexedDB('octoprint'), policy }));

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

self.addEventListener('fetch', (event) => {
  if (!new URL(event.request.url).pathname.startsWith('/api/')) return;
  event.respondWith(door().then((open) => open.handle(event.request)));
});

/** The page's set-up: makes the first administrator, and gives him a key. */
self.addEventListener('message', (event) => {
  const answer = async () => {
    const session = await (await door()).setUp({ name: 'admin', password: 'adminpw' });
    return session.users.generateApiKey('admin');
  };
  event.waitUntil(
    answer().then(
      (value) => event.ports[0].postMessage(value),
      (error) => event.ports[0].postMessage({ error: String(error) }),
    ),
  );
});
