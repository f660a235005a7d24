/**
 * The public types of Doorward. Written by hand; the generated declarations of the WebAssembly modules are internal.
 *
 * Times are integers: milliseconds since 1970-01-01T00:00Z. Ids of users are integers from 1.
 */
import type { Store } from './contract.js';
import type { DoorwardError } from './errors.js';
import type { FaceSettings } from './face-settings.js';
import type { NymeaConnection } from './nymea-connection.js';
import type { Links, Resources } from './resources.js';
import type { SecondFactor } from './second-factor.js';

export type * from './face-settings.js';
export type * from './nymea-connection.js';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** A scope as a host registers it. */
export interface ScopeDefinition {
  /** 1 to 128 characters of `A-Z a-z 0-9 _ - . : /`, beginning with a letter. */
  name: string;
  /** Scopes that come with this one; they have to exist. */
  implies?: readonly string[];
  /** Marked in the page; the default is false. */
  dangerous?: boolean;
  /** At most 1,024 characters. */
  description?: string;
}

export type PolicyName = 'doorward' | 'octoprint' | 'nymea' | 'devicehive' | 'vrm';

/** Changes to a preset; an unknown name is refused. Durations in milliseconds. */
export interface PolicySettings {
  preset: PolicyName;
  sessionLifetime?: number;
  /** Longest life of an API key or access token; null: no limit. */
  tokenLifetime?: number | null;
  askCurrentPassword?: boolean;
  lastAdminGuard?: boolean;
  ownAccountGuard?: boolean;
  passwordMinLength?: number;
  lockoutAttempts?: number;
  /** Argon2id: KiB of memory, passes, lanes. */
  hashMemory?: number;
  hashPasses?: number;
  hashLanes?: number;
  auditMaxEntries?: number;
  auditMaxAge?: number;
}

export interface OpenOptions {
  store: Store;
  /** A preset by name (default `doorward`), or a preset with changes. */
  policy?: PolicyName | PolicySettings;
  /** The host's own scopes, beside the built-in ones. */
  scopes?: readonly ScopeDefinition[];
  /** Settings of the protocol faces; only with `doorward/faces`. */
  faces?: FaceSettings;
  /** How long one call of the store may take, in ms, before it counts as hanging; default 30,000. */
  storeTimeout?: number;
  /** The clock; for tests and replays. */
  now?: () => number;
}

export type Status = 'active' | 'locked' | 'disabled';
/** `all`, or ids with an optional link level (null: none given). */
export type ReachOfKind = 'all' | { [id: string]: number | null };
export type Reach = { [kind: string]: ReachOfKind };
/** As callers may give it: a list of ids means ids without a level. */
export type ReachInput = { [kind: string]: 'all' | readonly string[] | { [id: string]: number | null } };

/** A user as the ten functions give it: the keys of OctoPrint's record, and Doorward's own. Never holds a password, a hash or a live key. */
export interface UserRecord {
  active: boolean;
  /** Effectively an administrator. */
  admin: boolean;
  /** Always null: a key is shown once, by `generateApiKey`. */
  apikey: null;
  /** Keys of the groups the user is directly in. */
  groups: string[];
  name: string;
  /** What the user effectively holds: groups with their subgroups, and scopes. A kind with nothing in it is left out. */
  needs: { group?: string[]; role?: string[] };
  /** Direct scopes; the same as `scopes`, under OctoPrint's name. */
  permissions: string[];
  roles: string[];
  settings: JsonObject;
  user: true;
  id: number;
  displayName: string;
  email: string;
  country: string;
  status: Status;
  /** Direct scopes. */
  scopes: string[];
  hasPassword: boolean;
  /** Has the one API key of `generateApiKey`. */
  hasApiKey: boolean;
  failedLogins: number;
  lastLogin: number | null;
  introReviewed: boolean;
  data: JsonObject | null;
  created: number;
  updated: number;
}

/** `users.get` adds the reach, which lists leave out. */
export interface UserDetails extends UserRecord {
  reach: Reach;
}

export interface NewUser {
  name: string;
  /** Absent or null: the account cannot log in by password (`create` only). */
  password?: string | null;
  /** Absent: active. */
  active?: boolean;
  /** True: member of the group `admins` as well. */
  admin?: boolean;
  /** Absent or null: the default groups; `[]`: none. */
  groups?: readonly string[] | null;
  scopes?: readonly string[] | null;
  /** OctoPrint's name for `scopes`. */
  permissions?: readonly string[] | null;
  displayName?: string;
  email?: string;
  country?: string;
  reach?: ReachInput;
  data?: JsonObject | null;
  settings?: JsonObject;
  introReviewed?: boolean;
}

/** Absent means unchanged. */
export interface UserChanges {
  /** A new login name. */
  name?: string;
  status?: Status;
  admin?: boolean;
  groups?: readonly string[] | null;
  scopes?: readonly string[] | null;
  displayName?: string;
  email?: string;
  country?: string;
  reach?: ReachInput;
  data?: JsonObject | null;
  introReviewed?: boolean;
}

export interface ListOptions {
  /** 1 to 1,000. Absent: everything, without `next`. */
  limit?: number;
  /** `next` of the page before. */
  after?: string;
  /** Only names that begin so (letter case as the policy compares names). Needs `order: 'name'`. */
  search?: string;
  /** Default `name`. */
  order?: 'name' | 'id';
}

export interface UserList {
  users: UserRecord[];
  /** Where the next page begins; absent on the last page. */
  next?: string;
}

/** One way by which a user holds a scope. */
export interface Grant {
  scope: string;
  dangerous: boolean;
  /** `direct`, or the chain of group keys from the user's own group down to the one that holds it. */
  via: { kind: 'direct' } | { kind: 'group'; path: string[] };
  /** The scope that was granted; differs from `scope` where that one is implied. */
  granted: string;
}

export interface Rights {
  name: string;
  admin: boolean;
  grants: Grant[];
  reach: Reach;
}

/** The users functions: the ten of `OctoPrintClient.users`, and what they lack. */
export interface Users {
  list(options?: ListOptions): Promise<UserList>;
  get(name: string): Promise<UserDetails>;
  add(user: NewUser & { password: string }): Promise<UserList>;
  /** Absent or null `scopes` and `groups`: unchanged. `admin` decides about the group `admins`; absent: unchanged. */
  update(
    name: string,
    active?: boolean,
    admin?: boolean,
    scopes?: readonly string[] | null,
    groups?: readonly string[] | null,
  ): Promise<UserList>;
  delete(name: string): Promise<UserList>;
  /** `current` where the policy asks for it (own account). */
  changePassword(name: string, password: string, current?: string): Promise<Record<string, never>>;
  generateApiKey(name: string): Promise<{ apikey: string }>;
  resetApiKey(name: string): Promise<Record<string, never>>;
  getSettings(name: string): Promise<JsonObject>;
  /** Replaces top-level keys; others stay. */
  saveSettings(name: string, settings?: JsonObject): Promise<Record<string, never>>;
  // beyond the ten
  /** As `add`, for large stores: gives the new record only; the password may be left out. */
  create(user: NewUser): Promise<UserDetails>;
  /** Changes what is named and gives the record. */
  edit(name: string, changes: UserChanges): Promise<UserDetails>;
  /** Deletes and gives nothing back: for large stores. */
  remove(name: string): Promise<void>;
  /** Removes the password: the account can no longer log in by one. */
  clearPassword(name: string): Promise<void>;
  /** The effective rights, each with where it comes from. */
  rights(name: string): Promise<Rights>;
}

export type TokenKind = 'session' | 'apikey' | 'access' | 'device';

export interface TokenRecord {
  id: string;
  number: number;
  /** Name of the owner. */
  user: string;
  kind: TokenKind;
  name: string;
  /** Null: the owner's, whatever they are at the time. */
  scopes: string[] | null;
  reach: Reach | null;
  created: number;
  expires: number | null;
  /** Exact where the token was used through this door; what others know of it is at most a minute old. */
  lastUsed: number | null;
  /** It is the token that asks. */
  current: boolean;
  /** It is the one key of `generateApiKey`. */
  primary: boolean;
}

export interface NewToken {
  /** Owner; absent: oneself. */
  user?: string;
  name: string;
  /** Default `apikey`. */
  kind?: 'apikey' | 'access' | 'device';
  scopes?: readonly string[] | null;
  reach?: ReachInput | null;
  expires?: number | Date | null;
}

export interface Tokens {
  /** The value is in this result and nowhere else, ever. */
  create(token: NewToken): Promise<TokenRecord & { value: string }>;
  /** In order of creation. `user` absent: one's own. */
  list(options?: { user?: string }): Promise<{ tokens: TokenRecord[] }>;
  /** One token by id, or `*` for all of `user` (absent: one's own). */
  revoke(id: string, options?: { user?: string }): Promise<{ removed: number }>;
}

export interface GroupRecord {
  key: string;
  name: string;
  description: string;
  scopes: string[];
  subgroups: string[];
  /** Given to new users for whom no groups are named. */
  default: boolean;
  changeable: boolean;
  removable: boolean;
  assignable: boolean;
  /** Holds a dangerous scope, itself or through a subgroup. */
  dangerous: boolean;
}

export interface GroupInput {
  name?: string;
  description?: string;
  scopes?: readonly string[];
  subgroups?: readonly string[];
  default?: boolean;
}

export interface Groups {
  list(): Promise<{ groups: GroupRecord[] }>;
  get(key: string): Promise<GroupRecord>;
  add(group: GroupInput & { key: string }): Promise<GroupRecord>;
  update(key: string, changes: GroupInput): Promise<GroupRecord>;
  delete(key: string): Promise<void>;
}

export interface AuditEntry {
  id: string;
  at: number;
  /** Name of who did it; null: nobody known (a failed log-in, first-run set-up). */
  actor: string | null;
  /** Event name, `loggedIn`, `loginFailed`, `loggedOut`… */
  what: string;
  /** On whom or what. */
  on: { user?: string; userId?: number; token?: string; group?: string; kind?: string; id?: string };
  outcome: 'ok' | 'refused';
  /** The rule behind a refusal. */
  by?: string;
}

export interface Audit {
  /** Newest first. */
  list(options?: { limit?: number; after?: string }): Promise<{ entries: AuditEntry[]; next?: string }>;
}

/** A decision with its reason: denied is a value. */
export interface Decision {
  allowed: boolean;
  /** One sentence. */
  reason: string;
  /** The rule that decided. */
  by: string;
}

export interface ResourceRef {
  kind: string;
  id: string | number;
}

/** Who am I, and what may this credential do. */
export interface Me {
  id: number;
  name: string;
  displayName: string;
  email: string;
  admin: boolean;
  status: Status;
  groups: string[];
  /** Effective scopes of this credential. */
  scopes: string[];
  /** Effective reach of this credential. */
  reach: Reach;
  token: {
    id: string;
    kind: TokenKind;
    name: string;
    scopes: string[] | null;
    created: number;
    expires: number | null;
  };
}

/** Somebody, by one credential. */
export interface Session {
  readonly users: Users;
  readonly tokens: Tokens;
  readonly groups: Groups;
  readonly resources: Resources;
  readonly links: Links;
  readonly audit: Audit;
  readonly secondFactor: SecondFactor;
  /** As of the last call or event. Refreshed by `refresh()`. */
  readonly me: Me;
  /** The token's value where this session was made by a log-in or set-up; null where it came from `authenticate`. */
  readonly token: string | null;
  /** Synchronous, no I/O. False for an unknown scope, a closed session, a resource out of reach. */
  can(scope: string, resource?: ResourceRef | number): boolean;
  explain(scope: string, resource?: ResourceRef): Decision;
  /** Those of `ids` on which this session holds the scope, in their order. */
  filter<T extends string | number>(scope: string, kind: string, ids: readonly T[]): T[];
  /** The same over handles of `intern`: the fast form for lists that are filtered again and again. */
  filter(scope: string, handles: Uint32Array): Uint32Array;
  /** Handles for `can` and `filter`; good as long as the session lives, also when its rights change. At most 1,000,000 a session. */
  intern(kind: string, ids: readonly (string | number)[]): Uint32Array;
  /** Reads the rights anew. Own changes and those a watching store tells of are there without it. */
  refresh(): Promise<Me>;
  /** Revokes the session's own token. */
  logOut(): Promise<void>;
  /** Frees the handle; the token stays valid. */
  close(): void;
}

export interface Credentials {
  name: string;
  password: string;
}

export interface LogInOptions {
  /** What the session is called in lists of tokens. */
  device?: string;
  /** The code of the second factor, or a recovery code. */
  code?: string;
}

export interface DoorEvents {
  userAdded: { id: number; name: string };
  userChanged: { id: number; name: string };
  userRemoved: { id: number; name: string };
  passwordChanged: { id: number; name: string };
  settingsChanged: { id: number; name: string };
  tokenAdded: { id: string; user: string };
  tokenRevoked: { id: string; user: string };
  groupAdded: { key: string };
  groupChanged: { key: string };
  groupRemoved: { key: string };
  resourceAdded: { kind: string; id: string };
  resourceChanged: { kind: string; id: string };
  resourceRemoved: { kind: string; id: string };
  linkChanged: { user: string; kind: string; id: string };
  loggedIn: { id: number; name: string };
  loggedOut: { id: number; name: string };
  secondFactorAdded: { id: number; name: string };
  /** The recovery codes were made anew. */
  secondFactorChanged: { id: number; name: string };
  secondFactorRemoved: { id: number; name: string };
  /** Somebody is to be told of something: for the host to see to, by mail for instance. */
  notice: Notice;
}

/** What a user is to be told. */
export interface Notice {
  /** A site was added to his own. */
  about: 'siteAdded';
  user: { id: number; name: string };
  resource: { kind: string; id: string };
}

export interface ScopeInfo {
  name: string;
  implies: string[];
  dangerous: boolean;
  description: string;
}

export interface Door {
  /** True until the first user exists. */
  readonly needsSetup: boolean;
  /** The scope catalogue. */
  readonly scopes: readonly ScopeInfo[];
  readonly policy: PolicyName;
  setUp(administrator: Credentials & { displayName?: string; email?: string; device?: string }): Promise<Session>;
  /**
   * Logs a user in; who has a second factor needs its code.
   * @throws DoorwardError `badCredentials`, `accountDisabled`, `lockedOut`; after the right password
   * `secondFactorRequired`, `secondFactorWrong`
   */
  logIn(name: string, password: string, options?: LogInOptions): Promise<Session>;
  authenticate(token: string): Promise<Session>;
  on<E extends keyof DoorEvents>(event: E, handler: (event: DoorEvents[E]) => void): () => void;
  /**
   * A web-standard request to one of the HTTP faces; a path of none of them is answered with 404. Only with
   * `doorward/faces`.
   * @param from `address`: where it comes from, by which failed log-ins are limited
   * @throws DoorwardError `unsupported` without the faces, `storeClosed`
   */
  handle(request: Request, from?: { address?: string }): Promise<Response>;
  /**
   * A connection to the nymea face, for pages with no server. Only with `doorward/faces`.
   * @param options `auth` false: whoever uses it is asked for no token, as on a listener for automated tests
   * @throws DoorwardError `unsupported` without the faces, `storeClosed`
   */
  nymea(options?: { auth?: boolean }): NymeaConnection;
  /**
   * The button was pressed: whoever asked the nymea face for it gets his token. Nobody waits: nothing happens.
   * @throws DoorwardError `unsupported` without the faces, `storeClosed`
   */
  pressButton(): Promise<void>;
  /**
   * Whether there is a button to press, as the nymea face tells its clients; at first there is none.
   * @throws DoorwardError `unsupported` without the faces, `storeClosed`
   */
  offerButton(there: boolean): void;
  /** Waits for what is running, closes sessions and store. Idempotent. */
  close(): Promise<void>;
}

export type { DoorwardError };
export type * from './resources.js';
export type * from './second-factor.js';
