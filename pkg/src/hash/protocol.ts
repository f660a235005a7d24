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

/**
 * The exports of `hash.wasm`: one job at a time, begun, done in steps, and asked for its answer. A refusal is answered as
 * its code; whatever is thrown is a trap.
 */
export interface Argon2 {
  beginHash(password: Uint8Array, salt: Uint8Array, memory: number, passes: number, lanes: number): string | undefined;
  beginVerify(password: Uint8Array, phc: string): string | undefined;
  /** Computes up to `most` KiB more. Is it done? */
  step(most: number): boolean;
  /** Of a hash the PHC string; of a password something where it is the one, else nothing. */
  finish(): string | undefined;
}

/** The exports of `imported.wasm`: whether it is the password (`''` or nothing), or the code of a refusal. */
export interface Imported {
  verifyImported(password: Uint8Array, hash: string): string | undefined;
}

export interface HashModule {
  readonly argon2: Argon2;
  /** Hashes that came with an import are few, and gone after the next log-in: their module is loaded when one is met. */
  loadImported(): Promise<Imported>;
}

const ofImports = /^\$(?:pbkdf2-sha256|sha512-suffix|sha256-prefix)\$/;

/** Does what is left of a job. */
export type Run = (argon2: Argon2) => void | Promise<void>;

const atOnce: Run = (argon2) => {
  while (!argon2.step(2 ** 32 - 1));
};

/** Does what a request asks for and wipes its password. */
export async function answer(module: HashModule, request: HashRequest, run: Run = atOnce): Promise<HashReply> {
  const { argon2 } = module;
  const { password } = request;
  try {
    if (request.op === 'verify' && ofImports.test(request.phc)) {
      const found = (await module.loadImported()).verifyImported(password, request.phc);
      return found ? { kind: 'refused', code: found } : { kind: 'done', value: found === '' };
    }
    const refused =
      request.op === 'hash'
        ? argon2.beginHash(password, request.salt, request.memory, request.passes, request.lanes)
        : argon2.beginVerify(password, request.phc);
    if (refused !== undefined) return { kind: 'refused', code: refused };
    password.fill(0);
    await run(argon2);
    const found = argon2.finish();
    return { kind: 'done', value: request.op === 'hash' ? String(found) : found !== undefined };
  } catch (error) {
    return { kind: 'broken', reason: error instanceof Error ? error.name : typeof error };
  } finally {
    password.fill(0);
  }
}

/**
 * What a worker runs: `loading` is its module on the way, `post` sends a reply. Answers what to do with each message, of
 * which the next comes after the reply.
 */
export function serve(
  loading: Promise<HashModule>,
  post: (reply: HashReply) => void,
  run?: Run,
): (request: HashRequest) => Promise<void> {
  const broken = (error: unknown): void => post({ kind: 'broken', reason: String(error) });
  loading.then(() => post({ kind: 'ready' }), broken);
  // After a failed load the reply above has said all there is to say.
  return (request) =>
    loading.then(
      async (module) => post(await answer(module, request, run)),
      () => void request.password.fill(0),
    );
}
