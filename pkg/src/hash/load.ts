/** Loads the hash modules in a browser's page or worker. */
// Static imports: service workers refuse dynamic ones.
import * as argon2 from '../../wasm/hash.js';
import * as imported from '../../wasm/imported.js';
import { compile } from '../core/source.js';
import type { HashModule } from './protocol.js';
import { hasSimd } from './simd.js';

async function loadImported(): Promise<typeof imported> {
  await imported.default({ module_or_path: await compile(new URL('../../wasm/imported_bg.wasm', import.meta.url)) });
  return imported;
}

/** Fetches and instantiates the module; may be called again after it has failed. */
export async function loadHash(): Promise<HashModule> {
  // Bundlers look for exactly these expressions, and ship the files they name.
  const address = hasSimd()
    ? new URL('../../wasm/hash_bg.wasm', import.meta.url)
    : new URL('../../wasm/hash_scalar_bg.wasm', import.meta.url);
  await argon2.default({ module_or_path: await compile(address) });
  return { argon2, loadImported };
}
