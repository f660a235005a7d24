import type { Me } from '../types.js';
import type { SessionHandle } from './border.js';
import { liftError } from './failure.js';

/** What a credential needs of its door. */
export interface CredentialDoor {
  /** Scope name to number. */
  readonly scopeNumbers: ReadonlyMap<string, number>;
  readonly now: () => number;
  forget(credential: Credential): void;
}

/** What the core has answered: nothing yet, yes, no. */
const unasked = 0;
const yes = 1;
const no = 2;

/** Of a credential that has not been asked yet: most live for one request. */
const noAnswers = new Uint8Array();

/** Resources whose answers are kept by name as well; of all others by handle. */
const maxAnswered = 8192;
/** Resources that a credential may know by handle, and still be kept for others. */
const maxSharedHandles = 1024;

/** Where a filter collects what it keeps: to make one for each took as long as the filter. */
let scratch = new Uint32Array(1024);

/** The longest delay a timer takes. */
const longestTimer = 2 ** 31 - 1;

/** Without a prototype, whose names nobody has asked for. */
function noNames(): Record<string, boolean> {
  return Object.create(null) as Record<string, boolean>;
}

/**
 * What the sessions of one credential have in common: the core's handle, and its answers. The core is asked once, until
 * rights may have changed: then `forget` is called. It lives while a session uses it or the door keeps it for the next.
 */
export class Credential {
  readonly handle: SessionHandle;
  /**
   * By name what the core has said since the last `forget`: nothing where it has ended, so that one look-up is enough. An
   * object, which engines look up in quicker than in a Map.
   */
  #scopes = noNames();
  readonly #door: CredentialDoor;
  #reach = noAnswers;
  /** By kind and id as they were asked. */
  readonly #answered = new Map<string, Map<string | number, boolean>>();
  #answeredCount = 0;
  #handles: Map<string, Map<string, number>> | undefined;
  #interned = 0;
  #stale = true;
  #me: { epoch: number; me: Me } | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #expired = false;
  #freed = false;
  #kept = false;
  #uses = 0;

  constructor(door: CredentialDoor, handle: SessionHandle) {
    this.#door = door;
    this.handle = handle;
  }

  get freed(): boolean {
    return this.#freed;
  }

  get expired(): boolean {
    return this.#expired;
  }

  /** Takes it up once more; false where the core has to be asked by the token. */
  again(): boolean {
    return this.shareable && this.handle.again();
  }

  /** Whether new sessions may have it: it is there, and knows few enough resources to be kept for others. */
  get shareable(): boolean {
    return !this.#freed && !this.#expired && this.#interned <= maxSharedHandles;
  }

  use(): void {
    this.#uses += 1;
  }

  release(): void {
    this.#uses -= 1;
    if (this.#uses === 0 && !(this.#kept && this.shareable)) this.free();
  }

  keep(): void {
    this.#kept = true;
  }

  unkeep(): void {
    this.#kept = false;
    if (this.#uses === 0) this.free();
  }

  free(): void {
    if (this.#freed) return;
    this.#freed = true;
    this.forget();
    clearTimeout(this.#timer);
    this.#door.forget(this);
    this.handle.free();
  }

  /** Rights may have changed. */
  forget(): void {
    if (this.#stale) return;
    this.#scopes = noNames();
    this.#stale = true;
  }

  me(): Me {
    const epoch = this.handle.epoch();
    if (this.#me?.epoch !== epoch) {
      try {
        this.#me = { epoch, me: JSON.parse(this.handle.me()) as Me };
      } catch (error) {
        throw liftError(error);
      }
    }
    return structuredClone(this.#me.me);
  }

  /** Is the scope held? */
  holds(scope: string): boolean {
    // What is no text would be made one, and then be a name.
    return typeof scope === 'string' && (this.#scopes[scope] ?? this.#ask(scope));
  }

  /** Is the resource of this handle within reach? `scope` is one that is held. */
  reaches(scope: string, handle: number): boolean {
    return this.#reach[handle] === yes || this.#askReach(scope, handle);
  }

  /** Likewise, by name; undefined where it has no handle, since there are too many. */
  reachesNamed(scope: string, kind: string, id: string | number): boolean | undefined {
    return this.#answered.get(kind)?.get(id) ?? this.#askNamed(scope, kind, id);
  }

  /** Those within reach. `scope` is one that is held. */
  filter(scope: string, handles: Uint32Array): Uint32Array {
    // First: a loop that has once read beyond the answers takes nearly twice as long ever after.
    this.#makeRoom();
    // Numbers that are no handles are within nobody's reach.
    return this.#keptOf(handles) ?? handles.filter((handle) => this.reaches(scope, handle));
  }

  /** Undefined once as many resources are known as can be. */
  handleOf(kind: string, id: string | number): number | undefined {
    const handles = (this.#handles ??= new Map());
    let known = handles.get(kind);
    if (known === undefined) handles.set(kind, (known = new Map()));
    const name = typeof id === 'string' ? id : String(id);
    let handle = known.get(name);
    if (handle === undefined) {
      try {
        handle = this.handle.intern(kind, name);
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

  /** The first question after a change: nothing that was answered before it holds. */
  #renew(): void {
    this.#stale = false;
    this.#reach.fill(unasked);
    this.#answered.clear();
    this.#answeredCount = 0;
  }

  #ask(scope: string): boolean {
    if (this.#freed || this.#expired) return false;
    if (this.#timer === undefined) this.#watchExpiry();
    if (this.#expired) return false;
    const number = this.#door.scopeNumbers.get(scope);
    if (number === undefined) return false;
    if (this.#stale) this.#renew();
    const held = this.handle.can(number, -1);
    this.#scopes[scope] = held;
    return held;
  }

  #askReach(scope: string, handle: number): boolean {
    if (!Number.isInteger(handle) || handle < 0 || handle >= this.#interned) return false;
    this.#makeRoom();
    let answer = this.#reach[handle] as number;
    if (answer === unasked) {
      answer = this.handle.can(this.#door.scopeNumbers.get(scope) ?? -1, handle) ? yes : no;
      this.#reach[handle] = answer;
    }
    return answer === yes;
  }

  /** A place for the answer of each handle there is. */
  #makeRoom(): void {
    if (this.#reach.length >= this.#interned) return;
    const wider = new Uint8Array(Math.max(64, 2 * this.#interned));
    wider.set(this.#reach);
    this.#reach = wider;
  }

  #askNamed(scope: string, kind: string, id: string | number): boolean | undefined {
    const handle = this.handleOf(kind, id);
    if (handle === undefined) return undefined;
    const within = this.reaches(scope, handle);
    // What is no text and no number could be another text the next time.
    if (this.#answeredCount < maxAnswered && (typeof id === 'string' || typeof id === 'number')) {
      let ids = this.#answered.get(kind);
      if (ids === undefined) this.#answered.set(kind, (ids = new Map()));
      ids.set(id, within);
      this.#answeredCount += 1;
    }
    return within;
  }

  /** Undefined where one of them has not been answered yet. */
  #keptOf(handles: Uint32Array): Uint32Array | undefined {
    const answers = this.#reach;
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

  /** The core hears of the time only when it is called; what is answered here has to know of the expiry by itself. */
  #watchExpiry(): void {
    const left = this.handle.expires() - this.#door.now();
    if (left <= 0) {
      this.#expired = true;
      this.forget();
      return;
    }
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        if (!this.#freed) this.#watchExpiry();
      },
      Math.min(Math.max(left, 1), longestTimer),
    );
    if (typeof this.#timer === 'object') this.#timer.unref();
  }
}
