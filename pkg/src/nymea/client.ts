import { DoorwardError } from '../errors.js';
import { userFailure } from './failure.js';
import { Link, type Params } from './link.js';
import { Emitter } from './emitter.js';
import type { Identity, NymeaEvents, NymeaUsers, PushButton, ServerInfo } from './types.js';
import { usersOf } from './users.js';
import type { Opener } from './wire.js';

/** The first wait before a lost connection is tried again, and the longest, in ms. */
const firstWait = 250;
const longestWait = 30_000;

export interface ClientParts {
  opener: Opener;
  token: string | null;
  locale: string | undefined;
  timeout: number;
  reconnect: boolean;
}

interface PendingButton {
  resolve(): void;
  reject(error: DoorwardError): void;
}

/** A client of a nymea server; `connect` makes one. */
export class NymeaClient {
  /** The methods of the namespace `Users`. */
  readonly users: NymeaUsers;
  readonly #parts: ClientParts;
  readonly #emitter = new Emitter<NymeaEvents>();
  readonly #buttons = new Map<number, PendingButton>();
  #link: Link | null = null;
  #token: string | null;
  #server: ServerInfo | undefined;
  #identity: Identity | null = null;
  #closed = false;
  #retry: ReturnType<typeof setTimeout> | undefined;
  /** Settles when it is tried no more, or is there again. */
  #return: { promise: Promise<void>; resolve: () => void } | undefined;
  /** A change of the token the server has bound: what is sent meanwhile would carry the wrong one. */
  #turn: Promise<unknown> = Promise.resolve();

  /** @internal */
  constructor(parts: ClientParts) {
    this.#parts = parts;
    this.#token = parts.token;
    this.users = usersOf((method, params) => this.call(method, params));
  }

  /** To store, and to give to `connect` later; null before a log-in, and once it is no longer good. */
  get token(): string | null {
    return this.#token;
  }

  /** What the server said of itself at the last hello. */
  get server(): ServerInfo {
    if (this.#server === undefined) throw new DoorwardError('offline', 'the server has not said hello yet');
    return this.#server;
  }

  get identity(): Identity | null {
    return this.#identity;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Hears of something; gives what ends the hearing. Notifications of `Users` come once the client is logged in. */
  on<E extends keyof NymeaEvents>(event: E, handler: (event: NymeaEvents[E]) => void): () => void {
    return this.#emitter.on(event, handler);
  }

  /**
   * Calls any method, under its name on the wire.
   * @throws DoorwardError as the methods of `users`
   */
  async call(method: string, params?: object): Promise<Params> {
    const reply = await this.#request(method, params);
    const { error } = reply;
    if (typeof error === 'string' && error !== 'UserErrorNoError') throw userFailure(error);
    return reply;
  }

  /**
   * Makes the first administrator, who may log in then; an administrator makes further ones (spec §6.2).
   * @throws DoorwardError as `users.CreateUser`
   */
  async createUser(params: {
    username: string;
    password: string;
    email?: string;
    displayName?: string;
  }): Promise<void> {
    await this.call('JSONRPC.CreateUser', params);
  }

  /**
   * Logs in; the client acts as that user from then on, and holds his token.
   * @throws DoorwardError `badCredentials`; the server ends connections that guess
   */
  logIn(params: { username: string; password: string; deviceName: string }): Promise<Identity> {
    return this.#rebind(async (link) => {
      const { success, token, username, scopes } = await link.request('JSONRPC.Authenticate', params, this.#token);
      if (success !== true || typeof token !== 'string') {
        this.#forget();
        throw new DoorwardError('badCredentials');
      }
      this.#token = token;
      this.#identity = { username, permissionScopes: scopes } as Identity;
      await this.#subscribe(link);
      return this.#identity;
    });
  }

  /**
   * Asks for a log-in by the button of the server. `server.pushButtonAuthAvailable` says whether there is one.
   * @throws DoorwardError `offline`
   */
  async requestPushButtonAuth(params: { deviceName: string }): Promise<PushButton> {
    const { transactionId } = await this.#request('JSONRPC.RequestPushButtonAuth', params);
    const finished = new Promise<void>((resolve, reject) => {
      this.#buttons.set(Number(transactionId), { resolve, reject });
    });
    // Whoever does not wait for it shall not fail by it.
    finished.catch(() => undefined);
    return { transactionId: Number(transactionId), finished };
  }

  /** Ends the connection for good; the token stays good. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#link?.close();
    this.#lose();
    this.#return?.resolve();
  }

  /** @internal Opens the connection for the first time. */
  async start(): Promise<void> {
    try {
      await this.#open();
    } catch (error) {
      this.#closed = true;
      throw error;
    }
  }

  async #request(method: string, params?: object): Promise<Params> {
    await this.#turn;
    const link = await this.#ready();
    return this.#refusable(link.request(method, params as Params | undefined, this.#token));
  }

  /** Where the token is known no more the server closes; the client goes on as a stranger. */
  async #refusable<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (DoorwardError.is(error, 'unknownToken')) this.#forget();
      throw error;
    }
  }

  #rebind<T>(work: (link: Link) => Promise<T>): Promise<T> {
    const done = this.#turn.then(async () => this.#refusable(work(await this.#ready())));
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async #ready(): Promise<Link> {
    if (this.#link === null && this.#return !== undefined) {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, this.#parts.timeout)));
      await Promise.race([this.#return.promise, late]);
      clearTimeout(timer);
    }
    if (this.#link === null) throw new DoorwardError('offline', 'the client is not connected');
    return this.#link;
  }

  async #open(): Promise<void> {
    const link = await Link.open(this.#parts.opener, this.#parts.timeout, {
      notification: (name, params) => this.#notified(name, params),
      closed: (lost) => {
        if (this.#link === lost) this.#lost();
      },
    });
    try {
      await this.#hello(link);
      if (this.#token !== null && this.#identity === null) {
        // What is bound is refused from now on: a stranger may at least log in.
        this.#forget();
        await this.#hello(link);
      }
      await this.#subscribe(link);
    } catch (error) {
      link.close();
      throw error;
    }
    if (this.#closed || !link.isOpen) {
      link.close();
      throw new DoorwardError('offline', 'the connection to the server is lost');
    }
    this.#link = link;
  }

  async #hello(link: Link): Promise<void> {
    const { locale } = this.#parts;
    const reply = await link.request('JSONRPC.Hello', locale === undefined ? undefined : { locale }, this.#token);
    if (typeof reply['server'] !== 'string') throw new DoorwardError('unsupported', 'what answers is no nymea server');
    const { authenticated, username, permissionScopes, ...server } = reply;
    this.#server = server as unknown as ServerInfo;
    this.#identity = authenticated === true ? ({ username, permissionScopes } as Identity) : null;
  }

  async #subscribe(link: Link): Promise<void> {
    // A stranger may not, where there is a log-in.
    if (this.#identity === null && this.server.authenticationRequired) return;
    await link.request('JSONRPC.SetNotificationStatus', { namespaces: ['Users'] }, this.#token);
  }

  #notified(name: string, params: Params): void {
    if (!name.endsWith('.PushButtonAuthFinished')) {
      this.#emitter.emit(name as keyof NymeaEvents, params as never);
      return;
    }
    const transactionId = Number(params['transactionId']);
    // Servers tell it twice, under two names (spec D3).
    const button = this.#buttons.get(transactionId);
    if (button === undefined) return;
    this.#buttons.delete(transactionId);
    const { success, token } = params;
    if (success !== true || typeof token !== 'string') {
      button.reject(new DoorwardError('denied', 'somebody else asked for the button: do not press it'));
      return;
    }
    this.#token = token;
    // At a hello the server says who that is.
    this.#rebind(async (link) => {
      await this.#hello(link);
      await this.#subscribe(link);
    }).then(button.resolve, button.reject);
  }

  #forget(): void {
    const had = this.#token !== null;
    this.#token = null;
    this.#identity = null;
    if (had) this.#emitter.emit('loggedOut', undefined);
  }

  /** Nobody gets an answer any more. */
  #lose(): void {
    this.#link = null;
    for (const { reject } of this.#buttons.values()) {
      reject(new DoorwardError('offline', 'the connection to the server is lost'));
    }
    this.#buttons.clear();
  }

  #lost(): void {
    this.#lose();
    if (!this.#parts.reconnect) this.#closed = true;
    this.#emitter.emit('disconnected', undefined);
    if (this.#closed) return;
    let resolve = (): void => undefined;
    const promise = new Promise<void>((settle) => (resolve = settle));
    this.#return = { promise, resolve };
    this.#tryAgain(firstWait);
  }

  #tryAgain(wait: number): void {
    // Many clients lose one server at once.
    this.#retry = setTimeout(
      () => {
        this.#open().then(
          () => {
            this.#return?.resolve();
            this.#return = undefined;
            this.#emitter.emit('reconnected', undefined);
          },
          () => {
            if (!this.#closed) this.#tryAgain(Math.min(wait * 2, longestWait));
          },
        );
      },
      wait * (0.75 + Math.random() / 2),
    );
  }
}
