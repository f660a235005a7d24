import { createNodeHasher } from '../hash/hasher.node.js';
import { core, init } from './load.node.js';
import type { Platform } from './platform.js';

/** Node. */
export const platform: Platform = { init, core, createHasher: () => createNodeHasher() };
