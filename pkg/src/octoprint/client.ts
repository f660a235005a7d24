import { makeCookies } from '#octoprint-cookies';
import { InvalidArgumentError } from '../errors.js';
import { AccessClient } from './access.js';
import { cookieSuffix, toForm, toQuery } from './address.js';
import { BrowserClient } from './browser.js';
import { Call, type Answer } from './call.js';
import { send } from './send.js';
import type { ClientOptions, RequestData, RequestOptions } from './types.js';
import { UsersClient } from './users.js';

const formType = 'application/x-www-form-urlencoded; charset=UTF-8';
const jsonType = 'application/json; charset=UTF-8';
const accepted = { json: 'application/json, text/javascript, */*; q=0.01', text: 'text/plain, */*; q=0.01' };
const noCache = { 'Cache-Control': 'no-cache' };

const isSafe = (method: string): boolean => /^(?:GET|HEAD|OPTIONS)$/i.test(method);
const takesBody = (method: string): boolean => !/^(?:GET|HEAD)$/.test(method);

/** JSON in which what is undefined is null, at any depth (spec 1.2). */
const toJson = (data: unknown): string =>
  JSON.stringify(data, (_name, value: unknown) => (value === undefined ? null : value));

/** Plain objects and arrays are written down by us; forms, blobs and buffers by `fetch`. */
function isPlain(data: RequestData): data is object {
  if (typeof data !== 'object' || data === null) return false;
  const prototype: unknown = Object.getPrototypeOf(data);
  return Array.isArray(data) || prototype === null || Object.prototype.toString.call(data) === '[object Object]';
}

/**
 * OctoPrint's client: users, groups, permissions and log-in, for OctoPrint and for a Doorward server (spec 1).
 *
 * A drop-in for the original, without jQuery and lodash: calls are native promises that also take `done`, `fail` and
 * `always` (`Call`), and fail with a `RequestError`. It differs where the original has a defect: options of a request
 * are never changed; names are percent-encoded; `generateApiKey` sends no body and honours its options; options as
 * fourth argument of `users.update` are options.
 */
export class OctoPrintClient {
  /** Thrown at once, before any request, where an argument is missing (spec 1.4). */
  static readonly InvalidArgumentError: typeof InvalidArgumentError = InvalidArgumentError;

  /** Read at every call (spec 1.1). */
  options: ClientOptions;
  readonly #cookies = makeCookies();
  #access: AccessClient | undefined;
  #browser: BrowserClient | undefined;
  #users: UsersClient | undefined;
  /** The page that gave no cookie for the CSRF check. */
  #cookieless: string | undefined;

  /** Asks for nothing (spec 1.1). */
  constructor(options?: ClientOptions) {
    this.options = options ?? { baseurl: undefined, apikey: undefined, locale: undefined };
  }

  /** Users, groups and permissions (spec 1.5, 1.6). */
  get access(): AccessClient {
    return (this.#access ??= new AccessClient(this));
  }

  /** Log-in by cookie (spec 1.6). */
  get browser(): BrowserClient {
    return (this.#browser ??= new BrowserClient((path, data, opts) =>
      this.#call('POST', path, jsonCall(data, opts), (signal) => this.#fetchCsrfToken(signal, opts)),
    ));
  }

  /** The users functions under their old name (spec 1.5): those of `options.generation`. */
  get users(): UsersClient {
    return (this.#users ??= new UsersClient(() => ({ base: this, generation: this.options.generation ?? 'C' })));
  }

  /** `options.baseurl` with one slash at its end (spec 1.1). */
  getBaseUrl(): string {
    const url = String(this.options.baseurl);
    return url.endsWith('/') ? url : `${url}/`;
  }

  /** The name of this instance's cookie: with port and path of its address (spec 1.3). */
  getCookieName(name: string): string {
    return name + cookieSuffix(this.options.baseurl);
  }

  /** The value of this instance's cookie; false where there is none, or no script may read it (spec 1.3). */
  getCookie(name: string): string | false {
    const start = `${this.getCookieName(name)}=`;
    const found = this.#cookies
      .readable(this.getBaseUrl())
      .split(';')
      .map((cookie) => cookie.trimStart())
      .find((cookie) => cookie.startsWith(start));
    if (found === undefined) return false;
    try {
      return decodeURIComponent(found.slice(start.length));
    } catch {
      return found.slice(start.length);
    }
  }

  /** The headers of a request: `additional`, and the generated ones, which win (spec 1.3). */
  getRequestHeaders(
    method: string | Record<string, string> = 'GET',
    additional: Record<string, string> = {},
    opts: Pick<RequestOptions, 'crossDomain'> = {},
  ): Record<string, string> {
    // The old form, without a method: as if it changed something.
    if (typeof method !== 'string') return this.getRequestHeaders('POST', method, opts);
    const { apikey, apiVersion, locale } = this.options;
    const headers = { ...additional };
    if (apikey) headers['X-Api-Key'] = apikey;
    else if (!isSafe(method) && !opts.crossDomain) {
      const token = this.getCookie('csrf_token');
      if (token) headers['X-CSRF-Token'] = token;
    }
    if (locale) headers['X-Locale'] = locale;
    if (apiVersion) headers['X-OctoPrint-Api-Version'] = apiVersion;
    return headers;
  }

  /** A request; all others go through it (spec 1.2). */
  ajax<T = unknown>(method: string | undefined, url: string, opts?: RequestOptions): Call<T> {
    return this.#call(method, url, opts);
  }

  /** A request with data (spec 1.2). */
  ajaxWithData<T = unknown>(
    method: string | undefined,
    url: string,
    data?: RequestData,
    opts?: RequestOptions,
  ): Call<T> {
    return this.#call(method, url, { ...opts, data });
  }

  /** GET (spec 1.2). */
  get<T = unknown>(url: string, opts?: RequestOptions): Call<T> {
    return this.#call('GET', url, opts);
  }

  /** GET with `data` as query (spec 1.2). */
  getWithQuery<T = unknown>(url: string, data?: RequestData, opts?: RequestOptions): Call<T> {
    return this.#call('GET', url, { ...opts, data });
  }

  /** POST of a form, or of what is no plain object as it is (spec 1.2). */
  post<T = unknown>(url: string, data?: RequestData, opts?: RequestOptions): Call<T> {
    return this.#call('POST', url, dataCall(data, opts));
  }

  /** POST of JSON (spec 1.2). */
  postJson<T = unknown>(url: string, data?: unknown, opts?: RequestOptions): Call<T> {
    return this.#call('POST', url, jsonCall(data, opts));
  }

  /** PUT, as `post` (spec 1.2). */
  put<T = unknown>(url: string, data?: RequestData, opts?: RequestOptions): Call<T> {
    return this.#call('PUT', url, dataCall(data, opts));
  }

  /** PUT of JSON (spec 1.2). */
  putJson<T = unknown>(url: string, data?: unknown, opts?: RequestOptions): Call<T> {
    return this.#call('PUT', url, jsonCall(data, opts));
  }

  /** PATCH, as `post` (spec 1.2). */
  patch<T = unknown>(url: string, data?: RequestData, opts?: RequestOptions): Call<T> {
    return this.#call('PATCH', url, dataCall(data, opts));
  }

  /** PATCH of JSON (spec 1.2). */
  patchJson<T = unknown>(url: string, data?: unknown, opts?: RequestOptions): Call<T> {
    return this.#call('PATCH', url, jsonCall(data, opts));
  }

  /** DELETE (spec 1.2). */
  delete<T = unknown>(url: string, opts?: RequestOptions): Call<T> {
    return this.#call('DELETE', url, opts);
  }

  /** `before`: what has to be done first; its failure is no failure of the call. */
  #call<T>(
    given: string | undefined,
    path: string,
    opts: RequestOptions = {},
    before?: (signal: AbortSignal) => Promise<void>,
  ): Call<T> {
    const method = (opts.method ?? given ?? 'GET').toUpperCase();
    const { body, query, type } = bodyOf(method, opts);
    const dataType = opts.dataType ?? 'json';
    const at = opts.url ?? path;
    const absolute = /^https?:\/\//.test(at) ? at : this.getBaseUrl() + at;
    const url = query === '' ? absolute : `${absolute}${absolute.includes('?') ? '&' : '?'}${query}`;
    const init = (signal: AbortSignal): RequestInit => {
      const headers = new Headers({ accept: accepted[dataType] });
      if (type !== undefined) headers.set('content-type', type);
      const all = this.getRequestHeaders(method, opts.headers, opts);
      // One by one: of names that differ by their case alone, the later wins.
      for (const [name, value] of Object.entries(all)) headers.set(name, value);
      return { method, headers, signal, ...this.#credentials(), ...(body !== undefined && { body }) };
    };
    const fetch = async (signal: AbortSignal): Promise<Response> => {
      await before?.(signal);
      return await this.#cookies.fetch(this.#fetch(), url, init(signal));
    };
    return Call.request((signal) => {
      const signals = opts.signal === undefined ? [signal] : [signal, opts.signal];
      return send({ fetch, dataType, timeout: opts.timeout, signals }) as Promise<Answer<T>>;
    });
  }

  #fetch(): typeof globalThis.fetch {
    return this.options.fetch ?? globalThis.fetch.bind(globalThis);
  }

  #credentials(): { credentials: RequestCredentials } {
    return { credentials: this.options.credentials ?? 'same-origin' };
  }

  /** The cookie for the CSRF check is set by pages alone (spec 2.4): who has come without one asks for a page first. */
  async #fetchCsrfToken(signal: AbortSignal, opts: RequestOptions = {}): Promise<void> {
    const url = `${this.getBaseUrl()}login/`;
    if (this.options.apikey || opts.crossDomain || this.options.credentials === 'omit') return;
    if (this.#cookieless === url || this.getCookie('csrf_token') !== false || !this.#cookies.settable(url)) return;
    try {
      const init = { headers: { accept: 'text/html' }, signal, ...this.#credentials() };
      const response = await this.#cookies.fetch(this.#fetch(), url, init);
      await response.body?.cancel();
      if (this.getCookie('csrf_token') === false) this.#cookieless = url;
    } catch {
      // The log-in that follows will tell.
    }
  }
}

const dataCall = (data: RequestData, opts: RequestOptions = {}): RequestOptions => ({
  ...opts,
  data,
  headers: { ...opts.headers, ...noCache },
});

const jsonCall = (data: unknown, opts: RequestOptions = {}): RequestOptions => ({
  ...dataCall(toJson(data), opts),
  contentType: jsonType,
});

interface Body {
  body: BodyInit | undefined;
  query: string;
  type: string | undefined;
}

function bodyOf(method: string, { data, contentType }: RequestOptions): Body {
  const type = contentType === false ? undefined : contentType;
  if (data === undefined || data === null || data === '') return { body: undefined, query: '', type };
  const plain = isPlain(data);
  if (!takesBody(method)) return { body: undefined, query: plain ? toQuery(data) : String(data), type };
  const textType = contentType === false ? undefined : (type ?? formType);
  if (plain) return { body: toForm(data), query: '', type: textType };
  if (typeof data === 'string') return { body: data, query: '', type: textType };
  // Forms and blobs bring a type of their own.
  return { body: data as BodyInit, query: '', type };
}
