/** What is used of the peers, which are not installed where types are checked. */

declare module '@casl/ability' {
  interface Ability {
    can(action: string, subject?: string): boolean;
  }
  export const createMongoAbility: unknown;
  export class AbilityBuilder {
    constructor(make: unknown);
    can(actions: string | readonly string[], subjects?: readonly string[]): void;
    build(): Ability;
  }
}

declare module '@noble/hashes/argon2.js' {
  export function argon2id(
    password: Uint8Array,
    salt: Uint8Array,
    cost: { t: number; m: number; p: number; dkLen: number },
  ): Uint8Array;
}

declare module '@phi-ag/argon2' {
  export default class Argon2 {
    constructor(instance: WebAssembly.Instance);
    hash(password: string, options: Record<string, unknown>): { hash: Uint8Array };
  }
}

declare module 'argon2id/lib/setup.js' {
  type From = (imports: WebAssembly.Imports) => Promise<WebAssembly.WebAssemblyInstantiatedSource>;
  export default function setUp(vectors: From, scalar: From): Promise<(options: Record<string, unknown>) => Uint8Array>;
}

declare module 'hash-wasm' {
  export function argon2id(options: Record<string, unknown>): Promise<Uint8Array>;
}

declare module 'libsodium-wrappers-sumo' {
  const sodium: {
    readonly ready: Promise<void>;
    readonly crypto_pwhash_ALG_ARGON2ID13: number;
    crypto_pwhash(
      bytes: number,
      password: Uint8Array,
      salt: Uint8Array,
      passes: number,
      memory: number,
      algorithm: number,
    ): Uint8Array;
  };
  export default sodium;
}
