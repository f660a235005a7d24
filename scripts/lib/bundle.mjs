// The entries for Node as a few files: Node looks for, reads and links each module by itself, and for some thirty of them
// that took longer than anything else at a start.

import { rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { inRoot } from './paths.mjs';

const dist = inRoot('pkg', 'dist');
const out = resolve(dist, 'node');
/** Each becomes a file for each entry, and one for what its entries have in common. */
const bundles = [{ index: 'index.node.js', faces: 'faces.node.js' }, { memory: 'stores/memory.js' }];
/** What has to be the same module for all that is imported from the package: errors are told by their class. */
const common = resolve(dist, 'errors.js');

const apart = {
  name: 'apart',
  resolveId(id, importer) {
    if (importer === undefined) return null;
    if (!id.startsWith('.')) return { id, external: true };
    return resolve(dirname(importer), id) === common ? { id: '../errors.js', external: true } : null;
  },
};

/**
 * Bundles what tsc has made into `dist/node`, one folder deep as what it is made of: addresses beside a module, of binaries
 * and workers, stay right.
 */
export async function bundleForNode() {
  rmSync(out, { recursive: true, force: true });
  for (const entries of bundles) {
    const bundle = await rolldown({
      input: Object.fromEntries(Object.entries(entries).map(([name, file]) => [name, resolve(dist, file)])),
      platform: 'node',
      plugins: [apart],
      treeshake: { moduleSideEffects: false },
    });
    try {
      await bundle.write({ dir: out, format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name].js' });
    } finally {
      await bundle.close();
    }
  }
}
