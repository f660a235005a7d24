/** etcd's JSON gateway by `fetch`: its requests and answers, its failures, its members. */
import { bound } from '../../body.js';
import { DoorwardError } from '../../errors.js';
import type { EtcdAddress } from './etcd-address.js';

/** How long one request may take, in ms. */
export const requestTimeout = 8000;

export interface KeyValue {
  readonly key: string;
  readonly value?: string;
  readonly mod_revision: string;
}

export interface TxnAnswer {
  readonly header: { readonly revision: string };
  readonly succeeded?: boolean;
  readonly responses?: readonly { readonly response_range?: { readonly kvs?: readonly KeyValue[] } }[];
}

/** What `fetch` and etcd say, told apart by what is known of the request. */
export class EtcdFailure extends Error {
  /** `unsent`: nobody has it. `lost`: whether it was done is not known. `refused`: it was not done. */
  readonly kind: 'unsent' | 'lost' | 'refused';
  readonly grpc: number | undefined;

  constructor(kind: EtcdFailure['kind'], message: string, grpc?: number) {
    super(message);
    this.kind = kind;
    this.grpc = grpc;
  }
}

const invalidArgument = 3;
const outOfRoom = 8;
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
    return (await this.#call('/v3/kv/txn', body, AbortSignal.timeout(timeout))).json() as Promise<TxnAnswer>;
  }

  /** The lines of a watch, for as long as the connection and the signal last. */
  async *watch(create: object, signal: AbortSignal): AsyncGenerator<WatchAnswer> {
    const { body } = await this.#call('/v3/watch', { create_request: create }, signal);
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

  async #call(path: string, body: object, signal: AbortSignal): Promise<Response> {
    if (this.#address.user === undefined) return this.#send(path, body, signal, {});
    this.#token ??= this.#logIn(signal);
    const token = this.#token;
    try {
      return await this.#send(path, body, signal, { authorization: await token });
    } catch (error) {
      if (!(error instanceof EtcdFailure) || error.grpc !== unauthenticated) throw error;
      // Tokens of etcd expire, and do not survive its restart. What was refused so was not done.
      if (this.#token === token) this.#token = undefined;
      this.#token ??= this.#logIn(signal);
      return this.#send(path, body, signal, { authorization: await this.#token });
    }
  }

  async #logIn(signal: AbortSignal): Promise<string> {
    try {
      const answer = await this.#send('/v3/auth/authenticate', this.#address.user ?? {}, signal, {});
      return ((await answer.json()) as { token: string }).token;
    } catch (error) {
      this.#token = undefined;
      // Whatever became of the log-in: the request that waits for it was not sent.
      if (error instanceof EtcdFailure && error.kind === 'lost') throw new EtcdFailure('unsent', error.message);
      throw error;
    }
  }

  async #send(path: string, body: object, signal: AbortSignal, headers: Record<string, string>): Promise<Response> {
    const { endpoints } = this.#address;
    let response;
    try {
      const sent = fetch(`${endpoints[this.#member % endpoints.length]}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
        redirect: 'error',
        signal,
      });
      response = bound(await sent, signal);
      if (response.ok) return response;
    } catch (error) {
      this.#member += 1;
      const cause = error instanceof Error ? (error.cause ?? error) : error;
      const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new EtcdFailure(unsentCodes.has(code) ? 'unsent' : 'lost', message);
    }
    throw await this.#refusal(response);
  }

  async #refusal(response: Response): Promise<EtcdFailure> {
    const text = await response.text().catch(() => '');
    const { code, message = `HTTP ${response.status}` } = parseRefusal(text);
    if (code !== undefined && !uncertain.has(code)) return new EtcdFailure('refused', message, code);
    this.#member += 1;
    return new EtcdFailure('lost', message, code);
  }
}

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

/** Any failure as a `DoorwardError`. */
export function coded(error: unknown): DoorwardError {
  if (DoorwardError.is(error)) return error;
  if (!(error instanceof EtcdFailure)) return new DoorwardError('storeFailed', undefined, { cause: error });
  const { message, grpc } = error;
  const cause = new Error(message);
  if (grpc === invalidArgument && message.includes('too many operations')) {
    const hint = 'the commit is larger than etcd allows: start it with a higher --max-txn-ops';
    return new DoorwardError('limitExceeded', hint, { cause });
  }
  if (message.includes('request is too large') || (grpc === outOfRoom && message.includes('larger than max'))) {
    const hint = 'the commit is larger than etcd allows: start it with a higher --max-request-bytes';
    return new DoorwardError('limitExceeded', hint, { cause });
  }
  if (message.includes('database space exceeded')) return new DoorwardError('storeFull', undefined, { cause });
  return new DoorwardError('storeFailed', undefined, { cause });
}
