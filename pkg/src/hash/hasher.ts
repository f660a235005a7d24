/** The password hash, off the caller's thread: a few kept workers, a bounded queue, and a way out where no worker can be made. */
import { DoorwardError, errorCodes, type ErrorCode } from '../errors.js';
import type { HashReply, HashRequest } from './protocol.js';

/** Hashes passwords and checks them. */
export interface Hasher {
  /**
   * Argon2id with a fresh salt; `memory` in KiB. Answers a PHC string.
   * @throws DoorwardError `invalidArgument` (a parameter out of bounds), `busy`, `hashFailed`, `storeClosed`
   */
  hash(password: string, memory: number, passes: number, lanes: number): Promise<string>;
  /**
   * Is it the password of this PHC string?
   * @throws DoorwardError `unsupported` (an unknown format), `storeCorrupt` (a damaged string), `busy`, `hashFailed`, `storeClosed`
   */
  verify(password: string, phc: string): Promise<boolean>;
  /** Ends the workers; what still waits fails with `storeClosed`. Idempotent. */
  close(): Promise<void>;
}

/** One place that hashes: a worker, or this very thread. */
export interface HashWorker {
  /** Takes the password's buffer over. At most one request is open at a time. */
  send(request: HashRequest): void;
  /** Whether the process has to stay alive for it; means nothing in a browser. */
  hold?(busy: boolean): void;
  stop(): void | Promise<unknown>;
}

/** Makes a worker; `onReply` hears its replies, its death included. Throws where none can be made. */
export type Spawn = (onReply: (reply: HashReply) => void) => HashWorker;

export interface HasherOptions {
  readonly spawn: Spawn;
  /** Hashes on this thread, where no worker can be made. */
  readonly spawnLocal: Spawn;
  /** Workers at most. */
  readonly workers: number;
  /** Requests that may wait for a worker; default 64. */
  readonly queue?: number;
  /** Milliseconds after which an idle worker, and its memory, is dropped; default 60,000. */
  readonly idle?: number;
}

interface Job {
  readonly request: HashRequest;
  readonly resolve: (value: string | boolean) => void;
  readonly reject: (error: DoorwardError) => void;
  /** A worker has died over it. */
  retried: boolean;
}

interface Place {
  worker: HashWorker | undefined;
  readonly local: boolean;
  ready: boolean;
  job: Job | undefined;
  timer: ReturnType<typeof setTimeout> | undefined;
}

const messages: Partial<Record<ErrorCode, string>> = {
  invalidArgument: 'the parameters of the password hash are out of bounds',
  unsupported: 'the stored password hash is of an unknown format',
  storeCorrupt: 'the stored password hash is malformed or out of bounds',
};

const encoder = new TextEncoder();

/** Memory of its own outside the engine's heap, so that transferring or wiping it leaves no copy behind. */
function bytes(password: string): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(new ArrayBuffer(password.length * 3));
  return whole.subarray(0, encoder.encodeInto(password, whole).written);
}

/** The copy that goes to a worker; ours stays until the answer is there, in case the worker dies. */
function copyOf(request: HashRequest): HashRequest {
  const password = new Uint8Array(new ArrayBuffer(request.password.length));
  password.set(request.password);
  return { ...request, password };
}

/** Nothing is made or loaded before the first password. */
export function createHasher(options: HasherOptions): Hasher {
  const { spawn, spawnLocal, workers, queue: maxWaiting = 64, idle = 60_000 } = options;
  const places: Place[] = [];
  const waiting: Job[] = [];
  let closed = false;
  /** A worker could not be made: work with the places there are, or on this thread, until all have been idle. */
  let stuck = false;

  function submit(request: HashRequest): Promise<string | boolean> {
    return new Promise((resolve, reject) => {
      if (closed) return refuse({ request, resolve, reject, retried: false }, closedError());
      const job: Job = { request, resolve, reject, retried: false };
      waiting.push(job);
      pump();
      // Measured after the pump: a request that got a worker does not wait, and then nobody does.
      if (waiting.length > maxWaiting) {
        waiting.pop();
        refuse(job, new DoorwardError('busy', undefined, { details: { waiting: maxWaiting } }));
      }
    });
  }

  function refuse(job: Job, error: DoorwardError): void {
    job.request.password.fill(0);
    job.reject(error);
  }

  function pump(): void {
    while (waiting.length > 0) {
      // The one that was made first: under light load the others fall idle and are dropped.
      const place = places.find((one) => one.job === undefined) ?? make();
      if (!place) return;
      const job = waiting.shift();
      if (!job) return;
      clearTimeout(place.timer);
      place.job = job;
      place.worker?.hold?.(true);
      place.worker?.send(copyOf(job.request));
    }
  }

  function make(): Place | undefined {
    if (places.some((place) => place.local)) return undefined;
    if (stuck) return places.length > 0 ? undefined : add(spawnLocal, true);
    if (places.length >= workers) return undefined;
    try {
      return add(spawn, false);
    } catch {
      stuck = true;
      return make();
    }
  }

  function add(how: Spawn, local: boolean): Place {
    const place: Place = { worker: undefined, local, ready: false, job: undefined, timer: undefined };
    place.worker = how((reply) => heard(place, reply));
    places.push(place);
    return place;
  }

  function drop(place: Place): Promise<unknown> {
    const at = places.indexOf(place);
    if (at >= 0) places.splice(at, 1);
    clearTimeout(place.timer);
    const { worker } = place;
    place.worker = undefined;
    return Promise.resolve(worker?.stop());
  }

  function retire(place: Place): void {
    void drop(place);
    if (places.length === 0) stuck = false;
  }

  function heard(place: Place, reply: HashReply): void {
    // A worker that was dropped may still have had something to say.
    if (!place.worker) return;
    if (reply.kind === 'ready') {
      place.ready = true;
      return;
    }
    const job = place.job;
    place.job = undefined;
    if (reply.kind === 'broken') {
      void drop(place);
      if (job) bury(place, job, reply.reason);
    } else {
      place.worker.hold?.(false);
      place.timer = setTimeout(() => retire(place), idle);
      if (typeof place.timer === 'object') place.timer.unref();
      if (job) settle(job, reply);
    }
    pump();
  }

  function settle(job: Job, reply: HashReply & { kind: 'done' | 'refused' }): void {
    job.request.password.fill(0);
    if (reply.kind === 'done') return job.resolve(reply.value);
    const code: ErrorCode = Object.hasOwn(errorCodes, reply.code) ? (reply.code as ErrorCode) : 'hashFailed';
    job.reject(new DoorwardError(code, messages[code]));
  }

  /** What becomes of the job whose worker has gone. */
  function bury(place: Place, job: Job, reason: string): void {
    // It never came up: a content security policy, a lost file, no memory for one more. That says nothing about the job.
    if (!place.ready && !place.local) {
      stuck = true;
      waiting.unshift(job);
    } else if (job.retried || !place.ready) {
      stuck = false;
      refuse(job, new DoorwardError('hashFailed', undefined, { cause: new Error(reason) }));
    } else {
      job.retried = true;
      waiting.unshift(job);
    }
  }

  return {
    async hash(password, memory, passes, lanes) {
      const salt = crypto.getRandomValues(new Uint8Array(16));
      // The module's numbers are 32 bits wide and would wrap.
      if (![memory, passes, lanes].every((n) => Number.isInteger(n) && n > 0 && n < 2 ** 32)) {
        throw new DoorwardError('invalidArgument', messages.invalidArgument);
      }
      return String(await submit({ op: 'hash', password: bytes(password), salt, memory, passes, lanes }));
    },
    async verify(password, phc) {
      return (await submit({ op: 'verify', password: bytes(password), phc })) === true;
    },
    async close() {
      closed = true;
      for (const job of waiting.splice(0)) refuse(job, closedError());
      const stopped = places.slice().map((place) => {
        if (place.job) refuse(place.job, closedError());
        return drop(place);
      });
      await Promise.all(stopped);
    },
  };
}

function closedError(): DoorwardError {
  return new DoorwardError('storeClosed', 'the door is closed');
}
