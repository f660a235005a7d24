/** Settings of the protocol faces: what `--set` and `open` take. */

/** Settings of the protocol faces, in the units of their specifications. What is left out has its default. */
export interface FaceSettings {
  nymea?: NymeaSettings;
  octoprint?: OctoprintSettings;
  devicehive?: DevicehiveSettings;
  vrm?: VrmSettings;
}

/** Settings of the VRM face. Times are in milliseconds. */
export interface VrmSettings {
  /** Limit requests: 200 at once by credential or address, then three a second; default true. */
  rateLimit?: boolean;
  /** Let anybody in as the user 22 where he is called `demo` and has no rights; default true. */
  demo?: boolean;
  /** Life of bearer tokens; default a day. */
  bearerLifetime?: number;
  /** Likewise where the log-in asked to be remembered; default 30 days. */
  rememberLifetime?: number;
  /** What the names of MQTT brokers end in; default `localhost`. */
  brokerDomain?: string;
}

/** Settings of the DeviceHive face. Times are in milliseconds. */
export interface DevicehiveSettings {
  /** Where the face is mounted; default `/dh/rest`. */
  base?: string;
  /** Life of access tokens; default 30 minutes. */
  accessLifetime?: number;
  /** Life of refresh tokens; default 182 days. */
  refreshLifetime?: number;
  /** Nobody creates a token above his own rights; default true, but false with the policy `devicehive`. */
  strictTokens?: boolean;
  /** The signing key in base64, to share with another server; default: one of the store's. */
  secret?: string;
  /** Wrong passwords after which an account locks; default 10 with the policy `devicehive`. */
  'login.maxAttempts'?: number;
  /** How old `lastLogin` gets before it is written anew; default 1,000 with the policy `devicehive`. */
  'login.lastTimeout'?: number;
}

/** Settings of the OctoPrint face. */
export interface OctoprintSettings {
  /** Idle time after which a cookie session ends, in minutes; default 15. */
  sessionStaleAfter?: number;
  /** How long a password counts as just seen, in minutes; default 5; 0 turns the check off. */
  defaultReauthenticationTimeout?: number;
  /** Answer cross-origin requests; default false. Credentials are never allowed: such clients need a key. */
  allowCrossOrigin?: boolean;
  /** Take HTTP Basic credentials; default false. */
  trustBasicAuthentication?: boolean;
  /** Limit failed log-ins by address; default true. */
  rateLimiter?: boolean;
  /** The routes below `/api/users`: served, redirected with 307, or absent; default `direct`. */
  legacyUsers?: 'direct' | 'redirect' | 'off';
  /** Keep the one key of a user sealed and show it again, as OctoPrint does; default true with the policy `octoprint`. */
  showKeys?: boolean;
}

/** Settings of the nymea face. */
export interface NymeaSettings {
  /** What users see as the name of the server; default `Doorward`. */
  name?: string;
  /** The server's id; the default is one that is made with the store. */
  uuid?: string;
  /** What `JSONRPC.Hello` says; default `9.0`. Clients may refuse a major version they do not know. */
  protocolVersion?: string;
  /** Which of the two notifications `PushButtonAuthFinished` is sent; default `both`. */
  pushButtonNotifications?: 'both' | 'users' | 'jsonrpc';
}
