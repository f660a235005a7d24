import { pageAddress, parse } from './address.js';

/** Where the cookies of a client are. */
export interface Cookies {
  /** Those that a script may read at this address, as `document.cookie` has them. */
  readable(url: string): string;
  /** Could a page at this address set cookies that are readable afterwards? */
  settable(url: string): boolean;
  /** As `fetch`, with the cookies. */
  fetch(fetch: typeof globalThis.fetch, url: string, init: RequestInit): Promise<Response>;
}

/** Those of the page: the browser keeps them. Workers have none to read. */
export function pageCookies(): Cookies {
  return {
    readable: () => (typeof document === 'undefined' ? '' : document.cookie),
    settable: (url) => pageAddress() !== undefined && parse(url)?.origin === globalThis.location?.origin,
    fetch: (fetch, url, init) => fetch(url, init),
  };
}
