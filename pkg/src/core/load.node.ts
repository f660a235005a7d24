/** The core's loader for Node. Importing it does nothing. */
import * as glue from '../../wasm/core.js';
import type { Core } from './border.js';
import { createLoader } from './loader.js';
import { compileNode } from './source.node.js';

/** `init` loads the core once; `core` answers it, or throws `notInitialized`. */
export const { init, core } = createLoader(
  () => new URL('../../wasm/core_bg.wasm', import.meta.url),
  async (source) => {
    glue.initSync({ module: await compileNode(source) });
    return glue as unknown as Core;
  },
);
