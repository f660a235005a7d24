/** What passes between a page and its hash worker. The password's buffer is transferred, and wiped by who receives it. */

export type HashRequest =
  | {
      readonly op: 'hash';
      readonly password: Uint8Array<ArrayBuffer>;
      readonly salt: Uint8Array<ArrayBuffer>;
      /** KiB. */
      readonly memory: number;
      readonly passes: number;
      readonly lanes: number;
    }
  | { readonly op: 'verify'; readonly password: Uint8Array<ArrayBuffer>; readonly phc: string };

/** A worker hashes one password at a time, so a reply needs no number: it belongs to the request that is open. */
export type HashReply =
  /** Once, after the module is loaded. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly value: string | boolean }
  /** The module refused; `code` is one of the error table. */
  | { readonly kind: 'refused'; readonly code: string }
  /** The module could not be loaded, or has trapped: this worker is of no more use. `reason` never holds input. */
  | { readonly kind: 'broken'; readonly reason: string };

/** The exports of `hash.wasm`. An error is thrown as the string of its code; anything else that is thrown is a trap. */
export interface HashModule {
  hash(password: Uint8Array, salt: Uint8Array, memory: number, passes: number, lanes: number): string;
  verify(password: Uint8Array, phc: string): boolean;
}

/** Does what a request asks for and wipes its password. */
export function answer(module: HashModule, request: HashRequest): HashReply {
  try {
    const value =
      request.op === 'hash'
        ? module.hash(request.password, request.salt, request.memory, request.passes, request.lanes)
        : module.verify(request.password, request.phc);
    return { kind: 'done', value };
  } catch (error) {
    return typeof error === 'string'
      ? { kind: 'refused', code: error }
      : { kind: 'broken', reason: error instanceof Error ? error.name : typeof error };
  } finally {
    request.password.fill(0);
  }
}

/** What a worker runs: `loading` is its module on the way, `post` sends a reply. Answers what to do with each message. */
export function serve(
  loading: Promise<HashModule>,
  post: (reply: HashReply) => void,
): (request: HashRequest) => Promise<void> {
  const broken = (error: unknown): void => post({ kind: 'broken', reason: String(error) });
  loading.then(() => post({ kind: 'ready' }), broken);
  // After a failed load the reply above has said all there is to say.
  return (request) =>
    loading.then(
      (module) => post(answer(module, request)),
      () => void request.password.fill(0),
    );
}
