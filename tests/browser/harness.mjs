/** What the browser tests share: a bundle of modules by package name, a server for it, and the installed browser. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { extname } from 'node:path';
import { chromium } from 'playwright-core';
import { build } from 'vite';

const types = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

export const browserArguments = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The browser named by CHROMIUM_PATH, or the one of the distribution. */
export const browserPath = () => process.env.CHROMIUM_PATH || '/usr/bin/chromium';

export function launch() {
  return chromium.launch({ executablePath: browserPath(), args: browserArguments });
}

/**
 * Bundles a module, with what it imports by package name, as a consumer's build would.
 * @param {string | URL} entry the file
 * @returns {Promise<Record<string, string | Uint8Array>>} contents by path; the entry is `/entry.js`
 */
export async function bundle(entry) {
  const { output } = await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      minify: false,
      target: 'es2022',
      rollupOptions: { input: entry instanceof URL ? entry.pathname : entry, output: { entryFileNames: 'entry.js' } },
    },
  });
  return Object.fromEntries(
    output.map((file) => [`/${file.fileName}`, file.type === 'chunk' ? file.code : file.source]),
  );
}

/**
 * Serves files from memory on a free port, and an empty page at `/` that loads `/entry.js`.
 * @param {Record<string, string | Uint8Array>} files contents by path
 */
export async function serve(files) {
  const page =
    '<!doctype html><meta charset="utf-8"><title>test</title><script type="module" src="/entry.js"></script>';
  const all = { '/': page, ...files };
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    const content = all[pathname];
    if (content === undefined) return response.writeHead(404).end();
    // A sandboxed frame is of no origin and loads modules only where all may.
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('content-type', types[extname(pathname) || '.html'] ?? 'application/octet-stream').end(content);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    close: () => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve))),
  };
}
