import { DoorwardError } from '../errors.js';
import { accessTokensOf, type AccessTokens } from './access-tokens.js';
import { senderOf } from './request.js';
import { readMe, usersOf, type VrmUsers } from './users.js';
import { badArgument, textOf } from './values.js';

interface Where {
  /** Where the server is, without `/v2`: `https://vrmapi.victronenergy.com`, or a Doorward server. */
  baseurl: string;
  /** In place of the platform's. */
  fetch?: typeof globalThis.fetch;
}

/** By an access token, or a bearer token of a log-in; or by e-mail address and password. */
export type ConnectOptions = Where &
  (
    | { token: string; username?: never; password?: never; code?: never; remember?: never }
    | {
        username: string;
        password: string;
        /** Of the second factor. */
        code?: string;
        /** Asks for a session of weeks. */
        remember?: boolean;
        token?: never;
      }
  );

/** What `connect` gives. */
export interface Connection {
  readonly users: VrmUsers;
  readonly accessTokens: AccessTokens;
  /** The id of who is connected. */
  readonly idUser: number;
  /** Ends the credential: the session of a log-in; an access token is revoked by it. */
  logOut(): Promise<void>;
}

const known = ['baseurl', 'token', 'username', 'password', 'code', 'remember', 'fetch'];

function check(options: ConnectOptions): void {
  for (const field of Object.keys(options)) {
    if (known.includes(field)) continue;
    throw new DoorwardError('unknownField', `connect() knows no option \`${field}\``, { details: { field } });
  }
  const { baseurl, token, username, password } = options;
  if (typeof baseurl !== 'string' || baseurl === '') throw badArgument('baseurl', '`baseurl` has to be an address');
  if (token !== undefined && (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token))) {
    throw badArgument('token', '`token` has to be a token');
  }
  const named = typeof username === 'string' && typeof password === 'string';
  if ((token === undefined) !== named) {
    throw badArgument('token', 'either `token`, or `username` and `password` have to be given');
  }
}

/** The two kinds are told apart by their dots (spec 1.2). */
const schemeOf = (token: string): string => `${token.split('.').length === 3 ? 'Bearer' : 'Token'} ${token}`;

async function logIn(options: ConnectOptions): Promise<string> {
  const { baseurl, token, username, password, code, remember, fetch } = options;
  if (token !== undefined) return token;
  const body = {
    username,
    password,
    ...(code !== undefined && { sms_token: code }),
    ...(remember !== undefined && { remember_me: remember }),
  };
  const reply = await senderOf(baseurl, undefined, fetch).send('POST', '/auth/login', { body, logIn: true });
  if (reply['token'] === null) throw new DoorwardError('secondFactorRequired');
  return textOf('token', reply['token']);
}

/**
 * Connects, and finds out who that is.
 * @throws DoorwardError `badCredentials`, `secondFactorRequired` (spec 1.5), `unknownToken`, `lockedOut` with
 *   `details.retryAfter` (spec 1.6), `offline`; `unsupported` where what answers is no VRM; `invalidArgument` and
 *   `unknownField` for bad options
 */
export async function connect(options: ConnectOptions): Promise<Connection> {
  check(options);
  const sender = senderOf(options.baseurl, schemeOf(await logIn(options)), options.fetch);
  const { id } = await readMe(sender);
  return {
    idUser: id,
    users: usersOf(sender, id),
    accessTokens: accessTokensOf(sender, id),
    async logOut() {
      await sender.send('GET', '/auth/logout');
    },
  };
}
