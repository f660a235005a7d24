/** What goes into and comes out of the client. Section numbers are those of the specification of OctoPrint's user management. */

/**
 * Which of OctoPrint's clients the functions of `users` are (spec, introduction): `L`, of 1.3, on `/api/users`;
 * `C`, of 1.4 to 1.11; `N`, of 2.0, which knows no flag `admin`.
 */
export type Generation = 'L' | 'C' | 'N';

/** Options of a client; read at every call, so they may be changed at any time (spec 1.1). */
export interface ClientOptions {
  /** Where OctoPrint is; a slash at the end is added where it is missing. */
  baseurl?: string | undefined;
  /** Sent as `X-Api-Key`; then no request bears a CSRF token. */
  apikey?: string | undefined;
  /** Sent as `X-Locale`. */
  locale?: string | undefined;
  /** Sent as `X-OctoPrint-Api-Version`. */
  apiVersion?: string | undefined;
  /** Ours; default `C`. */
  generation?: Generation | undefined;
  /** Ours: in place of the platform's. */
  fetch?: typeof globalThis.fetch | undefined;
  /** Ours: whether cookies go along, as `fetch` has it; default `same-origin`. In Node too, where the client keeps them. */
  credentials?: RequestCredentials | undefined;
}

/** What a request can send besides JSON: objects and arrays are written as a form, everything else goes as it is. */
export type RequestData = object | string | null | undefined;

/** Options of one request (spec 1.2). Never changed by the client. */
export interface RequestOptions {
  /** Sent beside the generated ones, which win. */
  headers?: Record<string, string> | undefined;
  /** In ms; none, or 0: no limit. A failure has `textStatus: 'timeout'`. */
  timeout?: number | undefined;
  /** No CSRF token for another site. */
  crossDomain?: boolean | undefined;
  /** Default `json`. */
  dataType?: 'json' | 'text' | undefined;
  /** In place of the argument. */
  url?: string | undefined;
  /** `false`: none, for what brings its own. Default: that of a form. */
  contentType?: string | false | undefined;
  data?: RequestData;
  /** In place of the function's. */
  method?: string | undefined;
  /** Ours: an abort is a failure with `textStatus: 'abort'`. */
  signal?: AbortSignal | undefined;
}

/** Options of `browser.login` (spec 1.6). */
export interface LoginOptions extends RequestOptions {
  /** Fields beside user and password: the code of a second factor. */
  additionalPayload?: Record<string, unknown> | undefined;
}

/** `abort` also stands for the caller's own signal. */
export type FailureStatus = 'error' | 'parsererror' | 'timeout' | 'abort';
export type TextStatus = 'success' | 'nocontent' | 'notmodified' | FailureStatus;

/** What callbacks of old code get in place of a `jqXHR`: an answer, read to its end (spec 1.4). */
export interface XhrLike {
  readonly readyState: 0 | 4;
  /** 0: no answer. */
  readonly status: number;
  readonly statusText: string;
  readonly responseText: string | undefined;
  /** The body where it is JSON. */
  readonly responseJSON: unknown;
  getResponseHeader(name: string): string | null;
  getAllResponseHeaders(): string;
}

/** Effective rights by kind; a kind with nothing in it is left out (spec 4.3). */
export interface Needs {
  group?: string[];
  role?: string[];
}

/** A user as OctoPrint gives it (spec 2.11). */
export interface OctoPrintUser {
  name: string;
  active: boolean;
  /** Not in N. */
  admin?: boolean;
  apikey: string | null;
  /** Not in L. */
  groups?: string[];
  needs?: Needs;
  permissions?: string[];
  /** Not in N. */
  roles?: string[];
  user?: boolean;
  settings: Record<string, unknown>;
  /** N alone. */
  has_password?: boolean;
}

export interface OctoPrintUsers {
  users: OctoPrintUser[];
}

/** A user to be added (spec 1.5); other properties are not sent. */
export interface OctoPrintNewUser {
  name: string;
  password: string;
  /** Default true. */
  active?: boolean | undefined;
  /** Default false; OctoPrint itself ignores it since 1.4. */
  admin?: boolean | undefined;
  /** Default none: not the default groups. Null: those. */
  groups?: readonly string[] | null | undefined;
  permissions?: readonly string[] | null | undefined;
}

/** A group as OctoPrint gives it (spec 2.11). */
export interface OctoPrintGroup {
  key: string;
  name: string;
  description: string;
  permissions: string[];
  subgroups: string[];
  needs: Needs;
  default: boolean;
  removable: boolean;
  changeable: boolean;
  toggleable: boolean;
  dangerous: boolean;
}

export interface OctoPrintGroups {
  groups: OctoPrintGroup[];
}

/** A group to be added or changed (spec 1.6); what is missing is sent as null. */
export interface OctoPrintGroupInput {
  key: string;
  name?: string | undefined;
  description?: string | undefined;
  permissions?: readonly string[] | undefined;
  subgroups?: readonly string[] | undefined;
  default?: boolean | undefined;
}

/** A permission as OctoPrint gives it (spec 2.11). */
export interface OctoPrintPermission {
  key: string;
  name: string;
  description: string;
  dangerous: boolean;
  default_groups: string[];
  needs: Needs;
  plugin?: string;
}

/** What a log-in gives (spec 2.8). A guest has `needs` and nothing of a user. */
export interface LoginRecord extends Partial<OctoPrintUser> {
  /** Absent where the log-in only renewed the session at hand. */
  session?: string;
  _is_external_client?: boolean;
  _login_mechanism?: string;
  _credentials_seen?: false | string;
}
