/** The loader of the core with the faces, for Node. Importing it does nothing. */
import * as glue from '../../wasm/faces.js';
import type { Core } from './border.js';
import { createLoader } from './loader.js';
import { compileNode } from './source.node.js';

/** `init` loads the module once; `core` answers it, or throws `notInitialized`. */
export const { init, core } = createLoader(
  () => new URL('../../wasm/faces_bg.wasm', import.meta.url),
  async (source) => {
    glue.initSync({ module: await compileNode(source) });
    return glue as unknown as Core;
  },
);
