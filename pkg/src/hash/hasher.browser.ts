/** The hasher of browsers: one Web Worker. */
import { createHasher, type Hasher, type HasherOptions, type Spawn } from './hasher.js';
import { loadHash } from './load.js';
import { localSpawn } from './local.js';
import type { HashReply } from './protocol.js';

const spawn: Spawn = (onReply) => {
  // Bundlers look for exactly this expression. Throws where there is no Worker (a service worker) or its script is of
  // another origin; under a content security policy the error event comes instead.
  const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module', name: 'doorward-hash' });
  worker.onmessage = (event: MessageEvent<HashReply>) => onReply(event.data);
  worker.onerror = (event) => {
    event.preventDefault();
    onReply({ kind: 'broken', reason: 'the worker failed' });
  };
  worker.onmessageerror = () => onReply({ kind: 'broken', reason: 'the worker sent what cannot be read' });
  return {
    send: (request) => worker.postMessage(request, [request.password.buffer]),
    stop: () => worker.terminate(),
  };
};

/** One worker: a page hashes for one user. */
export function createBrowserHasher(options: Partial<HasherOptions> = {}): Hasher {
  return createHasher({ spawn, spawnLocal: localSpawn(loadHash), workers: 1, ...options });
}
