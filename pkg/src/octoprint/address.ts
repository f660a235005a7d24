import { InvalidArgumentError } from '../errors.js';

/**
 * A user name or group key as one segment of a path. The original leaves names as they are, so that `a/b` asks for
 * something else (spec 1.2); here every name reaches the server, but for those that no address can have.
 * @throws InvalidArgumentError for `.` and `..`, which are taken out of every address, and for what is no Unicode text
 */
export function segment(name: unknown): string {
  const text = String(name);
  try {
    if (text !== '.' && text !== '..') return encodeURIComponent(text);
  } catch {
    // A lone surrogate.
  }
  throw new InvalidArgumentError('the name cannot be part of an address');
}

/** The address of the page, where there is one. */
export const pageAddress = (): string | undefined => (typeof document === 'undefined' ? undefined : document.baseURI);

export function parse(url: string): URL | null {
  try {
    return new URL(url, pageAddress());
  } catch {
    return null;
  }
}

/** What is behind the names of an instance's cookies: port and path of its address (spec 1.3). */
export function cookieSuffix(baseurl: string | undefined): string {
  const url = baseurl ? parse(baseurl) : null;
  if (url === null) return '';
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  const path = url.pathname.replace(/\/$/, '').replaceAll('/', '|');
  return `_P${port}${path === '' ? '' : `_R${path}`}`;
}

/** Names and values of a form: `a[]=1`, `b[c]=2`, as jQuery writes it. */
function* pairs(name: string, value: unknown): Generator<string> {
  if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      const plainItem = Array.isArray(value) && (typeof item !== 'object' || item === null);
      yield* pairs(`${name}[${plainItem ? '' : key}]`, item);
    }
    return;
  }
  const text = typeof value === 'function' ? value() : (value ?? '');
  yield `${encodeURIComponent(name)}=${encodeURIComponent(String(text))}`;
}

/** An object as a query. */
export function toQuery(data: object): string {
  return Object.entries(data)
    .flatMap(([name, value]) => [...pairs(name, value)])
    .join('&');
}

/** An object as the body of a form. */
export const toForm = (data: object): string => toQuery(data).replaceAll('%20', '+');
