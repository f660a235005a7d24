import { DoorwardError } from '../errors.js';
import type { Transport } from './transport.js';
import type {
  DeviceType,
  InsertedUser,
  Network,
  NewUser,
  User,
  UserChanges,
  UserFilter,
  UserQuery,
  UserWithNetworks,
} from './types.js';

/** An id as part of a path: anything else would ask for something else. */
function part(id: number): string {
  if (Number.isSafeInteger(id) && id >= 0) return String(id);
  throw new DoorwardError('invalidId', 'an id is an integer from 0');
}

/** What is given of a query, after a question mark. */
function queryOf(query: object): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text === '' ? '' : `?${text}`;
}

/**
 * The `/user` resource: the sixteen methods of its reference page, by their names (section 2.1), and `getDeviceType`.
 *
 * They fail with `DoorwardError`; `details.status` is the status of the reply. `denied`: the token lacks the action, or the
 * change is an administrator's. `notFound`, `alreadyExists`, `invalidArgument`, `expiredToken`, `unknownToken`,
 * `accountDisabled`, `offline`.
 */
export class UserClient {
  readonly #transport: Transport;

  /** @internal */
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Users, by ascending id unless sorted otherwise. */
  list(query: UserQuery = {}): Promise<User[]> {
    return this.#transport.call('GET', `/user${queryOf(query)}`);
  }

  /** How many users there are that fit. */
  async count(filter: UserFilter = {}): Promise<number> {
    const { count } = await this.#transport.call<{ count: number }>('GET', `/user/count${queryOf(filter)}`);
    return count;
  }

  async get(id: number): Promise<UserWithNetworks> {
    return this.#transport.call('GET', `/user/${part(id)}`);
  }

  /** Makes a user; only what the server says of him comes back. */
  insert(user: NewUser): Promise<InsertedUser> {
    return this.#transport.call('POST', '/user', user);
  }

  /** Beware: without `data`, the user's data become null. */
  async update(id: number, changes: UserChanges): Promise<void> {
    await this.#transport.call('PUT', `/user/${part(id)}`, changes);
  }

  /** `ownAccount`: not the user of the token. */
  async delete(id: number): Promise<void> {
    await this.#transport.call('DELETE', `/user/${part(id)}`);
  }

  /** The user of the token. */
  getCurrent(): Promise<UserWithNetworks> {
    return this.#transport.call('GET', '/user/current');
  }

  /**
   * Beware: without `data`, the user's data become null. A client gives `oldPassword` with a new `password`:
   * `currentPasswordRequired`, `currentPasswordWrong`.
   */
  async updateCurrent(changes: UserChanges): Promise<void> {
    await this.#transport.call('PUT', '/user/current', changes);
  }

  /** `notFound`, where the user is not associated with it. */
  async getNetwork(id: number, networkId: number): Promise<Network> {
    const { network } = await this.#transport.call<{ network: Network }>('GET', networkPath(id, networkId));
    return network;
  }

  async assignNetwork(id: number, networkId: number): Promise<void> {
    await this.#transport.call('PUT', networkPath(id, networkId), {});
  }

  async unassignNetwork(id: number, networkId: number): Promise<void> {
    await this.#transport.call('DELETE', networkPath(id, networkId));
  }

  /** The device types a user may use: all of them, where `allDeviceTypesAvailable` says so. */
  async getDeviceTypes(id: number): Promise<DeviceType[]> {
    return this.#transport.call('GET', `/user/${part(id)}/devicetype`);
  }

  /** An extension of the server's: one of them. */
  async getDeviceType(id: number, deviceTypeId: number): Promise<DeviceType> {
    const path = deviceTypePath(id, deviceTypeId);
    const { deviceType } = await this.#transport.call<{ deviceType: DeviceType }>('GET', path);
    return deviceType;
  }

  /** `denied`, while the user may use all. */
  async assignDeviceType(id: number, deviceTypeId: number): Promise<void> {
    await this.#transport.call('PUT', deviceTypePath(id, deviceTypeId), {});
  }

  /** `denied`, while the user may use all. */
  async unassignDeviceType(id: number, deviceTypeId: number): Promise<void> {
    await this.#transport.call('DELETE', deviceTypePath(id, deviceTypeId));
  }

  /** All device types from now on; those assigned one by one are forgotten. */
  async allowAllDeviceTypes(id: number): Promise<void> {
    await this.#transport.call('PUT', `/user/${part(id)}/devicetype/all`, {});
  }

  /** Only those assigned one by one. */
  async disallowAllDeviceTypes(id: number): Promise<void> {
    await this.#transport.call('DELETE', `/user/${part(id)}/devicetype/all`);
  }
}

const networkPath = (id: number, networkId: number): string => `/user/${part(id)}/network/${part(networkId)}`;
const deviceTypePath = (id: number, deviceTypeId: number): string =>
  `/user/${part(id)}/devicetype/${part(deviceTypeId)}`;
