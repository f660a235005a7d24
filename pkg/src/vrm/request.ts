import { DoorwardError, type ErrorCode } from '../errors.js';

/** A body that succeeded, by the names of its members. */
export type Reply = Record<string, unknown>;

/** How requests go out. */
export interface Sender {
  /** Below `/v2`. `soft`: the code of a failure that comes under status 200 (spec 1.4). */
  send(
    method: 'GET' | 'POST',
    path: string,
    options?: { body?: object; soft?: ErrorCode; logIn?: boolean },
  ): Promise<Reply>;
}

const statuses: Record<number, ErrorCode> = {
  400: 'invalidArgument',
  401: 'unknownToken',
  403: 'denied',
  404: 'notFound',
  409: 'alreadyExists',
  413: 'limitExceeded',
  429: 'lockedOut',
  502: 'offline',
  503: 'offline',
  504: 'offline',
};

/** The first field that `errors` is about, and its text; an array has been seen too (spec 1.3). */
function told(errors: unknown): { text?: string; field?: string } {
  if (typeof errors === 'string') return { text: errors };
  if (typeof errors !== 'object' || errors === null) return {};
  const [first] = Object.entries(errors);
  if (first === undefined || typeof first[1] !== 'string') return {};
  return Array.isArray(errors) ? { text: first[1] } : { text: first[1], field: first[0] };
}

function failure(response: Response, body: Reply, code: ErrorCode): DoorwardError {
  const { text, field } = told(body['errors']);
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  const details = {
    ...(field !== undefined && { field }),
    ...(typeof body['error_code'] === 'string' && { by: body['error_code'] }),
    ...(code === 'lockedOut' && seconds >= 0 && { retryAfter: Math.max(1, seconds) * 1000 }),
  };
  return new DoorwardError(code, text, { details });
}

function isObject(value: unknown): value is Reply {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Requests to one server, by one credential. */
export function senderOf(
  baseurl: string,
  authorization: string | undefined,
  fetch: typeof globalThis.fetch = globalThis.fetch,
): Sender {
  const base = `${baseurl.replace(/\/+$/, '')}/v2`;
  return {
    async send(method, path, { body, soft, logIn = false } = {}) {
      const headers = {
        accept: 'application/json',
        ...(authorization !== undefined && { 'x-authorization': authorization }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      };
      let response: Response;
      let json: unknown;
      try {
        response = await fetch(base + path, {
          method,
          headers,
          ...(body !== undefined && { body: JSON.stringify(body) }),
          credentials: 'omit',
          // The credential goes where it was meant for, and nowhere else.
          redirect: 'error',
        });
        json = await response.json().catch(() => undefined);
      } catch (cause) {
        throw new DoorwardError('offline', undefined, { cause });
      }
      if (response.ok && isObject(json) && json['success'] !== false) return json;
      if (!isObject(json) && response.status < 500) {
        throw new DoorwardError('unsupported', 'what answers there is no VRM');
      }
      const reply = isObject(json) ? json : {};
      const refused = logIn && response.status === 401 ? 'badCredentials' : statuses[response.status];
      throw failure(response, reply, response.ok ? (soft ?? 'denied') : (refused ?? 'unsupported'));
    },
  };
}
