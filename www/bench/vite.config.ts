import { join } from 'node:path';
import { defineConfig, type Plugin } from 'vite';
import { contentSecurityPolicy, forEngines } from '../offline.ts';

const names = ['@casl/ability', '@noble/hashes', '@phi-ag/argon2', 'argon2id', 'hash-wasm', 'libsodium-wrappers-sumo'];

/** The peers are installed apart, by `npm run bench`: nothing of them is in the page that is shipped. */
function peers(): Plugin {
  const folder = process.env['DOORWARD_BENCH_PEERS'];
  if (folder === undefined) throw new Error('start it by `npm run bench -- --page`');
  return {
    name: 'doorward-bench-peers',
    enforce: 'pre',
    resolveId(source) {
      if (!names.some((name) => source === name || source.startsWith(`${name}/`))) return undefined;
      // From within their folder, so that their own manifests say which file is meant.
      return this.resolve(source, join(folder, 'resolve.mjs'), { skipSelf: true });
    },
  };
}

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  build: {
    ...forEngines,
    chunkSizeWarningLimit: 1000,
  },
  worker: { format: 'es' },
  plugins: [peers(), contentSecurityPolicy()],
});
