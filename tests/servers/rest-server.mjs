/** The other half of the REST store, on a free port: each dataset is the first element of the path. */
import { once } from 'node:events';
import { createAdaptorServer } from '@hono/node-server';
import { memory } from 'doorward/stores/memory';
import { storeHandler } from 'doorward/stores/rest-handler';

export const restToken = 'the-token-of-the-tests';

export async function restServer() {
  const handlers = new Map();
  const authorize = (request) => request.headers.get('authorization') === `Bearer ${restToken}`;
  const server = createAdaptorServer({
    fetch: (request) => {
      const [, dataset] = new URL(request.url).pathname.split('/');
      if (!handlers.has(dataset)) {
        handlers.set(dataset, storeHandler(memory(), { authorize, base: `/${dataset}` }));
      }
      return handlers.get(dataset)(request);
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `rest+http://127.0.0.1:${server.address().port}/`,
    remove() {
      for (const handler of handlers.values()) handler.close();
      server.closeAllConnections();
      server.close();
    },
  };
}
