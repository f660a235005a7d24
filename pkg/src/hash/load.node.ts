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
  const name = hasSimd() ? 'hash_bg' : 'hash_scalar_bg';
  argon2.initSync({ module: await compileNode(new URL(`../../wasm/${name}.wasm`, import.meta.url)) });
  return { argon2, loadImported };
}
