import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { BuildOptions, Plugin } from 'vite';

/** How every page here is built: for the browsers of the last two years. */
export const forEngines: BuildOptions = {
  target: 'es2022',
  // These know light-dark(); for older ones the minifier would replace it by a workaround.
  cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
  modulePreload: { polyfill: false },
  // A data: URL is not in the page's content security policy.
  assetsInlineLimit: 0,
};

/** Stands in `src/sw.ts` for what only the finished build knows. */
const FILES = '__PRECACHED_FILES__';
const VERSION = '__PRECACHE_VERSION__';

/** Writes the list of built files, and a version made of their contents, into the service worker. */
export function offline(): Plugin {
  let publicDir = '';
  return {
    name: 'doorward-offline',
    apply: 'build',
    enforce: 'post',
    configResolved(config) {
      publicDir = config.publicDir;
    },
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        const worker = bundle['sw.js'];
        if (worker?.type !== 'chunk') this.error('the service worker is not in the build');
        const digest = createHash('sha256').update(worker.code);
        const files: string[] = [];
        for (const name of Object.keys(bundle).sort()) {
          const file = bundle[name];
          if (file === undefined || name === 'sw.js') continue;
          digest.update(name).update(file.type === 'chunk' ? file.code : file.source);
          files.push(name);
        }
        for (const name of readdirSync(publicDir).sort()) {
          digest.update(name).update(readFileSync(join(publicDir, name)));
          files.push(name);
        }
        worker.code = worker.code
          .replace(FILES, JSON.stringify(files).replaceAll('"', '\\"'))
          .replace(VERSION, digest.digest('hex').slice(0, 16));
      },
    },
  };
}

const POLICY = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** The policy for hosts that send none of their own; only in the build, as Vite's dev server lives on inline styles. */
export function contentSecurityPolicy(): Plugin {
  return {
    name: 'doorward-csp',
    apply: 'build',
    transformIndexHtml: () => [
      { tag: 'meta', attrs: { 'http-equiv': 'Content-Security-Policy', content: POLICY }, injectTo: 'head-prepend' },
    ],
  };
}
