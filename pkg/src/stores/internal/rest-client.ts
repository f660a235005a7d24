/** Requests of the REST store: its answers, and what is known of a request that got none. */
import { bound, textOf } from '../../body.js';
import { DoorwardError } from '../../errors.js';
import { isErrorCode } from './rest-protocol.js';

export interface RestClientOptions {
  readonly url: string;
  readonly token: () => string | Promise<string>;
  readonly fetch: typeof globalThis.fetch;
}

/** How long one request may take, in ms. */
const requestTimeout = 10_000;

/** No answer came. */
export class NoAnswer extends Error {
  /** Is it certain that nobody has got the request? A browser never says so. */
  get unsent(): boolean {
    const reason = this.cause instanceof Error ? this.cause.cause : undefined;
    return reason instanceof Error && 'code' in reason && unsentCodes.has(String(reason.code));
  }
}

const unsentCodes = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'UND_ERR_CONNECT_TIMEOUT']);

export class RestClient {
  readonly #options: RestClientOptions;
  /** When the server was last heard of. */
  #heard = -Infinity;

  constructor(options: RestClientOptions) {
    this.#options = options;
  }

  /** Milliseconds since the server was last heard of. */
  get silentFor(): number {
    return performance.now() - this.#heard;
  }

  /** Something says that the server is away: it is asked before it is sent anything that must not be sent twice. */
  doubt(): void {
    this.#heard = -Infinity;
  }

  async get(path: string): Promise<unknown> {
    return this.#ask(path, { method: 'GET' });
  }

  async post(path: string, body: object, headers: Record<string, string> = {}): Promise<unknown> {
    const init = {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { ...headers, 'content-type': 'application/json' },
    };
    return this.#ask(path, init);
  }

  /** A body that goes on. */
  async stream(path: string, from: string | undefined, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const headers = { accept: 'text/event-stream', ...(from !== undefined && { 'last-event-id': from }) };
    const { body } = bound(await this.#send(path, { method: 'GET', headers }, signal), signal);
    if (body === null) throw strange();
    return body;
  }

  async #ask(path: string, init: RequestInit): Promise<unknown> {
    const signal = AbortSignal.timeout(requestTimeout);
    return parsed(await this.#send(path, init, signal), signal);
  }

  /** The answer's body is not bound to the signal yet. */
  async #send(path: string, init: RequestInit, signal: AbortSignal): Promise<Response> {
    const { url, token, fetch } = this.#options;
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${await token()}`);
    let response;
    try {
      response = await fetch(url + path, {
        ...init,
        headers,
        signal,
        credentials: 'omit',
        cache: 'no-store',
        redirect: 'error',
      });
    } catch (cause) {
      throw new NoAnswer('the server of the store did not answer', { cause });
    }
    // A proxy in front answers for a server that it does not reach.
    if (response.status === 502 || response.status === 504) {
      // What it says is of no use, and left unread it would keep the connection.
      await response.body?.cancel();
      throw new NoAnswer(`HTTP ${response.status}`);
    }
    if (!response.ok) throw await refusalOf(response, signal);
    this.#heard = performance.now();
    return response;
  }
}

async function parsed(response: Response, signal: AbortSignal): Promise<unknown> {
  let text;
  try {
    text = await textOf(response, signal);
  } catch (cause) {
    throw new NoAnswer('the answer was cut off', { cause });
  }
  try {
    return JSON.parse(text);
  } catch {
    throw strange();
  }
}

/** What the server says of the store, as it says it; what it says of the token is a failure of the store. */
async function refusalOf(response: Response, signal: AbortSignal): Promise<DoorwardError> {
  const body = (await parsed(response, signal).catch(() => null)) as {
    error?: { code?: unknown; message?: unknown };
  } | null;
  const { code, message } = body?.error ?? {};
  if (response.status === 401 || response.status === 403) {
    return new DoorwardError('storeFailed', 'the server refuses the token of the store', { details: { reason: code } });
  }
  if (!isErrorCode(code)) return new DoorwardError('storeFailed', `the server answered with HTTP ${response.status}`);
  return new DoorwardError(code, typeof message === 'string' ? message.slice(0, 500) : undefined);
}

export function strange(): DoorwardError {
  return new DoorwardError('storeFailed', 'what answers there is no store of Doorward');
}
