import { DoorwardError } from '../errors.js';
import { failureOf, notDevicehive } from './failure.js';
import type { Tokens } from './types.js';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

export interface TransportOptions {
  /** Where the API is, without a slash at its end. */
  base: string;
  fetch: typeof globalThis.fetch;
  onTokens: ((tokens: Tokens) => void) | undefined;
}

/** Requests with the access token, which is replaced when it has expired. */
export class Transport {
  readonly #base: string;
  readonly #fetch: typeof globalThis.fetch;
  readonly #onTokens: TransportOptions['onTokens'];
  #tokens: Tokens | undefined;
  #refreshing: Promise<void> | undefined;

  constructor({ base, fetch, onTokens }: TransportOptions) {
    this.#base = base;
    this.#fetch = fetch;
    this.#onTokens = onTokens;
  }

  get tokens(): Tokens | undefined {
    return this.#tokens;
  }

  /** Takes tokens; `told` where the host has to hear of them. */
  take(tokens: Tokens, told = true): void {
    this.#tokens = tokens;
    if (told) this.#onTokens?.({ ...tokens });
  }

  /** A request of whoever the token is of. */
  async call<T>(method: Method, path: string, body?: object): Promise<T> {
    const used = this.#tokens?.accessToken;
    try {
      return await this.send<T>(method, path, body, used);
    } catch (error) {
      if (!DoorwardError.is(error, 'expiredToken') || typeof this.#tokens?.refreshToken !== 'string') throw error;
      // Another call may have done it meanwhile.
      if (this.#tokens.accessToken === used) await this.refresh();
      return this.send<T>(method, path, body, this.#tokens.accessToken);
    }
  }

  /** A new access token; calls at once share one request. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  async #refresh(): Promise<void> {
    const refreshToken = this.#tokens?.refreshToken ?? null;
    const { accessToken } = await this.send<{ accessToken: string }>('POST', '/token/refresh', { refreshToken });
    this.take({ accessToken, refreshToken });
  }

  /** One request; without `token`, of nobody. */
  async send<T>(method: Method, path: string, body?: object, token?: string): Promise<T> {
    const headers = new Headers();
    if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
    if (body !== undefined) headers.set('content-type', 'application/json');
    const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
    let response: Response;
    let text: string;
    try {
      response = await this.#fetch(this.#base + path, { ...init, cache: 'no-store', credentials: 'omit' });
      text = await response.text();
    } catch (cause) {
      throw new DoorwardError('offline', undefined, { cause });
    }
    const value = text === '' ? undefined : parsed(text);
    if (!response.ok) throw failureOf(response.status, value);
    if (text !== '' && value === undefined) throw notDevicehive();
    return value as T;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
