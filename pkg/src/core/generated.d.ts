// The shapes of the generated glue in `pkg/wasm`, for a tree in which it has not been built. Where it has been,
// the compiler finds its own declarations first, and the places that import it are checked against them.

declare module '*/wasm/core.js' {
  export default function init(options: { module_or_path: WebAssembly.Module }): Promise<unknown>;
  export function initSync(options: { module: WebAssembly.Module }): unknown;
  export function openDoor(host: unknown, optionsJson: string): Promise<unknown>;
}

declare module '*/wasm/hash.js' {
  export default function init(options: { module_or_path: WebAssembly.Module }): Promise<unknown>;
  export function initSync(options: { module: WebAssembly.Module }): unknown;
  export function hash(password: Uint8Array, salt: Uint8Array, memory: number, passes: number, lanes: number): string;
  export function verify(password: Uint8Array, phc: string): boolean;
}

declare module '*/wasm/faces.js' {
  export default function init(options: { module_or_path: WebAssembly.Module }): Promise<unknown>;
  export function initSync(options: { module: WebAssembly.Module }): unknown;
  export function openDoor(host: unknown, optionsJson: string): Promise<unknown>;
}
