import { DoorwardError } from '../errors.js';
import type {
  Audit,
  Decision,
  Groups,
  Links,
  Me,
  ResourceRef,
  Resources,
  Session,
  Tokens,
  UserList,
  Users,
} from '../types.js';
import type { SessionHandle } from './border.js';
import { unpackUsers } from './columns.js';
import { liftError } from './failure.js';
import { needObject, toJson } from './json.js';
import { AuditOf, GroupsOf, LinksOf, ResourcesOf, TokensOf, UsersOf, type Caller } from './namespaces.js';

/** What a session needs of its door. */
export interface SessionDoor {
  /** Scope name to number. */
  readonly scopeNumbers: ReadonlyMap<string, number>;
  readonly now: () => number;
  /** Grows whenever rights may have changed. */
  readonly generation: number;
  /** Counts a call, so that closing waits for it; throws once the door is closed. */
  run<T>(work: () => Promise<T>): Promise<T>;
  forget(session: DoorSession): void;
}

/** What the core has answered: nothing yet, yes, no. */
const unasked = 0;
const yes = 1;
const no = 2;

/** Of a session that has not been asked yet: most live for one request. */
const noAnswers = new Uint8Array();

/** Where a filter collects what it keeps: to make one for each took as long as the filter. */
let scratch = new Uint32Array(1024);

/** The longest delay a timer takes. */
const longestTimer = 2 ** 31 - 1;

/** A session over the core. The namespaces are made when first asked for: a server makes a session a request. */
export class DoorSession implements Session, Caller {
  readonly token: string | null;
  readonly #door: SessionDoor;
  readonly #handle: SessionHandle;
  #handles: Map<string, Map<string, number>> | undefined;
  #me: { epoch: number; me: Me } | undefined;
  #closed = false;
  #expired = false;
  #generation = -1;
  #interned = 0;
  #scopeAnswers = noAnswers;
  #reachAnswers = noAnswers;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #users: Users | undefined;
  #tokens: Tokens | undefined;
  #groups: Groups | undefined;
  #resources: Resources | undefined;
  #links: Links | undefined;
  #audit: Audit | undefined;

  constructor(door: SessionDoor, handle: SessionHandle, fresh: boolean) {
    this.#door = door;
    this.#handle = handle;
    this.token = fresh ? (handle.takeToken() ?? null) : null;
  }

  get users(): Users {
    return (this.#users ??= new UsersOf(this));
  }

  get tokens(): Tokens {
    return (this.#tokens ??= new TokensOf(this));
  }

  get groups(): Groups {
    return (this.#groups ??= new GroupsOf(this));
  }

  get resources(): Resources {
    return (this.#resources ??= new ResourcesOf(this));
  }

  get links(): Links {
    return (this.#links ??= new LinksOf(this));
  }

  get audit(): Audit {
    return (this.#audit ??= new AuditOf(this));
  }

  get me(): Me {
    this.#needOpen();
    const epoch = this.#handle.epoch();
    if (this.#me?.epoch !== epoch) {
      try {
        this.#me = { epoch, me: JSON.parse(this.#handle.me()) as Me };
      } catch (error) {
        throw liftError(error);
      }
    }
    return structuredClone(this.#me.me);
  }

  can(scope: string, resource?: ResourceRef | number): boolean {
    const number = this.#held(scope);
    if (number === undefined) return false;
    if (resource === undefined) return true;
    if (typeof resource === 'number') {
      return (
        Number.isInteger(resource) && resource >= 0 && resource < this.#interned && this.#reaches(number, resource)
      );
    }
    const handle = this.#handleOf(resource.kind, resource.id);
    return handle === undefined ? this.explain(scope, resource).allowed : this.#reaches(number, handle);
  }

  explain(scope: string, resource?: ResourceRef): Decision {
    if (this.#closed) return { allowed: false, by: 'session-closed', reason: 'the session is closed' };
    if (this.#expired) return { allowed: false, by: 'token-expiry', reason: 'the token has expired' };
    try {
      const id = resource && String(resource.id);
      return JSON.parse(this.#handle.explain(String(scope), resource && String(resource.kind), id)) as Decision;
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
    const number = this.#held(scope);
    if (number === undefined) return new Uint32Array();
    return this.#kept(kindOrHandles) ?? this.#asked(number, kindOrHandles);
  }

  intern(kind: string, ids: readonly (string | number)[]): Uint32Array {
    this.#needOpen();
    const handles = new Uint32Array(ids.length);
    ids.forEach((id, at) => {
      const handle = this.#handleOf(kind, id);
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
    clearTimeout(this.#timer);
    this.#door.forget(this);
    this.#handle.free();
  }

  call<T>(op: string, args: object): Promise<T> {
    return this.#run(async () => {
      needObject(args, 'the argument');
      return JSON.parse(await this.#handle.call(op, toJson(args))) as T;
    });
  }

  listUsers(args: object): Promise<UserList> {
    return this.#run(async () => unpackUsers(...(await this.#handle.listUsers(toJson(args)))));
  }

  async #run<T>(work: () => Promise<T>): Promise<T> {
    this.#needOpen();
    try {
      return await this.#door.run(work);
    } catch (error) {
      throw liftError(error);
    } finally {
      // The call has read the rights anew.
      this.#generation = -1;
    }
  }

  #needOpen(): void {
    if (this.#closed) throw new DoorwardError('storeClosed', 'the session is closed');
  }

  /** The scope's number if the session holds it. The core is asked once a scope, until rights may have changed. */
  #held(scope: string): number | undefined {
    if (this.#closed || this.#expired) return undefined;
    if (this.#timer === undefined) this.#watchExpiry();
    const number = this.#door.scopeNumbers.get(scope);
    if (number === undefined) return undefined;
    if (this.#generation !== this.#door.generation) this.#forgetAnswers();
    let answer = this.#scopeAnswers[number];
    if (answer === unasked) {
      answer = this.#handle.can(number, -1) ? yes : no;
      this.#scopeAnswers[number] = answer;
    }
    return answer === yes ? number : undefined;
  }

  /** Is the resource within reach? `scope` is one that is held. */
  #reaches(scope: number, handle: number): boolean {
    let answer = this.#reachAnswers[handle];
    if (answer === yes) return true;
    if (answer === undefined) {
      const wider = new Uint8Array(Math.max(64, 2 * this.#interned));
      wider.set(this.#reachAnswers);
      this.#reachAnswers = wider;
      answer = unasked;
    }
    if (answer === unasked) {
      answer = this.#handle.can(scope, handle) ? yes : no;
      this.#reachAnswers[handle] = answer;
    }
    return answer === yes;
  }

  /** Those within reach; undefined where one of them has not been answered yet. */
  #kept(handles: Uint32Array): Uint32Array | undefined {
    const answers = this.#reachAnswers;
    if (scratch.length < handles.length) scratch = new Uint32Array(handles.length);
    const kept = scratch;
    let count = 0;
    let unknown = 0;
    // Every handle is written, and the next one goes over it unless it is kept: no branch to mispredict.
    for (let at = 0; at < handles.length; at++) {
      const handle = handles[at] as number;
      const answer = (answers[handle] as number) | 0;
      kept[count] = handle;
      count += answer & yes;
      unknown |= answer - 1;
    }
    // Negative once one was `unasked`, or beyond what there is.
    return unknown < 0 ? undefined : kept.slice(0, count);
  }

  /** Likewise, once the core has been asked about each. Numbers that are no handles are within nobody's reach. */
  #asked(scope: number, handles: Uint32Array): Uint32Array {
    return handles.filter((handle) => handle < this.#interned && this.#reaches(scope, handle));
  }

  #forgetAnswers(): void {
    this.#generation = this.#door.generation;
    this.#scopeAnswers = new Uint8Array(this.#door.scopeNumbers.size);
    this.#reachAnswers.fill(unasked);
  }

  /** Undefined once the session knows as many resources as it can. */
  #handleOf(kind: string, id: string | number): number | undefined {
    const handles = (this.#handles ??= new Map());
    let known = handles.get(kind);
    if (known === undefined) handles.set(kind, (known = new Map()));
    const name = typeof id === 'string' ? id : String(id);
    let handle = known.get(name);
    if (handle === undefined) {
      try {
        handle = this.#handle.intern(kind, name);
      } catch (error) {
        const lifted = liftError(error);
        if (lifted.code === 'limitExceeded') return undefined;
        throw lifted;
      }
      known.set(name, handle);
      this.#interned = Math.max(this.#interned, handle + 1);
    }
    return handle;
  }

  /** The core hears of the time only when it is called; what is answered here has to know of the expiry by itself. */
  #watchExpiry(): void {
    if (this.#timer !== undefined) return;
    const expires = this.#handle.expires();
    const left = expires - this.#door.now();
    if (left <= 0) {
      this.#expired = true;
    }
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        if (!this.#closed) this.#watchExpiry();
      },
      Math.min(Math.max(left, 1), longestTimer),
    );
    if (typeof this.#timer === 'object') this.#timer.unref();
  }
}
