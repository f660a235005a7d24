/** Loads the hash module in Node. */
import * as glue from '../../wasm/hash.js';
import { compileNode } from '../core/source.node.js';
import type { HashModule } from './protocol.js';

/** Reads and instantiates the module; may be called again after it has failed. */
export async function loadHash(): Promise<HashModule> {
  glue.initSync({ module: await compileNode(new URL('../../wasm/hash_bg.wasm', import.meta.url)) });
  return glue;
}
