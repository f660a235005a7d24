import { DoorwardError } from '../errors.js';
import type { Users } from '../types.js';
import type { AccessClient } from './access.js';
import type { BrowserClient } from './browser.js';
import { OctoPrintClient } from './client.js';
import { toDoorwardError } from './failure.js';
import { RemoteUsers } from './remote-users.js';

interface Where {
  /** Where the server is: `http://octopi.local`, with a path if it is mounted below one. */
  baseurl: string;
  /** In place of the platform's. */
  fetch?: typeof globalThis.fetch;
}

/** By key; by name and password, for a session in a cookie; or, with neither, by the cookie a page has already. */
export type ConnectOptions = Where &
  (
    | { apikey: string; user?: never; password?: never; remember?: never }
    | { user: string; password: string; remember?: boolean; apikey?: never }
    | { apikey?: never; user?: never; password?: never; remember?: never }
  );

/**
 * The `users` of a session, over OctoPrint's REST API (spec 2.6): names, arguments, results and errors are those of a
 * door, and a page swaps one for the other by one line. It fails with `DoorwardError`, whose `cause` is the
 * `RequestError`. What differs, because OctoPrint has no more to say:
 *
 * - Records have `id`, `failedLogins`, `created` and `updated` 0, `lastLogin` and `data` null, empty `displayName`,
 *   `email`, `country` and `reach`, and no status `locked`. `scopes` and `permissions` are OctoPrint's keys (`PRINT`).
 *   `apikey` is null as always; `hasApiKey` says whether OctoPrint showed one. `hasPassword` is true where OctoPrint
 *   does not say (before 2.0).
 * - `list` asks for everything, whatever `limit`, `after` and `search` say; the letter case counts, and `order: 'id'`
 *   fails with `unsupported`.
 * - `admin` is the group `admins`: to set it, groups are read first and written after, in two requests.
 * - Groups and scopes that are not there are refused as `unknownGroup` and `unknownScope`, by an additional request.
 * - `unsupported`: `clearPassword`, `rights`, users without a password, a new name, and whatever field OctoPrint has no
 *   place for.
 * - Names that no address can have, `.` and `..`, throw `InvalidArgumentError`.
 */
export type ConnectedUsers = Users;

/** What `connect` gives. */
export interface Connection {
  readonly users: ConnectedUsers;
  /** Users, groups and permissions as OctoPrint has them; fails with `RequestError`. */
  readonly access: AccessClient;
  /** Log-in and log-out; fails with `RequestError`. */
  readonly browser: BrowserClient;
  readonly client: OctoPrintClient;
}

const known = ['baseurl', 'apikey', 'user', 'password', 'remember', 'fetch'];

function check(options: ConnectOptions): void {
  for (const field of Object.keys(options)) {
    if (known.includes(field)) continue;
    throw new DoorwardError('unknownField', `connect() knows no option \`${field}\``, { details: { field } });
  }
  const { baseurl, apikey, user, password } = options;
  const wrong = (field: string, message: string): DoorwardError =>
    new DoorwardError('invalidArgument', message, { details: { field } });
  if (typeof baseurl !== 'string' || baseurl === '') throw wrong('baseurl', '`baseurl` has to be an address');
  if (apikey !== undefined && (typeof apikey !== 'string' || !/^[\x21-\x7e]+$/.test(apikey))) {
    throw wrong('apikey', '`apikey` has to be a key');
  }
  if ((user === undefined) !== (password === undefined)) throw wrong('user', '`user` and `password` go together');
  if (user !== undefined && apikey !== undefined) throw wrong('apikey', 'a key and a password are one too many');
}

/**
 * Connects to an OctoPrint (1.4 to 2.0) or to a Doorward server with that face. A key is not tried: what it may do turns
 * out with the first call, since a server takes one it does not know for none (spec 2.2). It goes without cookies, so
 * that a session of the page does not hide it.
 *
 * A session by password has to be renewed by `browser.login` after some minutes before it may change others (spec 2.5:
 * `denied`, `details.by` is `reauthentication`). A change of its own password logs it in again.
 * @throws DoorwardError `badCredentials`, `lockedOut`, `offline`; `denied` where a second factor is asked for
 *   (`details.by` is `secondFactor`); `unsupported` where what answers is no OctoPrint; `invalidArgument` and
 *   `unknownField` for bad options
 */
export async function connect(options: ConnectOptions): Promise<Connection> {
  check(options);
  const { baseurl, apikey, user, password, remember = false, fetch } = options;
  const client = new OctoPrintClient({ baseurl, apikey, fetch, ...(apikey !== undefined && { credentials: 'omit' }) });
  if (user !== undefined && password !== undefined) {
    try {
      await client.browser.login(user, password, remember);
    } catch (error) {
      throw toDoorwardError(error, { logIn: true });
    }
  }
  const users = new RemoteUsers(client, async (name, changed) => {
    if (name !== user) return;
    // The password is changed, whatever becomes of the session: the next call would tell.
    await client.browser.login(name, changed, remember).catch(() => undefined);
  });
  return { users, access: client.access, browser: client.browser, client };
}
