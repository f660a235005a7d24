import { DoorwardError } from '../errors.js';
import { Transport } from './transport.js';
import type { ServerInfo, TokenRequest, Tokens } from './types.js';
import { UserClient } from './user.js';

interface Where {
  /** Where the API is: `https://example.org/dh/rest`. */
  url: string;
  /**
   * Told of tokens as they come: those of a log-in, and each access token that replaces an expired one. A place to keep
   * them. What it throws, the call fails with.
   */
  onTokens?: (tokens: Tokens) => void;
  /** In place of the platform's. */
  fetch?: typeof globalThis.fetch;
}

/** By login and password, or by tokens. Without a refresh token, calls fail with `expiredToken` in the end. */
export type ConnectOptions = Where &
  (
    | { login: string; password: string; accessToken?: never; refreshToken?: never }
    | { accessToken: string; refreshToken?: string; login?: never; password?: never }
    | { refreshToken: string; accessToken?: never; login?: never; password?: never }
  );

/** What `connect` gives. */
export interface Connection {
  readonly user: UserClient;
  /** The tokens at present. */
  readonly tokens: Tokens;
  /** Tokens with rights of their own, for a user (section 4.5). They are shown once. */
  createTokens(request: TokenRequest): Promise<{ accessToken: string; refreshToken: string }>;
  /** What the server says of itself. */
  info(): Promise<ServerInfo>;
}

const known = ['url', 'login', 'password', 'accessToken', 'refreshToken', 'onTokens', 'fetch'];

function check(options: ConnectOptions): void {
  for (const field of Object.keys(options)) {
    if (known.includes(field)) continue;
    throw new DoorwardError('unknownField', `connect() knows no option \`${field}\``, { details: { field } });
  }
  const { url, login, password, accessToken, refreshToken } = options;
  const wrong = (field: string, message: string): DoorwardError =>
    new DoorwardError('invalidArgument', message, { details: { field } });
  if (typeof url !== 'string' || url === '') throw wrong('url', '`url` has to be an address');
  for (const [field, token] of Object.entries({ accessToken, refreshToken })) {
    // A header could not hold it.
    if (token !== undefined && (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token))) {
      throw wrong(field, `\`${field}\` has to be a token`);
    }
  }
  const byName = login !== undefined || password !== undefined;
  if (byName && (typeof login !== 'string' || typeof password !== 'string')) {
    throw wrong('login', '`login` and `password` go together');
  }
  if (byName === (accessToken !== undefined || refreshToken !== undefined)) {
    throw wrong('login', 'either a login and a password, or tokens');
  }
}

/**
 * Connects to a DeviceHive, or to a Doorward server with that face. A log-in or a refresh is tried at once; an access token
 * turns out with the first call. When it has expired, a refresh token fetches another by itself, and the call is repeated.
 * @throws DoorwardError `badCredentials`, `accountDisabled`, `expiredToken`, `unknownToken`, `offline`; `unsupported` where
 *   what answers is no DeviceHive; `invalidArgument` and `unknownField` for bad options
 */
export async function connect(options: ConnectOptions): Promise<Connection> {
  check(options);
  const { url, login, password, accessToken, refreshToken, onTokens } = options;
  const fetch = options.fetch ?? globalThis.fetch.bind(globalThis);
  const transport = new Transport({ base: url.replace(/\/+$/, ''), fetch, onTokens });
  if (login !== undefined) {
    transport.take(await transport.send<Tokens>('POST', '/token', { login, password }));
  } else {
    transport.take({ accessToken: accessToken ?? '', refreshToken: refreshToken ?? null }, false);
    if (accessToken === undefined) await transport.refresh();
  }
  return {
    user: new UserClient(transport),
    get tokens() {
      const { accessToken = '', refreshToken = null } = transport.tokens ?? {};
      return { accessToken, refreshToken };
    },
    createTokens: (request) => transport.call('POST', '/token/create', request),
    info: () => transport.call('GET', '/info'),
  };
}
