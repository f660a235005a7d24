/**
 * The border between the facade and the core's WebAssembly module, as the facade sees it. Internal.
 *
 * Numbers, typed arrays and single strings cross; every string that is called `…Json` is JSON text. A failure comes
 * back as a thrown (or rejected) string: the JSON text `{"code","message","details"}` of a `DoorwardError`.
 */

/** What the core asks of its host. The facade implements it over the store, the clock, WebCrypto and the hash worker. */
export interface Host {
  /**
   * `rangesJson`: a JSON array of the contract's `Range`s. The answer packs the snapshot: ranges joined by U+001D, the
   * entries of a range joined by U+001E, each entry as version, U+001F, value. Keys do not travel back; the host has
   * checked them. (JSON text never holds these characters.)
   */
  read(rangesJson: string): Promise<string>;
  /** The same for one range, with the JSON text of its key and U+001F before each entry. */
  readKeyed(rangesJson: string): Promise<string>;
  /** The versions of single keys, joined by U+001F, nothing for an absent one: a look whether anything has changed. */
  versions(keysJson: string): Promise<string>;
  /** The store's `epoch`; -1 where it does not declare it or does not know it for the moment. */
  epoch(): number;
  /** `commitJson`: the contract's `Commit`. Answers '' for ok, else a JSON array of the conflicting keys. */
  commit(commitJson: string): Promise<string>;
  /** Milliseconds since 1970. */
  now(): number;
  /** Fresh random bytes from the platform's CSPRNG. */
  random(length: number): Uint8Array;
  sleep(milliseconds: number): Promise<void>;
  /** Argon2id; answers a PHC string. Memory in KiB. */
  hash(password: string, memory: number, passes: number, lanes: number): Promise<string>;
  /** Against any PHC string the hash module knows; false for one it does not. */
  verify(password: string, phc: string): Promise<boolean>;
  /** What the commit just made has changed: a JSON array of `[event, payload]`. Called after the commit, before its call resolves. */
  emit(eventsJson: string): void;
}

/** The exports of `core.wasm`. */
export interface Core {
  openDoor(host: Host, optionsJson: string): Promise<DoorHandle>;
}

export interface DoorHandle {
  needsSetup(): boolean;
  /** JSON array of `ScopeInfo`; a scope's position is its number. */
  catalogue(): string;
  policy(): string;
  setUp(argsJson: string): Promise<SessionHandle>;
  logIn(name: string, password: string, device: string | undefined, code: string | undefined): Promise<SessionHandle>;
  authenticate(token: string): Promise<SessionHandle>;
  /** The same at once, where nothing has changed since the token was last taken up; undefined: `authenticate` has to ask. */
  recall(token: string): SessionHandle | undefined;
  /** A session with all rights and no credential, for the machine's owner. */
  local(): SessionHandle;
  /** Values of audit entries that a watch heard of; refreshes live sessions; answers the events of other doors as for `emit`. */
  foreign(valuesJson: string): Promise<string>;
  /** Prefix to watch for `foreign`, as a JSON key. */
  watchPrefix(): string;
  /**
   * A request for the HTTP faces: `headJson` is `{"method","url","headers":[[name, value]…],"address"?}`. Answers
   * `{"status","headers":[[name, value]…]}` and the body. The core without the faces has none of it.
   */
  handle?(headJson: string, body: Uint8Array): Promise<[headJson: string, body: Uint8Array]>;
  /** The face that speaks over connections. Free it. The core without the faces has none of it. */
  nymea?(): NymeaHandle;
  /** A check of the whole store. Free it. The core without the faces has none of it. */
  check?(repair: boolean): CheckHandle;
  /** Writes the last-used times that wait in memory. */
  flush(): Promise<void>;
  free(): void;
}

export interface CheckHandle {
  /** Looks at some more: JSON text of a `CheckStep`. One at a time. */
  step(): Promise<string>;
  free(): void;
}

export interface NymeaHandle {
  /** A new connection, by number. `auth` false: of a listener that asks nobody who he is. */
  open(auth: boolean): number;
  /** Resolves when the messages that are complete by these bytes are answered. */
  data(id: number, bytes: Uint8Array): Promise<void>;
  press(): Promise<void>;
  tick(): void;
  agent(there: boolean): void;
  /** The other side has gone. */
  close(id: number): void;
  /** What waits to be sent, as JSON: `[id, writes, close]…`. */
  drain(): string;
  free(): void;
}

export interface SessionHandle {
  /** Every operation by name with JSON arguments and a JSON answer; `users.list` has its own packed form. */
  call(op: string, argsJson: string): Promise<string>;
  /** A page of users: text and numbers, see `columns.ts`. */
  listUsers(argsJson: string): Promise<[string, Float64Array]>;
  me(): string;
  /** When the token expires, in ms; Infinity: never. */
  expires(): number;
  /** Grows whenever the session's rights were read anew. */
  epoch(): number;
  /** Takes the credential up once more, as `recall` does; false: `authenticate` has to ask. */
  again(): boolean;
  /** The token's value, once: a second call answers undefined. */
  takeToken(): string | undefined;
  /** Handle of a resource for `can`: stable while the session lives. */
  intern(kind: string, id: string): number;
  /** `handle` -1: no resource. */
  can(scope: number, handle: number): boolean;
  /** JSON text of a `Decision`. `id` undefined: no resource. */
  explain(scope: string, kind: string | undefined, id: string | undefined): string;
  free(): void;
}
