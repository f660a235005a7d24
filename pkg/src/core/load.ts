/** The core's loader for browsers, workers and bundlers. Importing it does nothing. */
// A static import: service workers refuse dynamic ones. It is the glue only; the binary is fetched by `init`.
import * as glue from '../../wasm/core.js';
import type { Core } from './border.js';
import { createLoader } from './loader.js';
import { compile } from './source.js';

/** `init` loads the core once; `core` answers it, or throws `notInitialized`. */
export const { init, core } = createLoader(
  // Bundlers look for exactly this expression, and ship the file it names.
  () => new URL('../../wasm/core_bg.wasm', import.meta.url),
  async (source) => {
    await glue.default({ module_or_path: await compile(source) });
    return glue as unknown as Core;
  },
);
