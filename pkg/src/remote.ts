/**
 * A door on a Doorward server: the same `Door` and `Session` as `open()` gives, over the session API.
 *
 * @packageDocumentation
 */
import { DoorwardError } from './errors.js';
import { RemoteDoorImpl } from './remote/door.js';
import { Transport } from './remote/transport.js';
import type { Door, Session } from './types.js';

export interface ConnectOptions {
  /** Where the server is: `https://host:8080`, with a path if it is mounted below one. Absent or empty: the page's own origin. */
  baseurl?: string;
  /** A token or API key; `resume()` gives its session. */
  token?: string;
  /** In place of the platform's. */
  fetch?: typeof globalThis.fetch;
  /**
   * Log-ins are kept in a cookie no script can read, and `session.token` is null. Otherwise a log-in gives the token
   * itself. Default: true in a page where no `token` is given.
   */
  cookie?: boolean;
}

/** A `Door` whose store lies on a server. `handle` rejects with `unsupported`. */
export interface RemoteDoor extends Door {
  /**
   * The session of the cookie or token at hand; null where there is none, or it is over.
   * @throws DoorwardError `offline`, and what else may befall a server
   */
  resume(): Promise<Session | null>;
  /** Asks the server anew for `needsSetup`, `policy` and `scopes`. */
  reload(): Promise<void>;
}

const known = ['baseurl', 'token', 'fetch', 'cookie'];

/**
 * Connects to a server.
 * @throws DoorwardError `offline` where none answers; `unsupported` where what answers is no Doorward server;
 *   `invalidArgument` and `unknownField` for bad options
 */
export async function connect(options: ConnectOptions = {}): Promise<RemoteDoor> {
  for (const field of Object.keys(options)) {
    if (!known.includes(field)) {
      throw new DoorwardError('unknownField', `connect() knows no option \`${field}\``, { details: { field } });
    }
  }
  const { baseurl = '', token, fetch = globalThis.fetch.bind(globalThis) } = options;
  const inPage = typeof document !== 'undefined';
  const cookie = options.cookie ?? (inPage && token === undefined);
  const transport = new Transport({ base: baseOf(baseurl), fetch, cookie });
  const door = new RemoteDoorImpl(transport, token ?? null);
  await door.reload();
  return door;
}

function baseOf(baseurl: unknown): string {
  if (typeof baseurl !== 'string') throw new DoorwardError('invalidArgument', '`baseurl` has to be a string');
  const page = typeof location === 'undefined' ? undefined : location.href;
  try {
    const url = new URL(baseurl === '' ? '/' : baseurl, page);
    if (/^https?:$/.test(url.protocol) && url.username === '' && url.search === '' && url.hash === '') {
      return url.href.replace(/\/*$/, '');
    }
  } catch {
    // Told below, like the addresses that are well-formed but no server's.
  }
  throw new DoorwardError('invalidArgument', '`baseurl` has to be an http or https address without a query');
}
