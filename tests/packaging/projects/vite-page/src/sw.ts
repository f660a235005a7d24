import { open } from 'doorward';
import { memory } from 'doorward/stores/memory';

const scope = self as unknown as ServiceWorkerGlobalScope;

scope.addEventListener('install', () => void scope.skipWaiting());
scope.addEventListener('activate', (event) => event.waitUntil(scope.clients.claim()));

async function whoAmI(): Promise<Response> {
  try {
    const door = await open({ store: memory() });
    // No Worker exists here: the hash falls back to this thread.
    const session = await door.setUp({ name: 'service', password: 'correct horse battery' });
    return Response.json({ name: session.me.name, admin: session.can('admin') });
  } catch (error) {
    return new Response(String(error instanceof Error ? error.stack : error), { status: 500 });
  }
}

scope.addEventListener('fetch', (event) => {
  if (new URL(event.request.url).pathname === '/who-am-i') event.respondWith(whoAmI());
});
