/** The loader of the core with the faces, for browsers, workers and bundlers. Importing it does nothing. */
import * as glue from '../../wasm/faces.js';
import type { Core } from './border.js';
import { createLoader } from './loader.js';
import { compile } from './source.js';

/** `init` loads the module once; `core` answers it, or throws `notInitialized`. */
export const { init, core } = createLoader(
  // Bundlers look for exactly this expression, and ship the file it names.
  () => new URL('../../wasm/faces_bg.wasm', import.meta.url),
  async (source) => {
    await glue.default({ module_or_path: await compile(source) });
    return glue as unknown as Core;
  },
);
