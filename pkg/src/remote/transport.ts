import { bound } from '../body.js';
import { DoorwardError, errorCodes, type ErrorCode } from '../errors.js';

export interface TransportOptions {
  /** Without a slash at its end. */
  base: string;
  fetch: typeof globalThis.fetch;
  cookie: boolean;
}

/** JSON of an argument, refusing what JSON would quietly turn into something else: a NaN as expiry would mean never. */
function toJson(value: unknown): string {
  try {
    return JSON.stringify(value, (_key, inner: unknown) => {
      if (typeof inner === 'number' && !Number.isFinite(inner))
        throw new DoorwardError('invalidArgument', 'a number has to be finite');
      return inner;
    });
  } catch (error) {
    if (DoorwardError.is(error)) throw error;
    throw new DoorwardError('invalidArgument', 'an argument cannot be written as JSON', { cause: error });
  }
}

/** Requests to the session API, and its errors as `DoorwardError`. */
export class Transport {
  readonly cookie: boolean;
  readonly #base: string;
  readonly #fetch: typeof globalThis.fetch;
  readonly #closed = new AbortController();

  constructor(options: TransportOptions) {
    this.cookie = options.cookie;
    this.#base = `${options.base}/doorward/v1`;
    this.#fetch = options.fetch;
  }

  get(path: string, token: string | null): Promise<unknown> {
    return this.#json(path, { method: 'GET' }, token);
  }

  async post(path: string, body: object, token: string | null): Promise<unknown> {
    return this.#json(path, { method: 'POST', body: toJson(body) }, token);
  }

  /** A body that goes on: for events. */
  async stream(path: string, token: string | null, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const response = await this.#send(path, { method: 'GET', headers: { accept: 'text/event-stream' }, signal }, token);
    if (!response.ok) throw await errorOf(response);
    if (response.body === null) throw notDoorward();
    return response.body;
  }

  close(): void {
    this.#closed.abort();
  }

  async #json(path: string, init: RequestInit, token: string | null): Promise<unknown> {
    const headers = init.method === 'POST' ? { 'content-type': 'application/json' } : {};
    const response = await this.#send(path, { ...init, headers }, token);
    if (!response.ok) throw await errorOf(response);
    return parse(response);
  }

  async #send(path: string, init: RequestInit, token: string | null): Promise<Response> {
    if (this.#closed.signal.aborted) throw new DoorwardError('storeClosed');
    const headers = new Headers(init.headers);
    if (token !== null) headers.set('authorization', `Bearer ${token}`);
    const signal = init.signal ? AbortSignal.any([init.signal, this.#closed.signal]) : this.#closed.signal;
    const credentials = this.cookie && token === null ? 'same-origin' : 'omit';
    try {
      const sent = this.#fetch(this.#base + path, {
        ...init,
        headers,
        signal,
        credentials,
        cache: 'no-store',
        redirect: 'error',
      });
      return bound(await sent, signal);
    } catch (cause) {
      throw this.#failure(cause);
    }
  }

  #failure(cause: unknown): DoorwardError {
    return this.#closed.signal.aborted
      ? new DoorwardError('storeClosed')
      : new DoorwardError('offline', undefined, { cause });
  }
}

const notDoorward = (): DoorwardError => new DoorwardError('unsupported', 'what answers there is no Doorward server');

async function parse(response: Response): Promise<unknown> {
  let text;
  try {
    text = await response.text();
  } catch (cause) {
    throw new DoorwardError('offline', undefined, { cause });
  }
  try {
    return JSON.parse(text);
  } catch {
    throw notDoorward();
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The error a response stands for. A code of a newer server counts as `internal`, by its status at most as `offline`. */
async function errorOf(response: Response): Promise<DoorwardError> {
  const body = await parse(response).catch((error: unknown) => error);
  const error = isObject(body) && isObject(body['error']) ? body['error'] : null;
  if (error === null) {
    // A proxy whose server is down answers for itself.
    return [502, 503, 504].includes(response.status) ? new DoorwardError('offline') : notDoorward();
  }
  const { code, message, details } = error;
  const known = typeof code === 'string' && Object.hasOwn(errorCodes, code) ? (code as ErrorCode) : 'internal';
  return new DoorwardError(known, typeof message === 'string' ? message : undefined, {
    details: isObject(details) ? details : {},
  });
}
