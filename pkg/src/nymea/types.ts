/** The objects of nymea's `Users` namespace as they are on the wire (spec §2), and the events of the client. */

/** A scope by its name on the wire; later servers may know others. */
export type PermissionScope =
  | 'PermissionScopeNone'
  | 'PermissionScopeControlThings'
  | 'PermissionScopeConfigureThings'
  | 'PermissionScopeAccessAllThings'
  | 'PermissionScopeExecuteRules'
  | 'PermissionScopeConfigureRules'
  | 'PermissionScopeAdmin'
  | (string & Record<never, never>);

/** Spec §2.5. */
export interface UserInfo {
  /** In lower case; empty for the user of the push button. */
  username: string;
  email: string;
  displayName: string;
  /** Those that are implied are among them. */
  scopes: PermissionScope[];
  /** UUIDs of the things a user without `PermissionScopeAccessAllThings` may see. */
  allowedThingIds: string[];
}

/** Spec §2.5. The token itself is never told again. */
export interface TokenInfo {
  /** UUID. */
  id: string;
  username: string;
  /** Seconds since 1970. */
  creationTime: number;
  deviceName: string;
}

/** What the server says of itself (spec §6.1). */
export interface ServerInfo {
  server: string;
  name: string;
  version: string;
  /** As the server writes it, in braces. */
  uuid: string;
  locale: string;
  'protocol version': string;
  /** Nobody is there yet: call `createUser`. */
  initialSetupRequired: boolean;
  authenticationRequired: boolean;
  pushButtonAuthAvailable: boolean;
}

/** Who the connection acts as; null before a log-in. */
export interface Identity {
  /** In lower case; empty for the user of the push button. */
  username: string;
  permissionScopes: PermissionScope[];
}

/**
 * The methods of the namespace `Users` (spec §4), under their own names, with their own parameters. They need an
 * administrator, but for `GetUserInfo`.
 * @throws DoorwardError `notFound` (no such user or token, or a malformed name), `alreadyExists`, `invalidPassword`,
 *   `invalidArgument` (scopes that do not go together, or a malformed parameter), `denied`, `storeFailed`; `unknownToken`
 *   where the token is not known any more; `offline`. `details.userError` holds the member of `UserError`
 */
export interface NymeaUsers {
  /** For the caller; his tokens stay valid. */
  ChangePassword(params: { newPassword: string }): Promise<void>;
  /** Removes all tokens of that user. */
  ChangeUserPassword(params: { username: string; newPassword: string }): Promise<void>;
  /** An administrator where `scopes` is left out; ids of things there are not are dropped. */
  CreateUser(params: {
    username: string;
    password: string;
    email?: string;
    displayName?: string;
    scopes?: readonly PermissionScope[];
    allowedThingIds?: readonly string[];
  }): Promise<void>;
  GetTokens(): Promise<{ tokenInfoList: TokenInfo[] }>;
  GetUserInfo(): Promise<{ userInfo: UserInfo }>;
  /** An unknown user has none. */
  GetUserTokens(params: { username: string }): Promise<{ tokenInfoList: TokenInfo[] }>;
  /** In order of creation. */
  GetUsers(): Promise<{ users: UserInfo[] }>;
  RemoveToken(params: { tokenId: string }): Promise<void>;
  RemoveUser(params: { username: string }): Promise<void>;
  /** The caller's where `username` is left out. Only what is given changes. */
  SetUserInfo(params: { username?: string; displayName?: string; email?: string }): Promise<void>;
  /** The list of things stays where it is left out. */
  SetUserScopes(params: {
    username: string;
    scopes: readonly PermissionScope[];
    allowedThingIds?: readonly string[];
  }): Promise<void>;
}

/** What a client hears: notifications under their names on the wire (spec §5), and how it fares itself. */
export interface NymeaEvents {
  'Users.UserAdded': { userInfo: UserInfo };
  'Users.UserChanged': { userInfo: UserInfo };
  'Users.UserRemoved': { username: string };
  /** A thing that the own user may see from now on, and one he may see no more (spec §4.1). */
  'Integrations.ThingAdded': { thing: { id: string; name?: string } };
  'Integrations.ThingRemoved': { thingId: string };
  /** The connection is lost; it is tried again where it can be opened again. */
  disconnected: undefined;
  /** It is there again, with the same token and the same notifications. Changes in between were not heard: list again. */
  reconnected: undefined;
  /** The token is not known any more: removed, or its user is. */
  loggedOut: undefined;
}

/** Somebody has to press the button of the server (spec §6.4). */
export interface PushButton {
  transactionId: number;
  /**
   * Resolves when the button was pressed: the client is logged in by then. There is no time-out.
   * @throws DoorwardError `denied` where somebody else asked after it: tell the user not to press the button; `offline`
   */
  finished: Promise<void>;
}

/** TLS in Node; pages leave it to the browser. */
export interface NymeaTls {
  /** Certificates to trust in place of the system's, in PEM. */
  ca?: string;
  /** SHA-256 of the one certificate to accept, in hexadecimal, with or without colons: servers of this kind sign their own. */
  fingerprint?: string;
}

export interface NymeaOptions {
  /** The stored token of an earlier log-in. */
  token?: string;
  /** As `de_DE`; the server's own if left out. */
  locale?: string;
  /** How long a reply may take, in ms; default 30,000. */
  timeout?: number;
  tls?: NymeaTls;
  /** Whether a lost connection is opened again; default true. */
  reconnect?: boolean;
}
