import { DoorwardError, InvalidArgumentError } from '../errors.js';
import type {
  Audit,
  Decision,
  Groups,
  Links,
  Me,
  NewToken,
  ResourceRef,
  Resources,
  SecondFactor,
  Session,
  Tokens,
  Users,
} from '../types.js';
import { RemoteRights } from './rights.js';
import type { Transport } from './transport.js';

/** Calls an operation by name; whoever calls knows what it gives. */
type Call = <T>(op: string, ...args: unknown[]) => Promise<T>;

export interface RemoteSessionOptions {
  transport: Transport;
  me: Me;
  /** Sent with every request; null: the cookie goes instead. */
  credential: string | null;
  /** Shown as `token`. */
  token: string | null;
  scopes: Iterable<string>;
  onEnd: (session: RemoteSession) => void;
}

function needName(name: unknown): void {
  if (!name) throw new InvalidArgumentError('user name must be set');
}

function makeUsers(call: Call): Users {
  const named =
    <T>(op: string) =>
    (name: string, ...rest: unknown[]): Promise<T> => {
      needName(name);
      return call(op, name, ...rest);
    };
  return {
    list: (options) => call('users.list', options),
    get: named('users.get'),
    add(user) {
      if (!user?.name || !user.password) throw new InvalidArgumentError("Both user's name and password need to be set");
      return call('users.add', user);
    },
    update: named('users.update'),
    delete: named('users.delete'),
    changePassword(name, password, current) {
      if (!name || !password) throw new InvalidArgumentError('user name and new password must be set');
      return call('users.changePassword', name, password, current);
    },
    generateApiKey: named('users.generateApiKey'),
    resetApiKey: named('users.resetApiKey'),
    getSettings: named('users.getSettings'),
    saveSettings: named('users.saveSettings'),
    create: (user) => call('users.create', user),
    edit: named('users.edit'),
    remove: named('users.remove'),
    clearPassword: named('users.clearPassword'),
    rights: named('users.rights'),
  };
}

function makeTokens(call: Call): Tokens {
  const plain = ({ expires, ...token }: NewToken): object =>
    expires === undefined ? token : { ...token, expires: expires instanceof Date ? expires.getTime() : expires };
  return {
    create: (token) => call('tokens.create', plain(token)),
    list: (options) => call('tokens.list', options),
    revoke: (id, options) => call('tokens.revoke', id, options),
  };
}

function makeGroups(call: Call): Groups {
  return {
    list: () => call('groups.list'),
    get: (key) => call('groups.get', key),
    add: (group) => call('groups.add', group),
    update: (key, changes) => call('groups.update', key, changes),
    delete: (key) => call('groups.delete', key),
  };
}

function makeResources(call: Call): Resources {
  return {
    list: (kind, options) => call('resources.list', kind, options),
    get: (kind, id) => call('resources.get', kind, id),
    add: (resource) => call('resources.add', resource),
    update: (kind, id, changes) => call('resources.update', kind, id, changes),
    delete: (kind, id) => call('resources.delete', kind, id),
  };
}

function makeLinks(call: Call): Links {
  return {
    list: (of) => call('links.list', of),
    set: (link) => call('links.set', link),
    delete: (link) => call('links.delete', link),
  };
}

function makeSecondFactor(call: Call): SecondFactor {
  return {
    get: (options) => call('secondFactor.get', options),
    start: (options) => call('secondFactor.start', options),
    confirm: (secret, code) => call('secondFactor.confirm', secret, code),
    remove: (options) => call('secondFactor.remove', options),
    renewRecoveryCodes: (proof) => call('secondFactor.renewRecoveryCodes', proof),
  };
}

const returnNothing = new Set([
  'users.remove',
  'users.clearPassword',
  'groups.delete',
  'resources.delete',
  'links.set',
  'links.delete',
  'secondFactor.remove',
]);

/** A session whose store lies on a server. */
export class RemoteSession implements Session {
  readonly users: Users;
  readonly tokens: Tokens;
  readonly groups: Groups;
  readonly resources: Resources;
  readonly links: Links;
  readonly audit: Audit;
  readonly secondFactor: SecondFactor;
  readonly token: string | null;
  readonly credential: string | null;
  readonly #transport: Transport;
  readonly #rights: RemoteRights;
  readonly #onEnd: (session: RemoteSession) => void;
  #me: Me;
  #closed = false;

  constructor(options: RemoteSessionOptions) {
    this.#transport = options.transport;
    this.#me = options.me;
    this.credential = options.credential;
    this.token = options.token;
    this.#rights = new RemoteRights(options.me, options.scopes);
    this.#onEnd = options.onEnd;
    const call: Call = (op, ...args) => this.#call(op, args);
    this.users = makeUsers(call);
    this.tokens = makeTokens(call);
    this.groups = makeGroups(call);
    this.resources = makeResources(call);
    this.links = makeLinks(call);
    this.audit = { list: (options) => call('audit.list', options) };
    this.secondFactor = makeSecondFactor(call);
  }

  get me(): Me {
    return this.#me;
  }

  can(scope: string, resource?: ResourceRef | number): boolean {
    return !this.#closed && this.#rights.can(scope, resource);
  }

  explain(scope: string, resource?: ResourceRef): Decision {
    if (this.#closed) return { allowed: false, by: 'closed', reason: 'this session is closed' };
    return this.#rights.explain(scope, resource);
  }

  filter<T extends string | number>(scope: string, kind: string, ids: readonly T[]): T[];
  filter(scope: string, handles: Uint32Array): Uint32Array;
  filter<T extends string | number>(
    scope: string,
    kind: string | Uint32Array,
    ids: readonly T[] = [],
  ): T[] | Uint32Array {
    if (typeof kind === 'string') return this.#closed ? [] : this.#rights.filterIds(scope, kind, ids);
    return this.#closed ? new Uint32Array(0) : this.#rights.filterHandles(scope, kind);
  }

  intern(kind: string, ids: readonly (string | number)[]): Uint32Array {
    return this.#rights.intern(kind, ids);
  }

  async refresh(): Promise<Me> {
    this.#checkOpen();
    this.#take((await this.#transport.get('/me', this.credential)) as Me);
    return this.#me;
  }

  async logOut(): Promise<void> {
    this.#checkOpen();
    try {
      await this.#transport.post('/logout', {}, this.credential);
    } catch (error) {
      // Over already: what was asked for is the case.
      if (!DoorwardError.is(error, 'unknownToken') && !DoorwardError.is(error, 'expiredToken')) throw error;
    }
    this.close();
  }

  close(): void {
    this.#closed = true;
    this.#onEnd(this);
  }

  async #call<T>(op: string, args: readonly unknown[]): Promise<T> {
    this.#checkOpen();
    const answer = (await this.#transport.post('/call', { op, args }, this.credential)) as { result: T; me?: Me };
    if (answer.me !== undefined) this.#take(answer.me);
    return returnNothing.has(op) ? (undefined as T) : answer.result;
  }

  #take(me: Me): void {
    this.#me = me;
    this.#rights.update(me);
  }

  #checkOpen(): void {
    if (this.#closed) throw new DoorwardError('storeClosed', 'this session is closed');
  }
}
