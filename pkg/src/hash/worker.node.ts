/** The hash worker of Node: the entry of a worker thread. */
import { parentPort } from 'node:worker_threads';
import { loadHash } from './load.node.js';
import { serve, type HashRequest } from './protocol.js';

const handle = serve(loadHash(), (reply) => parentPort?.postMessage(reply));
parentPort?.on('message', (request: HashRequest) => void handle(request));
