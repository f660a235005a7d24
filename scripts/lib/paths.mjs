// Where things are. Everything in the tree is named from its root; everything built for all trees is in the cache.

import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Tools built once per version, shared by every checkout. */
export const cacheDir = process.env.DOORWARD_CACHE
  ? resolve(process.env.DOORWARD_CACHE)
  : join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'doorward');

/** Stamps, locks and throw-away outputs of this checkout; git ignores it. */
export const workDir = join(root, '.cache');

/** Where cargo writes for this checkout. */
export const targetDir = process.env.CARGO_TARGET_DIR
  ? resolve(root, process.env.CARGO_TARGET_DIR)
  : join(root, 'target');

export const cargoHome = process.env.CARGO_HOME ? resolve(process.env.CARGO_HOME) : join(homedir(), '.cargo');

export const inRoot = (...parts) => join(root, ...parts);
