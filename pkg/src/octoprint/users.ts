import { InvalidArgumentError } from '../errors.js';
import { segment } from './address.js';
import type { Call } from './call.js';
import type { OctoPrintClient } from './client.js';
import type { Generation, OctoPrintNewUser, OctoPrintUser, OctoPrintUsers, RequestOptions } from './types.js';
import { addBody, needName, passwordArguments, updateArguments } from './users-arguments.js';

/** Whom the functions ask, and as which of OctoPrint's clients; looked at in every call. */
export interface UsersTarget {
  base: OctoPrintClient;
  generation: Generation;
}

type Nothing = Record<string, never>;

/**
 * Users (spec 1.5): `access.users`, and `users`, its old name, which in generation L is on `/api/users`. The original's
 * warning that the old name is old is left out. All but `list` throw `InvalidArgumentError` where the name is missing.
 */
export class UsersClient {
  readonly #target: () => UsersTarget;

  /** @internal */
  constructor(target: () => UsersTarget) {
    this.#target = target;
  }

  list(opts?: RequestOptions): Call<OctoPrintUsers> {
    return this.#base.get(this.#url(), opts);
  }

  get(name: string, opts?: RequestOptions): Call<OctoPrintUser> {
    return this.#base.get(this.#userUrl(name), opts);
  }

  /**
   * Gives all users. Without `groups` the user gets none; N does not send `admin`, L nothing but the name, the password and the two flags.
   * @throws InvalidArgumentError also where the password is missing
   */
  add(user: OctoPrintNewUser, opts?: RequestOptions): Call<OctoPrintUsers> {
    return this.#base.postJson(this.#url(), addBody(this.#target().generation, user), opts);
  }

  /** Generation C: what is missing of `permissions` and `groups` goes as null, which is unchanged for Doorward. L sends the flags alone: without `admin` it demotes. Gives all users. */
  update(name: string, active?: boolean, admin?: boolean, opts?: RequestOptions): Call<OctoPrintUsers>;
  update(
    name: string,
    active?: boolean,
    admin?: boolean,
    permissions?: readonly string[] | null,
    groups?: readonly string[] | null,
    opts?: RequestOptions,
  ): Call<OctoPrintUsers>;
  /** Generation N. A flag as third argument is dropped. */
  update(
    name: string,
    active: boolean,
    permissions?: readonly string[] | null,
    groups?: readonly string[] | null,
    opts?: RequestOptions,
  ): Call<OctoPrintUsers>;
  update(name: string, active?: boolean, ...rest: unknown[]): Call<OctoPrintUsers> {
    const url = this.#userUrl(name);
    const { body, opts } = updateArguments(this.#target().generation, active, rest);
    return this.#base.putJson(url, body, opts);
  }

  /** Gives all users. */
  delete(name: string, opts?: RequestOptions): Call<OctoPrintUsers> {
    return this.#base.delete(this.#userUrl(name), opts);
  }

  /**
   * `current`: the password so far, for the own account; L does not know it. An object in its place is `opts`.
   * @throws InvalidArgumentError also where the password is missing
   */
  changePassword(name: string, password: string, opts?: RequestOptions): Call<Nothing>;
  changePassword(name: string, password: string, current?: string | null, opts?: RequestOptions): Call<Nothing>;
  changePassword(
    name: string,
    password: string,
    current?: string | RequestOptions | null,
    opts?: RequestOptions,
  ): Call<Nothing> {
    const { generation } = this.#target();
    if (!name || !password) {
      throw new InvalidArgumentError(`user name and ${generation === 'L' ? '' : 'new '}password must be set`);
    }
    const given = passwordArguments(generation, password, current, opts);
    return this.#base.putJson(this.#userUrl(name, 'password'), given.body, given.opts);
  }

  /** The new key; the one before is dead. Sends no body. */
  generateApiKey(name: string, opts?: RequestOptions): Call<{ apikey: string }> {
    return this.#base.post(this.#userUrl(name, 'apikey'), undefined, opts);
  }

  resetApiKey(name: string, opts?: RequestOptions): Call<Nothing> {
    return this.#base.delete(this.#userUrl(name, 'apikey'), opts);
  }

  getSettings(name: string, opts?: RequestOptions): Call<Record<string, unknown>> {
    return this.#base.get(this.#userUrl(name, 'settings'), opts);
  }

  /** Replaces top-level keys; others stay. */
  saveSettings(name: string, settings?: object | null, opts?: RequestOptions): Call<Nothing> {
    return this.#base.patchJson(this.#userUrl(name, 'settings'), settings || {}, opts);
  }

  get #base(): OctoPrintClient {
    return this.#target().base;
  }

  #url(): string {
    return this.#target().generation === 'L' ? 'api/users' : 'api/access/users';
  }

  #userUrl(name: unknown, ...rest: string[]): string {
    needName(name);
    return [this.#url(), segment(name), ...rest].join('/');
  }
}
