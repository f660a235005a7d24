/** etcd's JSON gateway by `fetch`: its requests and answers, its members. */
import { bound, textOf } from '../../body.js';
import type { EtcdAddress } from './etcd-address.js';
import { EtcdFailure } from './etcd-errors.js';

/** How long one request may take, in ms. */
export const requestTimeout = 8000;

export interface KeyValue {
  readonly key: string;
  readonly value?: string;
  readonly mod_revision: string;
}

export interface RangeAnswer {
  readonly header: { readonly revision: string };
  readonly kvs?: readonly KeyValue[];
}

export interface TxnAnswer {
  readonly header: { readonly revision: string };
  readonly succeeded?: boolean;
  readonly responses?: readonly { readonly response_range?: { readonly kvs?: readonly KeyValue[] } }[];
}

const unauthenticated = 16;
/** gRPC's codes after which a request may have been done all the same: cancelled, unknown, deadline, aborted, internal, unavailable. */
const uncertain = new Set([1, 2, 4, 10, 13, 14]);
const unsentCodes = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'UND_ERR_CONNECT_TIMEOUT']);

export class EtcdClient {
  readonly #address: EtcdAddress;
  #member = 0;
  #token: Promise<string> | undefined;

  constructor(address: EtcdAddress) {
    this.#address = address;
  }

  async txn(body: object, timeout = requestTimeout): Promise<TxnAnswer> {
    return this.#ask<TxnAnswer>('/v3/kv/txn', body, AbortSignal.timeout(timeout));
  }

  /** One range, which costs less alone than in a transaction. */
  async range(body: object): Promise<RangeAnswer> {
    return this.#ask<RangeAnswer>('/v3/kv/range', body, AbortSignal.timeout(requestTimeout));
  }

  /** The lines of a watch, for as long as the connection and the signal last. */
  async *watch(create: object, signal: AbortSignal): AsyncGenerator<WatchAnswer> {
    const take = (response: Response): Response => bound(response, signal);
    const { body } = await this.#call('/v3/watch', { create_request: create }, signal, take);
    if (body === null) return;
    const reader = body.getReader();
    const decoder = new TextDecoder();
    let rest = '';
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        const lines = (rest + decoder.decode(value, { stream: true })).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          const { result, error } = JSON.parse(line) as { result?: WatchAnswer; error?: { message?: string } };
          if (result === undefined) throw new EtcdFailure('lost', error?.message ?? 'the watch ended');
          yield result;
        }
      }
    } finally {
      await reader.cancel().catch(() => undefined);
    }
  }

  #ask<T>(path: string, body: object, signal: AbortSignal): Promise<T> {
    return this.#call(path, body, signal, async (response) => JSON.parse(await textOf(response, signal)) as T);
  }

  /** `take` makes of an answer what is wanted of it; what fails while it does is a lost answer. */
  async #call<T>(path: string, body: object, signal: AbortSignal, take: Take<T>): Promise<T> {
    if (this.#address.user === undefined) return this.#send(path, body, signal, {}, take);
    this.#token ??= this.#logIn(signal);
    const token = this.#token;
    try {
      return await this.#send(path, body, signal, { authorization: await token }, take);
    } catch (error) {
      if (!(error instanceof EtcdFailure) || error.grpc !== unauthenticated) throw error;
      // Tokens of etcd expire, and do not survive its restart. What was refused so was not done.
      if (this.#token === token) this.#token = undefined;
      this.#token ??= this.#logIn(signal);
      return this.#send(path, body, signal, { authorization: await this.#token }, take);
    }
  }

  async #logIn(signal: AbortSignal): Promise<string> {
    try {
      const take = async (response: Response): Promise<string> =>
        (JSON.parse(await textOf(response, signal)) as { token: string }).token;
      return await this.#send('/v3/auth/authenticate', this.#address.user ?? {}, signal, {}, take);
    } catch (error) {
      this.#token = undefined;
      // Whatever became of the log-in: the request that waits for it was not sent.
      if (error instanceof EtcdFailure && error.kind === 'lost') throw new EtcdFailure('unsent', error.message);
      throw error;
    }
  }

  async #send<T>(
    path: string,
    body: object,
    signal: AbortSignal,
    headers: Record<string, string>,
    take: Take<T>,
  ): Promise<T> {
    const { endpoints } = this.#address;
    let refused;
    try {
      const response = await fetch(`${endpoints[this.#member % endpoints.length]}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
        redirect: 'error',
        signal,
      });
      if (response.ok) return await take(response);
      refused = { status: response.status, text: await textOf(response, signal).catch(() => '') };
    } catch (error) {
      this.#member += 1;
      const cause = error instanceof Error ? (error.cause ?? error) : error;
      const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new EtcdFailure(unsentCodes.has(code) ? 'unsent' : 'lost', message);
    }
    throw this.#refusal(refused);
  }

  #refusal({ status, text }: { status: number; text: string }): EtcdFailure {
    const { code, message = `HTTP ${status}` } = parseRefusal(text);
    if (code !== undefined && !uncertain.has(code)) return new EtcdFailure('refused', message, code);
    this.#member += 1;
    return new EtcdFailure('lost', message, code);
  }
}

type Take<T> = (response: Response) => T | Promise<T>;

export interface WatchAnswer {
  readonly created?: boolean;
  readonly canceled?: boolean;
  readonly compact_revision?: string;
  readonly events?: readonly { readonly type?: 'DELETE'; readonly kv: KeyValue }[];
}

function parseRefusal(text: string): { code?: number; message?: string } {
  try {
    return JSON.parse(text) as { code?: number; message?: string };
  } catch {
    return {};
  }
}
