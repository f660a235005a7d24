/**
 * A typed client of nymea's user management, for a nymea server or a Doorward one. Numbers of sections, as in "spec §4",
 * are those of the specification of the `Users` namespace that the client was written after.
 *
 * @packageDocumentation
 */
import { openUrl } from '#nymea-open';
import { DoorwardError } from './errors.js';
import { NymeaClient } from './nymea/client.js';
import type { NymeaOptions } from './nymea/types.js';
import { joinConnection, type Opener } from './nymea/wire.js';
import type { NymeaConnection } from './types.js';

export { NymeaClient };
export { DoorwardError, type ErrorCode } from './errors.js';
export type * from './nymea/types.js';
export type { NymeaConnection } from './types.js';

/**
 * Where the server is: `ws://host:8080/nymea`, `wss://…`; in Node also `tcp://host:2222` (or `nymea://`) and
 * `nymeas://host`. Or a connection of a door in the same page, `door.nymea()`: as a function it can be opened again.
 */
export type NymeaTarget = string | URL | NymeaConnection | (() => NymeaConnection);

const known = ['token', 'locale', 'timeout', 'tls', 'reconnect'];
const defaultTimeout = 30_000;

function openerOf(target: NymeaTarget, options: NymeaOptions): Opener {
  if (typeof target === 'function') return async (listener) => joinConnection(target(), listener);
  if (typeof target === 'object' && 'onmessage' in target) return async (listener) => joinConnection(target, listener);
  let url: URL;
  try {
    url = new URL(target);
  } catch {
    throw new DoorwardError('invalidArgument', 'the address of the server is malformed');
  }
  // It ends up in logs and histories.
  if (url.username !== '' || url.password !== '') {
    throw new DoorwardError('invalidArgument', 'the address of the server must not hold a password');
  }
  return (listener) => openUrl(url, options.tls ?? {}, listener);
}

function check(options: NymeaOptions): void {
  const bad = (field: string, what: string): DoorwardError =>
    new DoorwardError('invalidArgument', `\`${field}\` has to be ${what}`, { details: { field } });
  for (const field of Object.keys(options)) {
    if (!known.includes(field)) {
      throw new DoorwardError('unknownField', `connect() knows no option \`${field}\``, { details: { field } });
    }
  }
  const { token, timeout } = options;
  if (token !== undefined && (typeof token !== 'string' || token === '')) throw bad('token', 'a text');
  if (timeout !== undefined && !(timeout >= 1)) throw bad('timeout', 'milliseconds, at least 1');
}

/**
 * Connects to a server, and says hello with the stored token, if there is one. A token that is no longer good leaves a
 * client that is not logged in: `identity` is null.
 * @throws DoorwardError `offline` where no server answers, or it refuses connections for the moment; `unsupported` where
 *   what answers is no nymea server; `invalidArgument` and `unknownField` for bad arguments
 */
export async function connect(target: NymeaTarget, options: NymeaOptions = {}): Promise<NymeaClient> {
  check(options);
  const opener = openerOf(target, options);
  const reopens = typeof target === 'function' || typeof target === 'string' || target instanceof URL;
  const client = new NymeaClient({
    opener,
    token: options.token ?? null,
    locale: options.locale,
    timeout: options.timeout ?? defaultTimeout,
    reconnect: reopens && options.reconnect !== false,
  });
  await client.start();
  return client;
}
