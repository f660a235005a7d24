import type { Key } from '../contract.js';
import { DoorwardError } from '../errors.js';
import type {
  Credentials,
  DoorEvents,
  LogInOptions,
  NymeaConnection,
  OpenOptions,
  PolicyName,
  ScopeInfo,
  Session,
} from '../types.js';
import type { CheckHandle, DoorHandle, SessionHandle } from './border.js';
import { Credential, type CredentialDoor } from './credential.js';
import { eventOf, type CoreEvent } from './events.js';
import {
  type Asked,
  askedOf,
  exchange,
  type Exchanged,
  type Exchanging,
  type FacesHandle,
  hasFaces,
  responseOf,
} from './faces.js';
import { liftError } from './failure.js';
import { createHost } from './host.js';
import { needObject, toJson } from './json.js';
import { type Instant, KnownTokens } from './known-tokens.js';
import { NymeaHub } from './nymea.js';
import type { Hasher, Platform } from './platform.js';
import { DoorSession, type SessionDoor } from './session.js';

/** Last uses wait so long in memory before they are written, in ms. */
const flushDelay = 1000;
const defaultStoreTimeout = 30_000;
const optionNames = new Set(['store', 'policy', 'scopes', 'faces', 'storeTimeout', 'now']);

/** What a door is made of. */
interface Parts {
  handle: DoorHandle;
  host: Instant;
  hasher: Hasher;
  options: OpenOptions;
}

/** The door over the core. */
export class CoreDoor implements Exchanging, SessionDoor, CredentialDoor {
  readonly scopes: readonly ScopeInfo[];
  readonly scopeNumbers: ReadonlyMap<string, number>;
  readonly policy: PolicyName;
  readonly now: () => number;
  readonly #handle: DoorHandle;
  readonly #store: OpenOptions['store'];
  readonly #hasher: Hasher;
  readonly #handlers = new Map<string, Set<(event: never) => void>>();
  readonly #credentials = new Set<Credential>();
  /** Nothing where the store does not count: then each token is looked up. */
  readonly #known: KnownTokens | undefined;
  readonly #running = new Set<Promise<unknown>>();
  readonly #unwatch: (() => void) | undefined;
  #flushing: ReturnType<typeof setTimeout> | undefined;
  #closing: Promise<void> | undefined;
  #nymea: NymeaHub | undefined;

  constructor({ handle, host, hasher, options }: Parts) {
    this.#handle = handle;
    this.#hasher = hasher;
    this.#store = options.store;
    this.now = options.now ?? Date.now;
    this.scopes = Object.freeze(JSON.parse(handle.catalogue()) as ScopeInfo[]);
    this.scopeNumbers = new Map(this.scopes.map(({ name }, number) => [name, number]));
    this.policy = handle.policy() as PolicyName;
    if (options.store.capabilities.epoch === true) this.#known = new KnownTokens(host);
    if (options.store.capabilities.watch === true) {
      this.#unwatch = options.store.watch?.([JSON.parse(handle.watchPrefix()) as Key], (changes) => {
        const values = changes.map(({ value }) => value).filter((value) => value !== null);
        if (values.length > 0) this.#hear(values);
      });
    }
  }

  get needsSetup(): boolean {
    return this.#closing === undefined && this.#handle.needsSetup();
  }

  async setUp(
    administrator: Credentials & { displayName?: string; email?: string; device?: string },
  ): Promise<Session> {
    needObject(administrator, 'the administrator');
    return await this.#session(() => this.#handle.setUp(toJson(administrator)));
  }

  logIn(name: string, password: string, options: LogInOptions = {}): Promise<Session> {
    return this.#session(() => {
      needText('name', name);
      needText('password', password);
      if (options.device !== undefined) needText('device', options.device);
      if (options.code !== undefined) needText('code', options.code);
      return this.#handle.logIn(name, password, options.device, options.code);
    });
  }

  /** No `async` function: of the known token's microsecond each would take a tenth. */
  authenticate(token: string): Promise<Session> {
    const known = this.#known?.find(token);
    if (known !== undefined) {
      this.#flushSoon();
      return Promise.resolve(new DoorSession(this, known, null));
    }
    if (this.#closing === undefined && typeof token === 'string') {
      try {
        const handle = this.#handle.recall(token);
        if (handle !== undefined) {
          this.#flushSoon();
          return Promise.resolve(this.#taken(token, handle));
        }
      } catch (error) {
        return Promise.reject(liftError(error));
      }
    }
    return this.#authenticate(token);
  }

  async #authenticate(token: string): Promise<Session> {
    try {
      const handle = await this.run(async () => {
        if (typeof token !== 'string') throw new DoorwardError('invalidToken', 'a token is a string');
        return await this.#handle.authenticate(token);
      });
      this.#flushSoon();
      return this.#taken(token, handle);
    } catch (error) {
      throw liftError(error);
    }
  }

  /** A session by a token, whose credential is kept for the next. */
  #taken(token: string, handle: SessionHandle): DoorSession {
    const credential = this.#credential(handle);
    const session = new DoorSession(this, credential, null);
    if (this.#closing === undefined) this.#known?.add(token, credential);
    return session;
  }

  /** The machine's owner, who needs no credential: whoever opens the store's file can do everything with it anyway. */
  local(): DoorSession {
    return new DoorSession(this, this.#credential(this.#handle.local()), null);
  }

  on<E extends keyof DoorEvents>(event: E, handler: (event: DoorEvents[E]) => void): () => void {
    if (typeof handler !== 'function') throw new DoorwardError('invalidArgument', 'a handler has to be a function');
    let handlers = this.#handlers.get(event);
    if (handlers === undefined) this.#handlers.set(event, (handlers = new Set()));
    handlers.add(handler);
    return () => handlers.delete(handler);
  }

  async handle(request: Request, { address }: { address?: string } = {}): Promise<Response> {
    return responseOf(await this.exchange({ ...(await askedOf(request)), address }));
  }

  /** As `handle`, with headers that no `Request` and no `Response` of a page can have. */
  async exchange(asked: Asked): Promise<Exchanged> {
    const handle = this.#faces();
    // A key's last use waits in memory.
    this.#flushSoon();
    try {
      return await this.run(() => exchange(handle, asked));
    } catch (error) {
      throw liftError(error);
    }
  }

  nymea(options: { auth?: boolean } = {}): NymeaConnection {
    return this.#hub().open(options.auth !== false);
  }

  async pressButton(): Promise<void> {
    await this.#hub().press();
  }

  offerButton(there: boolean): void {
    this.#hub().offer(there);
  }

  /** A check of the whole store, for the machine's owner. */
  check(repair: boolean): CheckHandle {
    return this.#faces().check(repair);
  }

  #faces(): FacesHandle {
    if (!hasFaces(this.#handle)) {
      throw new DoorwardError('unsupported', 'this door has no faces: open it by `doorward/faces`');
    }
    return this.#handle;
  }

  #hub(): NymeaHub {
    if (this.#closing !== undefined) throw new DoorwardError('storeClosed', 'the door is closed');
    return (this.#nymea ??= new NymeaHub(this.#faces().nymea(), (work) => this.run(work)));
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    clearTimeout(this.#flushing);
    this.#known?.clear();
    this.#unwatch?.();
    await Promise.allSettled(this.#running);
    // Last uses are a convenience: a store that fails here must not keep the door open.
    await this.#handle.flush().catch(() => undefined);
    for (const credential of [...this.#credentials]) credential.free();
    this.#nymea?.close();
    this.#handlers.clear();
    await this.#hasher.close();
    this.#handle.free();
    await this.#store.close();
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closing !== undefined) throw new DoorwardError('storeClosed', 'the door is closed');
    const running = work();
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  forget(credential: Credential): void {
    this.#credentials.delete(credential);
  }

  /**
   * Before a commit: what was found good at the number that it ends. The core would read the rights of each anew for
   * nobody.
   */
  changing(): void {
    this.#known?.clear();
  }

  /** What a commit of this door has changed. */
  announce(eventsJson: string): void {
    for (const credential of this.#credentials) credential.forget();
    this.#nymea?.drainSoon();
    for (const coreEvent of JSON.parse(eventsJson) as CoreEvent[]) {
      const event = eventOf(coreEvent);
      if (event === undefined) continue;
      for (const handler of this.#handlers.get(event[0]) ?? []) {
        // On their own turn: a handler that throws, or calls back, must not do so inside the core.
        queueMicrotask(() => handler(event[1] as never));
      }
    }
  }

  #hear(values: readonly string[]): void {
    this.changing();
    this.run(async () => this.announce(await this.#handle.foreign(JSON.stringify(values)))).catch(() => {
      // A change that cannot be read concerns nobody here; who reads the records themselves gets the error.
    });
  }

  async #session(make: () => Promise<SessionHandle>): Promise<DoorSession> {
    try {
      const handle = await this.run(async () => await make());
      return new DoorSession(this, this.#credential(handle), handle.takeToken() ?? null);
    } catch (error) {
      throw liftError(error);
    }
  }

  #credential(handle: SessionHandle): Credential {
    const credential = new Credential(this, handle);
    this.#credentials.add(credential);
    return credential;
  }

  #flushSoon(): void {
    if (this.#flushing !== undefined || this.#closing !== undefined) return;
    this.#flushing = setTimeout(() => {
      this.#flushing = undefined;
      this.run(() => this.#handle.flush()).catch(() => undefined);
    }, flushDelay);
    if (typeof this.#flushing === 'object') this.#flushing.unref();
  }
}

function needText(field: string, value: unknown): void {
  if (typeof value !== 'string') {
    throw new DoorwardError('invalidArgument', `\`${field}\` has to be a string`, { details: { field } });
  }
}

/** Opens a door on a platform. */
export async function openOn(platform: Platform, options: OpenOptions): Promise<CoreDoor> {
  needObject(options, 'the options');
  const { store, policy, scopes, faces, storeTimeout = defaultStoreTimeout, now = Date.now } = options;
  for (const name of Object.keys(options)) {
    if (!optionNames.has(name)) throw new DoorwardError('unknownField', `\`${name}\` is no option of open`);
  }
  if (typeof store?.read !== 'function' || typeof store.commit !== 'function') {
    throw new DoorwardError('invalidArgument', '`store` has to be a store', { details: { field: 'store' } });
  }
  if (typeof storeTimeout !== 'number' || !(storeTimeout >= 1)) {
    throw new DoorwardError('invalidArgument', '`storeTimeout` has to be milliseconds, at least 1');
  }
  const optionsJson = toJson({ policy: typeof policy === 'string' ? { preset: policy } : policy, scopes, faces });
  await platform.init();
  const hasher = platform.createHasher();
  let door: CoreDoor | undefined;
  try {
    const host = createHost({
      ...{ store, hasher, now, storeTimeout },
      changing: () => door?.changing(),
      emit: (events) => door?.announce(events),
    });
    const handle = await platform.core().openDoor(host, optionsJson);
    door = new CoreDoor({ handle, host, hasher, options });
    return door;
  } catch (error) {
    await hasher.close();
    throw liftError(error);
  }
}
