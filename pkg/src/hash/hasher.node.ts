/** The hasher of Node: a small pool of worker threads. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { createHasher, type Hasher, type HasherOptions, type Spawn } from './hasher.js';
import { localSpawn } from './local.js';
import type { HashReply } from './protocol.js';

const spawn: Spawn = (onReply) => {
  // Nothing of the process's own: no loader hooks, and no environment, which may hold a password.
  const worker = new Worker(new URL('../hash/worker.node.js', import.meta.url), {
    execArgv: [],
    env: {},
    name: 'doorward-hash',
  });
  worker.on('message', (reply: HashReply) => onReply(reply));
  worker.on('error', (error) => onReply({ kind: 'broken', reason: error.message }));
  worker.on('exit', () => onReply({ kind: 'broken', reason: 'the worker ended' }));
  worker.unref();
  return {
    send: (request) => worker.postMessage(request, [request.password.buffer]),
    hold: (busy) => (busy ? worker.ref() : worker.unref()),
    stop: () => worker.terminate(),
  };
};

/** All cores but one, which is left to the event loop. */
export function createNodeHasher(options: Partial<HasherOptions> = {}): Hasher {
  const spawnLocal = localSpawn(async () => (await import('./load.node.js')).loadHash());
  return createHasher({ spawn, spawnLocal, workers: Math.max(1, availableParallelism() - 1), ...options });
}
