import { DoorwardError } from '../errors.js';
import type { RemoteDoor } from '../remote.js';
import type {
  Credentials,
  DoorEvents,
  LogInOptions,
  Me,
  NymeaConnection,
  PolicyName,
  ScopeInfo,
  Session,
} from '../types.js';
import { messages } from '../sse.js';
import { Listeners } from './events.js';
import { RemoteSession } from './session.js';
import type { Transport } from './transport.js';

interface Status {
  needsSetup: boolean;
  policy: PolicyName;
  scopes: ScopeInfo[];
}

interface Welcome {
  me: Me;
  token?: string;
}

/** How long to wait before an event stream is opened anew, in ms: at first and at most. */
const retryFirst = 1000;
const retryMost = 30_000;

/** After these the rights of a session may be others. */
const rightsEvents = new Set([
  'userChanged',
  'groupAdded',
  'groupChanged',
  'groupRemoved',
  'resourceRemoved',
  'linkChanged',
]);

/** Ends early when nobody waits any more: a timer would keep a Node process. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
}

const faceless = (): DoorwardError =>
  new DoorwardError('unsupported', 'a remote door has no faces: they are mounted by the server');

export class RemoteDoorImpl implements RemoteDoor {
  readonly #transport: Transport;
  readonly #token: string | null;
  readonly #sessions = new Set<RemoteSession>();
  readonly #listeners = new Listeners();
  #status: Status = { needsSetup: false, policy: 'doorward', scopes: [] };
  #streaming: AbortController | null = null;
  #closed = false;

  constructor(transport: Transport, token: string | null) {
    this.#transport = transport;
    this.#token = token;
  }

  get needsSetup(): boolean {
    return this.#status.needsSetup;
  }

  get scopes(): readonly ScopeInfo[] {
    return this.#status.scopes;
  }

  get policy(): PolicyName {
    return this.#status.policy;
  }

  async reload(): Promise<void> {
    const status = (await this.#transport.get('/status', null)) as Partial<Status> & { doorward?: unknown };
    const { doorward, needsSetup, policy, scopes } = status;
    if (doorward !== 1 || needsSetup === undefined || policy === undefined || scopes === undefined) {
      throw new DoorwardError('unsupported', 'what answers there is no Doorward server, or one of another version');
    }
    this.#status = { needsSetup, policy, scopes };
  }

  async setUp(
    administrator: Credentials & { displayName?: string; email?: string; device?: string },
  ): Promise<Session> {
    const session = await this.#enter('/setup', administrator);
    this.#status = { ...this.#status, needsSetup: false };
    return session;
  }

  logIn(name: string, password: string, options: LogInOptions = {}): Promise<Session> {
    return this.#enter('/login', { name, password, ...options });
  }

  async authenticate(token: string): Promise<Session> {
    if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) throw new DoorwardError('invalidToken');
    return this.#adopt((await this.#transport.get('/me', token)) as Me, token, null);
  }

  async resume(): Promise<Session | null> {
    if (this.#token === null && !this.#transport.cookie) return null;
    try {
      return this.#adopt((await this.#transport.get('/me', this.#token)) as Me, this.#token, null);
    } catch (error) {
      if (
        DoorwardError.is(error) &&
        ['unknownToken', 'expiredToken', 'invalidToken', 'accountDisabled'].includes(error.code)
      ) {
        return null;
      }
      throw error;
    }
  }

  on<E extends keyof DoorEvents>(event: E, handler: (event: DoorEvents[E]) => void): () => void {
    const stop = this.#listeners.add(event, handler);
    this.#listen();
    return () => {
      stop();
      if (this.#listeners.size === 0) this.#stopListening();
    };
  }

  handle(): Promise<Response> {
    return Promise.reject(faceless());
  }

  nymea(): NymeaConnection {
    throw faceless();
  }

  pressButton(): Promise<void> {
    return Promise.reject(faceless());
  }

  offerButton(): void {
    throw faceless();
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#stopListening();
    this.#listeners.clear();
    for (const session of [...this.#sessions]) session.close();
    this.#transport.close();
    return Promise.resolve();
  }

  async #enter(path: string, body: object): Promise<Session> {
    try {
      const welcome = (await this.#transport.post(path, { ...body, cookie: this.#transport.cookie }, null)) as Welcome;
      const token = welcome.token ?? null;
      return this.#adopt(welcome.me, token, token);
    } catch (error) {
      // Somebody else set up meanwhile, or nobody has yet.
      if (DoorwardError.is(error, 'setupDone')) this.#status = { ...this.#status, needsSetup: false };
      if (DoorwardError.is(error, 'setupNeeded')) this.#status = { ...this.#status, needsSetup: true };
      throw error;
    }
  }

  #adopt(me: Me, credential: string | null, token: string | null): Session {
    const session = new RemoteSession({
      transport: this.#transport,
      me,
      credential,
      token,
      scopes: this.#status.scopes.map((scope) => scope.name),
      onEnd: (ended) => {
        this.#sessions.delete(ended);
        if (this.#sessions.size === 0) this.#stopListening();
      },
    });
    this.#sessions.add(session);
    this.#listen();
    return session;
  }

  /** Opens the event stream where there is somebody to listen and a session to listen with. */
  #listen(): void {
    const session = this.#sessions.values().next().value;
    if (this.#streaming !== null || this.#closed || session === undefined || this.#listeners.size === 0) return;
    const streaming = new AbortController();
    this.#streaming = streaming;
    void this.#follow(session.credential, streaming.signal).finally(() => {
      if (this.#streaming === streaming) this.#streaming = null;
    });
  }

  #stopListening(): void {
    this.#streaming?.abort();
    this.#streaming = null;
  }

  async #follow(credential: string | null, signal: AbortSignal): Promise<void> {
    let wait = retryFirst;
    while (!signal.aborted) {
      try {
        const body = await this.#transport.stream('/events', credential, signal);
        for await (const { event, data } of messages(body)) {
          wait = retryFirst;
          this.#hear(event, data);
        }
      } catch (error) {
        // A session that is over or may not read users will not do better the next time.
        if (DoorwardError.is(error) && !['offline', 'busy', 'storeTimeout', 'storeFailed'].includes(error.code)) return;
      }
      if (signal.aborted) return;
      await pause(wait, signal);
      wait = Math.min(wait * 2, retryMost);
    }
  }

  #hear(event: string, data: string): void {
    if (rightsEvents.has(event)) {
      for (const session of this.#sessions) session.refresh().catch(() => undefined);
    }
    this.#listeners.tell(event, JSON.parse(data));
  }
}
