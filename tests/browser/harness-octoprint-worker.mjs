// A service worker with a door: what an application without a server would ship.
import { open, serviceWorkerHandler } from 'doorward/faces';
import { indexedDB } from 'doorward/stores/indexeddb';

const handler = serviceWorkerHandler(() =>
  open({
    store: indexedDB('workshop'),
    policy: { preset: 'octoprint', hashMemory: 64, hashPasses: 1 },
    faces: { octoprint: { rateLimiter: false } },
  }),
);

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(handler.ready().finally(() => self.clients.claim())));
self.addEventListener('fetch', (event) => {
  if (handler.owns(event.request)) event.respondWith(handler.respond(event.request));
});
