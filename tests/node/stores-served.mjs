// Memory stores behind real HTTP: each first segment of a path is a store of its own.
import { once } from 'node:events';
import { after } from 'node:test';
import { createAdaptorServer } from '@hono/node-server';
import { memory, memoryData } from 'doorward/stores/memory';
import { storeHandler } from 'doorward/stores/rest-handler';

/**
 * Serves until the tests of the file are over.
 * @param {(request: Request) => boolean} authorize
 * @returns {Promise<{port: number, dataOf: (dataset: string) => import('doorward/stores/memory').MemoryData,
 *   handlers: Map<string, import('doorward/stores/rest-handler').StoreHandler>}>} `handlers`: another one may take a
 *   dataset's place
 */
export async function serveStores(authorize) {
  const handlers = new Map();
  const datasets = new Map();
  const dataOf = (dataset) => {
    if (!datasets.has(dataset)) datasets.set(dataset, memoryData());
    return datasets.get(dataset);
  };
  const server = createAdaptorServer({
    fetch: (request) => {
      const [, dataset] = new URL(request.url).pathname.split('/');
      if (!handlers.has(dataset)) {
        handlers.set(dataset, storeHandler(memory({ data: dataOf(dataset) }), { authorize, base: `/${dataset}` }));
      }
      return handlers.get(dataset)(request);
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => {
    for (const handler of handlers.values()) handler.close();
    server.closeAllConnections();
    server.close();
  });
  return { port: server.address().port, dataOf, handlers };
}
