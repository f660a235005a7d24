/** Where a WebAssembly module can come from. */
import { DoorwardError } from '../errors.js';

/**
 * Where the core's binary comes from: its address, a response that is being fetched, its bytes, or the module itself.
 * In Node a string without a scheme is a path.
 */
export type InitSource = URL | string | Response | ArrayBuffer | ArrayBufferView | WebAssembly.Module;

/** Compiles `source`. An address is fetched. */
export async function compile(source: InitSource): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) return source;
  if (typeof source === 'string' || source instanceof URL) return compileResponse(await fetch(source));
  // Bytes first: in Node the mere mention of `Response` loads the fetch stack.
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) return WebAssembly.compile(bytesOf(source));
  if (source instanceof Response) return compileResponse(source);
  throw new DoorwardError(
    'invalidArgument',
    'the source of the WebAssembly module must be a URL, a string, a Response, bytes or a WebAssembly.Module',
  );
}

async function compileResponse(response: Response): Promise<WebAssembly.Module> {
  // A `file:` or `data:` address answers status 0 or 200; `ok` is false for the former in some engines.
  if (!response.ok && response.status !== 0) throw new Error(`the server answered ${response.status}`);
  // Streaming needs the right media type, which plain file servers often do not send.
  if (response.headers.get('content-type')?.split(';')[0]?.trim() === 'application/wasm') {
    return WebAssembly.compileStreaming(response);
  }
  return WebAssembly.compile(await response.arrayBuffer());
}

/** The bytes as WebAssembly takes them: it refuses shared memory, so that is copied. */
function bytesOf(source: ArrayBuffer | ArrayBufferView): BufferSource {
  if (source instanceof ArrayBuffer) return source;
  const { buffer, byteOffset, byteLength } = source;
  if (buffer instanceof ArrayBuffer) return new Uint8Array(buffer, byteOffset, byteLength);
  return new Uint8Array(new Uint8Array(buffer, byteOffset, byteLength));
}

/** An address for a message: without credentials, query and fragment. */
export function describe(source: unknown): string {
  if (typeof source !== 'string' && !(source instanceof URL)) return 'what was given';
  try {
    const { protocol, host, pathname } = new URL(source);
    return protocol === 'data:' || protocol === 'blob:' ? `a ${protocol} URL` : `\`${protocol}//${host}${pathname}\``;
  } catch {
    return `\`${String(source).split(/[?#]/, 1)[0]}\``;
  }
}
