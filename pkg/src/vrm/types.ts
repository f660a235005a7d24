/** Who is asking (spec 2.7). */
export interface VrmUser {
  id: number;
  name: string;
  email: string;
  country: string;
  /** 0 normal, 1 dealer, 2 administrator, as far as it is known. */
  accessLevel: number;
  /** The access token that asks; null for a log-in. */
  idAccessToken: number | null;
}

/** An access token as lists show it: never its value (spec 2.2). */
export interface AccessTokenRecord {
  id: number;
  name: string;
  /** `FULL_ACCESS`: what its owner can do, it can. */
  scope: string;
  created: number;
  /** Null: never. */
  expires: number | null;
  lastSeen: number | null;
  lastSuccessfulAuth: number | null;
}

export interface NewAccessToken {
  /** 1 to 128 characters, no two of one user alike. */
  name: string;
  /** Null or absent: never. To the second. */
  expires?: number | Date | null;
}

/** A new token. Its value is here and nowhere else, ever. */
export interface CreatedAccessToken {
  id: number;
  token: string;
}

/** An installation's basic keys as the API has them (spec 3.2); times there are seconds. */
export interface Installation {
  idSite: number;
  /** Of who asks: 0 looking, 1 full control, 2 technician. */
  accessLevel: number;
  owner: boolean;
  is_admin: boolean;
  name: string;
  identifier: string;
  /** The owner. */
  idUser: number;
  pvMax: number;
  timezone: string;
  phonenumber: string | null;
  notes: string | null;
  /** JSON text. */
  geofence: string | null;
  geofenceEnabled: boolean;
  realtimeUpdates: boolean;
  shared: boolean;
  restrictNodeRed: boolean;
  hasMains: number;
  hasGenerator: number;
  noDataAlarmTimeout: number | null;
  alarmMonitoring: number;
  invalidVRMAuthTokenUsedInLogRequest: number;
  syscreated: number;
  device_icon: string;
}

/** With the optional keys (spec 3.3). */
export interface ExtendedInstallation extends Installation {
  alarm: boolean;
  last_timestamp: number;
  /** Local time, `hh:mm`. */
  current_time: string;
  /** Seconds ahead of UTC. */
  timezone_offset: number;
  demo_mode: boolean;
  high_workload: boolean;
  mqtt_webhost: string;
  mqtt_host: string;
  current_alarms: string[];
  num_alarms: number;
  avatar_url: string | null;
  tags: { idTag: number; name: string; automatic: boolean }[];
  /** False where there are none. */
  images: false | { idSiteImage: number; imageName: string; url: string }[];
  view_permissions: Record<string, boolean>;
  extended: unknown[];
}

export interface InstallationsOptions {
  /** Whose, for dealers and administrators; absent: one's own. */
  user?: number;
  /** Only this one. */
  idSite?: number;
}
