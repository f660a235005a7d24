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
  export function beginHash(
    password: Uint8Array,
    salt: Uint8Array,
    memory: number,
    passes: number,
    lanes: number,
  ): string | undefined;
  export function beginVerify(password: Uint8Array, phc: string): string | undefined;
  export function step(most: number): boolean;
  export function finish(): string | undefined;
}

declare module '*/wasm/imported.js' {
  export default function init(options: { module_or_path: WebAssembly.Module }): Promise<unknown>;
  export function initSync(options: { module: WebAssembly.Module }): unknown;
  export function verifyImported(password: Uint8Array, hash: string): string | undefined;
}

declare module '*/wasm/faces.js' {
  export default function init(options: { module_or_path: WebAssembly.Module }): Promise<unknown>;
  export function initSync(options: { module: WebAssembly.Module }): unknown;
  export function openDoor(host: unknown, optionsJson: string): Promise<unknown>;
}
