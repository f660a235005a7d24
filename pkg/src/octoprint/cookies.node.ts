import { pageCookies, type Cookies } from './cookies.js';

interface Kept {
  name: string;
  value: string;
  path: string;
  /** In ms; infinite for one that ends with the client. */
  expires: number;
  secure: boolean;
  httpOnly: boolean;
}

/** The cookies of one client, which Node's `fetch` does not keep. They go back to the origin they came from, and nowhere else. */
class Jar {
  readonly #origins = new Map<string, Map<string, Kept>>();

  /** Those for this address, the longest paths first. */
  at(url: URL): Kept[] {
    const now = Date.now();
    return [...(this.#origins.get(url.origin)?.values() ?? [])]
      .filter((cookie) => cookie.expires > now && covers(cookie.path, url.pathname))
      .filter((cookie) => !cookie.secure || url.protocol === 'https:')
      .sort((left, right) => right.path.length - left.path.length);
  }

  async take(url: URL, lines: string[]): Promise<void> {
    if (lines.length === 0) return;
    const { parseSetCookie } = await import('set-cookie-parser');
    const kept = this.#origins.get(url.origin) ?? new Map<string, Kept>();
    this.#origins.set(url.origin, kept);
    for (const cookie of parseSetCookie(lines, { decodeValues: false })) {
      if (cookie.domain !== undefined && !within(url.hostname, cookie.domain.replace(/^\./, ''))) continue;
      // Of a `Max-Age` that is no number, nothing is taken.
      const lasts = Number.isNaN(cookie.maxAge) ? undefined : cookie.maxAge;
      const expires = lasts === undefined ? (cookie.expires?.getTime() ?? Infinity) : Date.now() + lasts * 1000;
      const path = cookie.path?.startsWith('/') ? cookie.path : folder(url.pathname);
      const { name, value, secure = false, httpOnly = false } = cookie;
      const key = `${name};${path}`;
      if (expires <= Date.now()) kept.delete(key);
      else kept.set(key, { name, value, path, expires: Number.isNaN(expires) ? Infinity : expires, secure, httpOnly });
    }
  }
}

const within = (host: string, domain: string): boolean => host === domain || host.endsWith(`.${domain}`);
const folder = (path: string): string => path.slice(0, Math.max(1, path.lastIndexOf('/')));
const covers = (path: string, asked: string): boolean =>
  asked === path || (asked.startsWith(path) && (path.endsWith('/') || asked[path.length] === '/'));
const line = (cookies: Kept[]): string => cookies.map(({ name, value }) => `${name}=${value}`).join('; ');

const redirects = [301, 302, 303, 307, 308];
const mostRedirects = 5;

/**
 * Those of a client in Node. Redirects are followed by hand, since they may set cookies; only within the origin, since
 * the headers, with the key among them, go along.
 */
export function makeCookies(): Cookies {
  const jar = new Jar();
  const page = pageCookies();

  async function fetchWith(fetch: typeof globalThis.fetch, url: string, init: RequestInit): Promise<Response> {
    const cookies = init.credentials !== 'omit';
    let address = new URL(url);
    let request = init;
    for (let followed = 0; ; followed += 1) {
      const headers = new Headers(request.headers);
      const sent = cookies ? line(jar.at(address)) : '';
      if (sent !== '' && !headers.has('cookie')) headers.set('cookie', sent);
      const response = await fetch(address.href, { ...request, headers, redirect: 'manual' });
      if (cookies) await jar.take(address, response.headers.getSetCookie());
      const location = response.headers.get('location');
      if (location === null || !redirects.includes(response.status)) return response;
      await response.body?.cancel();
      const next = new URL(location, address);
      if (next.origin !== address.origin) throw new TypeError('the server redirects to another origin');
      if (followed === mostRedirects) throw new TypeError('the server redirects without end');
      // A form that was answered by the address of a page.
      if (response.status < 307 && !/^(?:GET|HEAD)$/.test(request.method ?? 'GET')) {
        const { body: _body, ...rest } = request;
        const plain = new Headers(rest.headers);
        plain.delete('content-type');
        request = { ...rest, method: 'GET', headers: plain };
      }
      address = next;
    }
  }

  return {
    readable(url) {
      // A DOM in Node has cookies of its own, of a page somebody made up; ours come first.
      const own = URL.canParse(url) ? jar.at(new URL(url)).filter((cookie) => !cookie.httpOnly) : [];
      return [line(own), page.readable(url)].filter(Boolean).join('; ');
    },
    settable: (url) => URL.canParse(url),
    fetch: fetchWith,
  };
}
