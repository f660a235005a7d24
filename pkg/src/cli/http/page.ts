/** The built admin page, kept in memory: nothing a request names is ever a path of the disk. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import type { Context } from 'hono';
import { getMimeType } from 'hono/utils/mime';

interface Asset {
  body: Uint8Array<ArrayBuffer>;
  type: string;
  etag: string;
  cache: string;
  /** Compressed when first asked for. */
  brotli: () => Promise<Uint8Array<ArrayBuffer>>;
}

const contentSecurityPolicy = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** Where OctoPrint has pages, clients look for one; the page answers at all of them. */
export const pages: ReadonlySet<string> = new Set(['/', '/login/', '/recovery/']);

const compress = promisify(brotliCompress);
// The build puts a hash of their content into the names below this folder.
const hashed = /^assets\//;
const compressible = /^(text\/|application\/(javascript|json|wasm|manifest\+json)|image\/svg)/;

function makeAsset(path: string, body: Uint8Array<ArrayBuffer>): Asset {
  const type = path.endsWith('.webmanifest')
    ? 'application/manifest+json'
    : (getMimeType(path) ?? 'application/octet-stream');
  let packed: Promise<Uint8Array<ArrayBuffer>> | undefined;
  return {
    body,
    type,
    etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
    cache: hashed.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache',
    brotli: () =>
      (packed ??= compress(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }).then(
        (out) => new Uint8Array(out),
      )),
  };
}

/** The files below a folder by their path in it; none where the folder does not exist. */
async function loadAssets(folder: URL): Promise<Map<string, Asset>> {
  const assets = new Map<string, Asset>();
  const visit = async (at: string): Promise<void> => {
    for (const entry of await readdir(new URL(at, folder), { withFileTypes: true })) {
      const path = at + entry.name;
      if (entry.isDirectory()) await visit(`${path}/`);
      else assets.set(path, makeAsset(path, new Uint8Array(await readFile(new URL(path, folder)))));
    }
  };
  try {
    await visit('');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  return assets;
}

const notBuilt = 'The admin page is not part of this installation. The session API is below /doorward/v1.\n';

/** The handler of the page's files; answers null where there is no such file. */
export async function loadPage(folder: URL): Promise<(c: Context) => Promise<Response | null>> {
  const assets = await loadAssets(folder);
  return async (c) => {
    if (c.req.method !== 'GET' && c.req.method !== 'HEAD') return null;
    const path = pages.has(c.req.path) ? 'index.html' : c.req.path.slice(1);
    const asset = assets.get(path);
    if (asset === undefined) return path === 'index.html' ? c.text(notBuilt) : null;
    c.header('Content-Security-Policy', contentSecurityPolicy);
    c.header('Cache-Control', asset.cache);
    c.header('ETag', asset.etag);
    if (compressible.test(asset.type)) c.header('Vary', 'Accept-Encoding');
    if (c.req.header('if-none-match') === asset.etag) return c.body(null, 304);
    c.header('Content-Type', asset.type);
    const packed = compressible.test(asset.type) && /\bbr\b/.test(c.req.header('accept-encoding') ?? '');
    if (packed) c.header('Content-Encoding', 'br');
    return c.body(packed ? await asset.brotli() : asset.body);
  };
}
