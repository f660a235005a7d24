import { lateHasher } from '../hash/late.js';
import { core, init } from './load-faces.node.js';
import type { Platform } from './platform.js';

/** Node, with the faces. */
export const platform: Platform = {
  init,
  core,
  createHasher: () => lateHasher(async () => (await import('../hash/hasher.node.js')).createNodeHasher()),
};
