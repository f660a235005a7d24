/** The namespaces of a session over one function that calls an operation by name. */
import { DoorwardError, InvalidArgumentError } from '../errors.js';
import type {
  Audit,
  AuditEntry,
  GroupInput,
  GroupRecord,
  Groups,
  JsonObject,
  LinkRecord,
  Links,
  ListOptions,
  NewToken,
  NewUser,
  ResourceInput,
  ResourceRecord,
  Resources,
  Rights,
  SecondFactor,
  SecondFactorProof,
  SecondFactorState,
  TokenRecord,
  Tokens,
  UserChanges,
  UserDetails,
  UserList,
  Users,
} from '../types.js';
import { authenticatorUri } from '../otpauth.js';
import { needObject } from './json.js';

export interface Caller {
  call<T>(op: string, args: object): Promise<T>;
  listUsers(args: object): Promise<UserList>;
}

/** Users one page of an unlimited list asks for. */
const wholePage = 1000;

function needName(name: unknown): asserts name is string {
  if (!name) throw new InvalidArgumentError('user name must be set');
}

export class UsersOf implements Users {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  async list(options: ListOptions = {}): Promise<UserList> {
    needObject(options, 'the options of a list');
    if (options.limit !== undefined) return await this.#caller.listUsers(options);
    const { after, ...rest } = options;
    let page = await this.#caller.listUsers({ ...rest, limit: wholePage, ...(after !== undefined && { after }) });
    const users = page.users;
    while (page.next !== undefined) {
      page = await this.#caller.listUsers({ ...rest, limit: wholePage, after: page.next });
      for (const user of page.users) users.push(user);
    }
    return { users };
  }

  get(name: string): Promise<UserDetails> {
    needName(name);
    return this.#caller.call('users.get', { name });
  }

  add(user: NewUser & { password: string }): Promise<UserList> {
    if (!user?.name || !user.password) throw new InvalidArgumentError("Both user's name and password need to be set");
    const { active = true, admin = false, ...rest } = user;
    return this.create({ ...rest, active: Boolean(active), admin: Boolean(admin) }).then(() => this.list());
  }

  update(
    name: string,
    active?: boolean,
    admin?: boolean,
    scopes?: readonly string[] | null,
    groups?: readonly string[] | null,
  ): Promise<UserList> {
    needName(name);
    const changes: UserChanges = {};
    if (active !== undefined) changes.status = active ? 'active' : 'disabled';
    if (admin !== undefined) changes.admin = Boolean(admin);
    if (scopes !== undefined) changes.scopes = scopes;
    if (groups !== undefined) changes.groups = groups;
    return this.edit(name, changes).then(() => this.list());
  }

  delete(name: string): Promise<UserList> {
    needName(name);
    return this.remove(name).then(() => this.list());
  }

  changePassword(name: string, password: string, current?: string): Promise<Record<string, never>> {
    if (!name || !password) throw new InvalidArgumentError('user name and new password must be set');
    return this.#caller.call('users.changePassword', { name, password, current });
  }

  generateApiKey(name: string): Promise<{ apikey: string }> {
    needName(name);
    return this.#caller.call('users.generateApiKey', { name });
  }

  resetApiKey(name: string): Promise<Record<string, never>> {
    needName(name);
    return this.#caller.call('users.resetApiKey', { name });
  }

  getSettings(name: string): Promise<JsonObject> {
    needName(name);
    return this.#caller.call('users.getSettings', { name });
  }

  saveSettings(name: string, settings?: JsonObject): Promise<Record<string, never>> {
    needName(name);
    return this.#caller.call('users.saveSettings', { name, settings: settings ?? {} });
  }

  create(user: NewUser): Promise<UserDetails> {
    return this.#caller.call('users.create', user);
  }

  edit(name: string, changes: UserChanges): Promise<UserDetails> {
    needName(name);
    return this.#caller.call('users.edit', { name, changes });
  }

  async remove(name: string): Promise<void> {
    needName(name);
    await this.#caller.call('users.remove', { name });
  }

  async clearPassword(name: string): Promise<void> {
    needName(name);
    await this.#caller.call('users.clearPassword', { name });
  }

  rights(name: string): Promise<Rights> {
    needName(name);
    return this.#caller.call('users.rights', { name });
  }
}

export class TokensOf implements Tokens {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  async create(token: NewToken): Promise<TokenRecord & { value: string }> {
    needObject(token, 'a token');
    const { expires, ...rest } = token;
    return await this.#caller.call('tokens.create', { ...rest, expires: milliseconds(expires) });
  }

  list(options: { user?: string } = {}): Promise<{ tokens: TokenRecord[] }> {
    return this.#caller.call('tokens.list', options);
  }

  revoke(id: string, options: { user?: string } = {}): Promise<{ removed: number }> {
    return this.#caller.call('tokens.revoke', { ...options, id });
  }
}

function milliseconds(expires: NewToken['expires']): number | null {
  if (expires === undefined || expires === null) return null;
  const time = expires instanceof Date ? expires.getTime() : expires;
  if (!Number.isSafeInteger(time) || time < 0) {
    const message = '`expires` has to be a Date or an integer of milliseconds since 1970';
    throw new DoorwardError('invalidArgument', message, { details: { field: 'expires' } });
  }
  return time;
}

export class GroupsOf implements Groups {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  list(): Promise<{ groups: GroupRecord[] }> {
    return this.#caller.call('groups.list', {});
  }

  get(key: string): Promise<GroupRecord> {
    return this.#caller.call('groups.get', { key });
  }

  async add(group: GroupInput & { key: string }): Promise<GroupRecord> {
    needObject(group, 'a group');
    const { key, ...changes } = group;
    return await this.#caller.call('groups.add', { key, changes });
  }

  update(key: string, changes: GroupInput): Promise<GroupRecord> {
    return this.#caller.call('groups.update', { key, changes });
  }

  async delete(key: string): Promise<void> {
    await this.#caller.call('groups.delete', { key });
  }
}

export class ResourcesOf implements Resources {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  list(
    kind: string,
    options: { limit?: number; after?: string } = {},
  ): Promise<{ resources: ResourceRecord[]; next?: string }> {
    return this.#caller.call('resources.list', { ...options, kind });
  }

  get(kind: string, id: string | number): Promise<ResourceRecord> {
    return this.#caller.call('resources.get', { kind, id });
  }

  async add(resource: ResourceInput & { kind: string; id: string | number }): Promise<ResourceRecord> {
    needObject(resource, 'a resource');
    const { kind, id, ...changes } = resource;
    return await this.#caller.call('resources.add', { kind, id, changes });
  }

  update(kind: string, id: string | number, changes: ResourceInput): Promise<ResourceRecord> {
    return this.#caller.call('resources.update', { kind, id, changes });
  }

  async delete(kind: string, id: string | number): Promise<void> {
    await this.#caller.call('resources.delete', { kind, id });
  }
}

export class LinksOf implements Links {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  list(of: { user: string } | { kind: string; id: string | number }): Promise<{ links: LinkRecord[] }> {
    return this.#caller.call('links.list', of);
  }

  async set(link: { user: string; kind: string; id: string | number; level?: number | null }): Promise<void> {
    await this.#caller.call('links.set', link);
  }

  async delete(link: { user: string; kind: string; id: string | number }): Promise<void> {
    await this.#caller.call('links.delete', link);
  }
}

export class AuditOf implements Audit {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  list(options: { limit?: number; after?: string } = {}): Promise<{ entries: AuditEntry[]; next?: string }> {
    return this.#caller.call('audit.list', options);
  }
}

export class SecondFactorOf implements SecondFactor {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  get(options: { user?: string } = {}): Promise<SecondFactorState> {
    return this.#caller.call('secondFactor.get', options);
  }

  async start(options: { issuer?: string } = {}): Promise<{ secret: string; uri: string }> {
    needObject(options, 'the options of a second factor');
    const { secret, name } = await this.#caller.call<{ secret: string; name: string }>('secondFactor.start', {});
    return { secret, uri: authenticatorUri(name, secret, options.issuer) };
  }

  confirm(secret: string, code: string): Promise<{ recoveryCodes: string[] }> {
    return this.#caller.call('secondFactor.confirm', { secret, code });
  }

  async remove(options: SecondFactorProof & { user?: string } = {}): Promise<void> {
    await this.#caller.call('secondFactor.remove', options);
  }

  renewRecoveryCodes(proof: SecondFactorProof): Promise<{ recoveryCodes: string[] }> {
    return this.#caller.call('secondFactor.renew', proof);
  }
}
