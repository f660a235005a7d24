/** What travels over DeviceHive's REST API, as it does. Sections are those of the specification of its user resource. */

/** 0: administrator; 1: client. */
export type Role = 0 | 1;

/** 0: active; 1: locked after wrong passwords; 2: disabled. */
export type UserStatus = 0 | 1 | 2;

type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

/** Any JSON object, kept as it is. */
export type Data = { [name: string]: Json };

/** A date of the server: `2018-05-23T12:33:35.007`, in UTC, with no zone behind it. */
export type ServerDate = string;

/** A user, as lists show him (section 2.2). */
export interface User {
  id: number;
  /** 3 to 128 characters of `A-Z a-z 0-9 _ @ . -`; the letter case counts. */
  login: string;
  role: Role;
  status: UserStatus;
  /** Null until the first log-in. */
  lastLogin: ServerDate | null;
  data: Data | null;
  introReviewed: boolean;
  allDeviceTypesAvailable: boolean;
}

export interface Network {
  id: number;
  name: string;
  description: string | null;
}

export interface DeviceType {
  id: number;
  name: string;
  description: string | null;
}

/** A single user (section 2.3). */
export interface UserWithNetworks extends User {
  networks: Network[];
}

/** What a new user needs (section 2.4). */
export interface NewUser {
  login: string;
  /** 6 to 128 characters, without line breaks. */
  password: string;
  role: Role;
  status?: UserStatus;
  data?: Data | null;
  introReviewed?: boolean;
  allDeviceTypesAvailable?: boolean;
}

/** All the server says of a user it has just made. */
export interface InsertedUser {
  id: number;
  lastLogin: null;
  data: Data | null;
  introReviewed: boolean;
  allDeviceTypesAvailable: boolean;
}

/** Changes of a user (section 2.5). Beware: **without `data`, his data become null.** */
export interface UserChanges {
  login?: string;
  role?: Role;
  status?: UserStatus;
  password?: string;
  /** A client has to give it with a new password of his own. */
  oldPassword?: string;
  data?: Data | null;
  introReviewed?: boolean;
}

/** Filters, all of which have to fit (section 2.2). */
export interface UserFilter {
  login?: string;
  /** As in SQL's LIKE: `%` is any run, `_` one character; takes the place of `login`. */
  loginPattern?: string;
  role?: Role;
  status?: UserStatus;
}

export interface UserQuery extends UserFilter {
  sortField?: 'id' | 'login';
  sortOrder?: 'ASC' | 'DESC';
  /** At most so many; all, if nothing is said. */
  take?: number;
  skip?: number;
}

/** A pair of tokens (section 4.3). */
export interface Tokens {
  accessToken: string;
  /** None where only an access token was given. */
  refreshToken: string | null;
}

/** What tokens are asked for (section 4.5). */
export interface TokenRequest {
  userId: number;
  /** Names (`GetCurrentUser`), numbers, or `*`; none, if nothing is said. */
  actions?: (string | number)[] | null;
  networkIds?: (string | number)[] | null;
  deviceTypeIds?: (string | number)[] | null;
  /** End of both tokens: milliseconds since 1970, or a date. */
  expiration?: number | string;
  /** End of the refresh token. */
  refreshExpiration?: number | string;
}

export interface ServerInfo {
  apiVersion: string;
  serverTimestamp: ServerDate;
  webSocketServerUrl: string;
}
