import { DoorwardError } from '../errors.js';
import type {
  Audit,
  Decision,
  Groups,
  Links,
  Me,
  ResourceRef,
  Resources,
  SecondFactor,
  Session,
  Tokens,
  UserList,
  Users,
} from '../types.js';
import { unpackUsers } from './columns.js';
import type { Credential } from './credential.js';
import { liftError } from './failure.js';
import { needObject, toJson } from './json.js';
import {
  AuditOf,
  GroupsOf,
  LinksOf,
  ResourcesOf,
  SecondFactorOf,
  TokensOf,
  UsersOf,
  type Caller,
} from './namespaces.js';

/** What a session needs of its door. */
export interface SessionDoor {
  /** Counts a call, so that closing waits for it; throws once the door is closed. */
  run<T>(work: () => Promise<T>): Promise<T>;
}

/** The namespaces, made when first asked for. */
interface Namespaces {
  users?: Users;
  tokens?: Tokens;
  groups?: Groups;
  resources?: Resources;
  links?: Links;
  audit?: Audit;
  secondFactor?: SecondFactor;
}

/**
 * A session over the core: somebody's use of a credential. A server makes one a request, so there is little in it, and no
 * private method, for which V8 would have to mark each.
 */
export class DoorSession implements Session, Caller {
  readonly token: string | null;
  readonly #door: SessionDoor;
  readonly #credential: Credential;
  #closed = false;
  #namespaces: Namespaces | undefined;

  constructor(door: SessionDoor, credential: Credential, token: string | null) {
    this.#door = door;
    this.#credential = credential;
    this.token = token;
    credential.use();
  }

  get users(): Users {
    return ((this.#namespaces ??= {}).users ??= new UsersOf(this));
  }

  get tokens(): Tokens {
    return ((this.#namespaces ??= {}).tokens ??= new TokensOf(this));
  }

  get groups(): Groups {
    return ((this.#namespaces ??= {}).groups ??= new GroupsOf(this));
  }

  get resources(): Resources {
    return ((this.#namespaces ??= {}).resources ??= new ResourcesOf(this));
  }

  get links(): Links {
    return ((this.#namespaces ??= {}).links ??= new LinksOf(this));
  }

  get audit(): Audit {
    return ((this.#namespaces ??= {}).audit ??= new AuditOf(this));
  }

  get secondFactor(): SecondFactor {
    return ((this.#namespaces ??= {}).secondFactor ??= new SecondFactorOf(this));
  }

  get me(): Me {
    needOpen(this.#credential, this.#closed);
    return this.#credential.me();
  }

  can(scope: string, resource?: ResourceRef | number): boolean {
    const credential = this.#credential;
    if (this.#closed || !credential.holds(scope)) return false;
    if (resource === undefined) return true;
    if (typeof resource === 'number') return credential.reaches(scope, resource);
    return credential.reachesNamed(scope, resource.kind, resource.id) ?? this.explain(scope, resource).allowed;
  }

  explain(scope: string, resource?: ResourceRef): Decision {
    if (isOver(this.#credential, this.#closed))
      return { allowed: false, by: 'session-closed', reason: 'the session is closed' };
    if (this.#credential.expired) return { allowed: false, by: 'token-expiry', reason: 'the token has expired' };
    try {
      const id = resource && String(resource.id);
      const { handle } = this.#credential;
      return JSON.parse(handle.explain(String(scope), resource && String(resource.kind), id)) as Decision;
    } catch (error) {
      throw liftError(error);
    }
  }

  filter<T extends string | number>(scope: string, kind: string, ids: readonly T[]): T[];
  filter(scope: string, handles: Uint32Array): Uint32Array;
  filter<T extends string | number>(
    scope: string,
    kindOrHandles: string | Uint32Array,
    ids: readonly T[] = [],
  ): T[] | Uint32Array {
    if (typeof kindOrHandles === 'string') {
      return ids.filter((id) => this.can(scope, { kind: kindOrHandles, id }));
    }
    if (!this.can(scope)) return new Uint32Array();
    return this.#credential.filter(scope, kindOrHandles);
  }

  intern(kind: string, ids: readonly (string | number)[]): Uint32Array {
    needOpen(this.#credential, this.#closed);
    const handles = new Uint32Array(ids.length);
    ids.forEach((id, at) => {
      const handle = this.#credential.handleOf(kind, id);
      if (handle === undefined)
        throw new DoorwardError('limitExceeded', 'a session knows too many resources by handle');
      handles[at] = handle;
    });
    return handles;
  }

  refresh(): Promise<Me> {
    return this.call('session.refresh', {});
  }

  async logOut(): Promise<void> {
    await this.call('session.logOut', {});
    this.close();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#credential.release();
  }

  call<T>(op: string, args: object): Promise<T> {
    return run(this.#door, this.#credential, this.#closed, async () => {
      needObject(args, 'the argument');
      return JSON.parse(await this.#credential.handle.call(op, toJson(args))) as T;
    });
  }

  listUsers(args: object): Promise<UserList> {
    return run(this.#door, this.#credential, this.#closed, async () =>
      unpackUsers(...(await this.#credential.handle.listUsers(toJson(args)))),
    );
  }
}

async function run<T>(door: SessionDoor, credential: Credential, closed: boolean, work: () => Promise<T>): Promise<T> {
  needOpen(credential, closed);
  try {
    return await door.run(work);
  } catch (error) {
    throw liftError(error);
  } finally {
    // The call has read the rights anew.
    credential.forget();
  }
}

/** Closed by itself, or with its door. */
function isOver(credential: Credential, closed: boolean): boolean {
  return closed || credential.freed;
}

function needOpen(credential: Credential, closed: boolean): void {
  if (isOver(credential, closed)) throw new DoorwardError('storeClosed', 'the session is closed');
}
