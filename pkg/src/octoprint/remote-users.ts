import { DoorwardError, InvalidArgumentError } from '../errors.js';
import type {
  JsonObject,
  ListOptions,
  NewUser,
  Rights,
  UserChanges,
  UserDetails,
  UserList,
  UserRecord,
  Users,
} from '../types.js';
import { segment } from './address.js';
import type { OctoPrintClient } from './client.js';
import { toDoorwardError, type Tried } from './failure.js';
import { toDetails, toRecords } from './records.js';
import type { OctoPrintUser, OctoPrintUsers } from './types.js';
import { needName } from './users-arguments.js';

const usersUrl = 'api/access/users';
const admins = 'admins';
const longestPage = 1000;

const unsupported = (message: string, field?: string): DoorwardError =>
  new DoorwardError('unsupported', message, field === undefined ? {} : { details: { field } });

/** Refuses what OctoPrint has no place for, so that nothing is lost in silence. */
function needFields(given: object, able: readonly string[], known: readonly string[]): void {
  for (const [field, value] of Object.entries(given)) {
    if (value === undefined || able.includes(field)) continue;
    if (known.includes(field)) throw unsupported(`OctoPrint keeps no \`${field}\` of a user`, field);
    throw new DoorwardError('unknownField', `there is no \`${field}\` of a user`, { details: { field } });
  }
}

const profile = ['displayName', 'email', 'country', 'reach', 'data', 'introReviewed'];
const memberships = ['admin', 'groups', 'scopes'];
const listFields = ['limit', 'after', 'search', 'order'];

function needObject(value: unknown, what: string): asserts value is object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return;
  throw new DoorwardError('invalidArgument', `${what} has to be an object`);
}

interface Wanted {
  admin?: boolean | undefined;
  groups?: readonly string[] | null | undefined;
  scopes?: readonly string[] | null | undefined;
}

/** The users functions of a session over OctoPrint's REST API (spec 2.6). `ConnectedUsers` of `connect` says what differs. */
export class RemoteUsers implements Users {
  readonly #client: OctoPrintClient;
  readonly #renew: (name: string, password: string) => Promise<void>;

  /** `renew`: called when a password was changed, which ends the sessions of its owner (spec 2.3). */
  constructor(client: OctoPrintClient, renew: (name: string, password: string) => Promise<void>) {
    this.#client = client;
    this.#renew = renew;
  }

  async list(options: ListOptions = {}): Promise<UserList> {
    needObject(options, 'the options of a list');
    const { limit, after, search, order } = options;
    for (const field of Object.keys(options)) {
      if (!listFields.includes(field)) {
        throw new DoorwardError('unknownField', `a list knows no option \`${field}\``, { details: { field } });
      }
    }
    if (order === 'id') throw unsupported('OctoPrint numbers no users', 'order');
    if (limit !== undefined && !(Number.isInteger(limit) && limit >= 1 && limit <= longestPage)) {
      const message = `\`limit\` has to be an integer from 1 to ${longestPage}`;
      throw new DoorwardError('invalidArgument', message, { details: { field: 'limit' } });
    }
    const all = (await this.#all()).filter(
      ({ name }) => name.startsWith(search ?? '') && (after === undefined || name > after),
    );
    const users = all.slice(0, limit);
    const last = users.at(-1);
    return users.length < all.length && last !== undefined ? { users, next: last.name } : { users };
  }

  get(name: string): Promise<UserDetails> {
    const url = this.#url(name);
    return this.#ask(() => this.#client.get<OctoPrintUser>(url)).then(toDetails);
  }

  add(user: NewUser & { password: string }): Promise<UserList> {
    if (!user?.name || !user.password) throw new InvalidArgumentError("Both user's name and password need to be set");
    const { active = true, admin = false, ...rest } = user;
    return this.#create({ ...rest, active: Boolean(active), admin: Boolean(admin) }).then(listOf);
  }

  update(
    name: string,
    active?: boolean,
    admin?: boolean,
    scopes?: readonly string[] | null,
    groups?: readonly string[] | null,
  ): Promise<UserList> {
    const url = this.#url(name);
    const flag = active === undefined ? undefined : Boolean(active);
    return this.#change(url, flag, { admin, scopes, groups }).then(listOf);
  }

  delete(name: string): Promise<UserList> {
    const url = this.#url(name);
    return this.#ask(() => this.#client.delete<OctoPrintUsers>(url)).then(({ users }) => listOf(users));
  }

  changePassword(name: string, password: string, current?: string): Promise<Record<string, never>> {
    if (!name || !password) throw new InvalidArgumentError('user name and new password must be set');
    const url = this.#url(name, 'password');
    const body = current ? { password, current } : { password };
    return this.#ask(() => this.#client.putJson(url, body), { withoutCurrent: !current })
      .then(() => this.#renew(name, password))
      .then(() => ({}));
  }

  generateApiKey(name: string): Promise<{ apikey: string }> {
    const url = this.#url(name, 'apikey');
    return this.#ask(() => this.#client.post<{ apikey: string }>(url));
  }

  resetApiKey(name: string): Promise<Record<string, never>> {
    const url = this.#url(name, 'apikey');
    return this.#ask(() => this.#client.delete(url)).then(() => ({}));
  }

  getSettings(name: string): Promise<JsonObject> {
    const url = this.#url(name, 'settings');
    return this.#ask(() => this.#client.get<JsonObject>(url));
  }

  saveSettings(name: string, settings?: JsonObject): Promise<Record<string, never>> {
    const url = this.#url(name, 'settings');
    return this.#ask(() => this.#client.patchJson(url, settings ?? {})).then(() => ({}));
  }

  async create(user: NewUser): Promise<UserDetails> {
    needObject(user, 'a user');
    return detailsOf(user.name, await this.#create(user));
  }

  async edit(name: string, changes: UserChanges): Promise<UserDetails> {
    const url = this.#url(name);
    needObject(changes, 'the changes of a user');
    needFields(changes, ['status', ...memberships], ['name', ...profile]);
    const { status } = changes;
    if (status === 'locked') throw unsupported('OctoPrint does not tell locked accounts from disabled ones', 'status');
    const active = status === undefined ? undefined : status === 'active';
    return detailsOf(name, await this.#change(url, active, changes));
  }

  async remove(name: string): Promise<void> {
    await this.delete(name);
  }

  clearPassword(name: string): Promise<void> {
    needName(name);
    return Promise.reject(unsupported('OctoPrint has no request that takes a password away'));
  }

  rights(name: string): Promise<Rights> {
    needName(name);
    return Promise.reject(
      unsupported('OctoPrint does not tell where a right comes from; `needs` of a record has them'),
    );
  }

  #url(name: string, ...rest: string[]): string {
    needName(name);
    return [usersUrl, segment(name), ...rest].join('/');
  }

  /** A request, its failure as one of ours. */
  async #ask<T>(request: () => PromiseLike<T>, tried: Tried = {}): Promise<T> {
    try {
      return await request();
    } catch (error) {
      throw toDoorwardError(error, { ...tried, key: Boolean(this.#client.options.apikey) });
    }
  }

  async #all(): Promise<UserRecord[]> {
    const { users } = await this.#ask(() => this.#client.access.users.list());
    return toRecords(users);
  }

  async #create(user: NewUser): Promise<OctoPrintUser[]> {
    needFields(user, ['name', 'password', 'active', 'permissions', ...memberships], ['settings', ...profile]);
    const { name, password, active = true, admin } = user;
    if (password === undefined || password === null) {
      throw unsupported('OctoPrint makes no account without a password', 'password');
    }
    const scopes = user.scopes ?? user.permissions;
    const standing = await this.#standing({ admin: admin === true || undefined, groups: user.groups, scopes }, () =>
      this.#defaultGroups(),
    );
    const body = { name, password, active, ...standing };
    const { users } = await this.#ask(() => this.#client.postJson<OctoPrintUsers>(usersUrl, body));
    return users;
  }

  async #change(url: string, active: boolean | undefined, wanted: Wanted): Promise<OctoPrintUser[]> {
    const standing = await this.#standing(wanted, async () => {
      const { groups = [] } = await this.#ask(() => this.#client.get<OctoPrintUser>(url));
      return groups;
    });
    const body = { ...(active !== undefined && { active }), ...standing };
    const { users } = await this.#ask(() => this.#client.putJson<OctoPrintUsers>(url, body));
    return users;
  }

  /** The lists to send: what is not to change is left out (spec 3.2, 3.3), and the flag is the group `admins`. */
  async #standing(
    { admin, groups, scopes }: Wanted,
    present: () => Promise<readonly string[]>,
  ): Promise<{ groups?: readonly string[]; permissions?: readonly string[] }> {
    // OctoPrint drops what it does not know without a word (spec 3.2).
    if (groups?.length) await this.#need('unknownGroup', groups, await this.#groups());
    if (scopes?.length) await this.#need('unknownScope', scopes, await this.#permissions());
    let members = groups ?? undefined;
    if (admin !== undefined && admin !== null) {
      const before = members ?? (await present());
      if (before.includes(admins) !== Boolean(admin)) {
        members = admin ? [...before, admins] : before.filter((key) => key !== admins);
      }
    }
    return { ...(members !== undefined && { groups: members }), ...(scopes && { permissions: scopes }) };
  }

  async #need(code: 'unknownGroup' | 'unknownScope', keys: readonly string[], known: { key: string }[]): Promise<void> {
    const unknown = keys.find((wanted) => !known.some(({ key }) => key === wanted));
    if (unknown !== undefined) throw new DoorwardError(code, `OctoPrint does not know \`${unknown}\``);
  }

  async #groups() {
    return (await this.#ask(() => this.#client.access.groups.list())).groups;
  }

  async #permissions() {
    return (await this.#ask(() => this.#client.access.permissions.list())).permissions;
  }

  async #defaultGroups(): Promise<string[]> {
    return (await this.#groups()).filter((group) => group.default).map(({ key }) => key);
  }
}

const listOf = (users: readonly OctoPrintUser[]): UserList => ({ users: toRecords(users) });

function detailsOf(name: string, users: readonly OctoPrintUser[]): UserDetails {
  const found = users.find((user) => user.name === name);
  if (found === undefined) throw new DoorwardError('notFound', 'the user is gone already');
  return toDetails(found);
}
