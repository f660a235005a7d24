import { InvalidArgumentError } from '../errors.js';
import { segment } from './address.js';
import type { Call } from './call.js';
import type { OctoPrintClient } from './client.js';
import type {
  OctoPrintGroup,
  OctoPrintGroupInput,
  OctoPrintGroups,
  OctoPrintPermission,
  RequestOptions,
} from './types.js';
import { UsersClient } from './users.js';

/** Users, groups and permissions: `/api/access` (spec 1.5, 1.6). Absent in OctoPrint 1.3. */
export class AccessClient {
  readonly permissions: AccessPermissionsClient;
  readonly groups: AccessGroupsClient;
  readonly users: UsersClient;

  constructor(base: OctoPrintClient) {
    this.permissions = new AccessPermissionsClient(base);
    this.groups = new AccessGroupsClient(base);
    this.users = new UsersClient(() => ({ base, generation: base.options.generation === 'N' ? 'N' : 'C' }));
  }
}

/** Permissions there are (spec 1.6). */
export class AccessPermissionsClient {
  readonly #base: OctoPrintClient;

  constructor(base: OctoPrintClient) {
    this.#base = base;
  }

  /** For everyone, guests too (spec 2.7). */
  list(opts?: RequestOptions): Call<{ permissions: OctoPrintPermission[] }> {
    return this.#base.get('api/access/permissions', opts);
  }
}

const groupsUrl = 'api/access/groups';

function groupUrl(key: unknown): string {
  needKey(key);
  return `${groupsUrl}/${segment(key)}`;
}

function needKey(key: unknown): void {
  if (!key) throw new InvalidArgumentError('group key must be set');
}

/** Groups: for administrators (spec 1.6, 2.7). All throw `InvalidArgumentError` where the key is missing. */
export class AccessGroupsClient {
  readonly #base: OctoPrintClient;

  constructor(base: OctoPrintClient) {
    this.#base = base;
  }

  list(opts?: RequestOptions): Call<OctoPrintGroups> {
    return this.#base.get(groupsUrl, opts);
  }

  get(key: string, opts?: RequestOptions): Call<OctoPrintGroup> {
    return this.#base.get(groupUrl(key), opts);
  }

  /**
   * What is missing goes as null, which OctoPrint does not take for `subgroups`.
   * @throws InvalidArgumentError also where the name is missing
   */
  add(group: OctoPrintGroupInput & { name: string }, opts?: RequestOptions): Call<OctoPrintGroups> {
    const { key, name, description, permissions, subgroups, default: isDefault } = group;
    needKey(key);
    if (!name) throw new InvalidArgumentError('group name must be set');
    const body = { key, name, description, permissions, subgroups, default: isDefault };
    return this.#base.postJson(groupsUrl, body, opts);
  }

  /** Without `description` and `default` they are cleared; `permissions` and `subgroups` stay as they are. The name is not sent. */
  update(group: OctoPrintGroupInput, opts?: RequestOptions): Call<OctoPrintGroups> {
    const url = groupUrl(group.key);
    const { permissions, subgroups, default: isDefault } = group;
    const description = Object.hasOwn(group, 'description') ? group.description : '';
    return this.#base.putJson(url, { description, permissions, subgroups, default: isDefault }, opts);
  }

  delete(key: string, opts?: RequestOptions): Call<OctoPrintGroups> {
    return this.#base.delete(groupUrl(key), opts);
  }
}
