/** Where a WebAssembly module can come from, in Node. */
import { compile, type InitSource } from './source.js';

/**
 * Compiles `source`; files are read, never fetched: merely touching `fetch` or `Response` loads Node's whole fetch
 * stack, which takes longer than everything else that happens here.
 */
export async function compileNode(source: InitSource): Promise<WebAssembly.Module> {
  const from = typeof source === 'string' ? addressOf(source) : source;
  if (typeof from === 'string' || (from instanceof URL && from.protocol === 'file:')) {
    return new WebAssembly.Module((await fileSystem()).readFileSync(from));
  }
  return compile(from);
}

/** A URL where the text has a scheme, else the path as it is. A single letter is a drive, not a scheme. */
function addressOf(text: string): URL | string {
  return /^[a-z][a-z0-9+.-]+:/i.test(text) ? new URL(text) : text;
}

/** Without the module that Node makes of it for imports, which reads all it has, where it gives out the thing itself. */
async function fileSystem(): Promise<typeof import('node:fs')> {
  return globalThis.process?.getBuiltinModule?.('node:fs') ?? (await import('node:fs'));
}
