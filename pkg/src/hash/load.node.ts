/** Loads the hash modules in Node. */
import * as argon2 from '../../wasm/hash.js';
import * as imported from '../../wasm/imported.js';
import { compileNode } from '../core/source.node.js';
import type { HashModule } from './protocol.js';
import { hasSimd } from './simd.js';

async function loadImported(): Promise<typeof imported> {
  imported.initSync({ module: await compileNode(new URL('../../wasm/imported_bg.wasm', import.meta.url)) });
  return imported;
}

/** Reads and instantiates the module; may be called again after it has failed. */
export async function loadHash(): Promise<HashModule> {
  // Bundlers look for exactly these expressions.
  const address = hasSimd()
    ? new URL('../../wasm/hash_bg.wasm', import.meta.url)
    : new URL('../../wasm/hash_scalar_bg.wasm', import.meta.url);
  argon2.initSync({ module: await compileNode(address) });
  return { argon2, loadImported };
}
