/** A door in a service worker: what has to compile, and what must not. Only compiled, never run. */
import { open as openCore } from 'doorward';
import { open, serviceWorkerHandler, type ServiceWorkerHandler, type WorkerCookies } from 'doorward/faces';
import { memory } from 'doorward/stores/memory';

export async function compiles(request: Request, cookieStore: WorkerCookies): Promise<Response | undefined> {
  const handler: ServiceWorkerHandler = serviceWorkerHandler(() => open({ store: memory() }));
  serviceWorkerHandler(await open({ store: memory() }), { paths: ['/api/'], cookies: null });
  serviceWorkerHandler(() => openCore({ store: memory() }), { cookies: cookieStore });
  await handler.ready();
  return handler.owns(request) ? await handler.respond(request) : undefined;
}

export function refused(): void {
  // @ts-expect-error a promise that failed could not be tried again: give what opens the door
  serviceWorkerHandler(open({ store: memory() }));
  // @ts-expect-error an unknown option
  serviceWorkerHandler(() => open({ store: memory() }), { path: '/api/' });
}
