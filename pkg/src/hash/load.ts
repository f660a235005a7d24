/** Loads the hash module in a browser's page or worker. */
// A static import: service workers refuse dynamic ones.
import * as glue from '../../wasm/hash.js';
import { compile } from '../core/source.js';
import type { HashModule } from './protocol.js';

/** Fetches and instantiates the module; may be called again after it has failed. */
export async function loadHash(): Promise<HashModule> {
  await glue.default({ module_or_path: await compile(new URL('../../wasm/hash_bg.wasm', import.meta.url)) });
  return glue;
}
