/** Connections to the nymea face: what they send goes into the core, what waits there is handed out. */
import { DoorwardError } from '../errors.js';
import type { NymeaConnection } from '../types.js';
import type { NymeaHandle } from './border.js';

/** Runs work that keeps the door open. */
type Run = <T>(work: () => Promise<T>) => Promise<T>;
type Drained = [id: number, writes: string[], close: boolean][];

/** Often enough that a hand-shake deadline of 10 s is met closely. */
const tickInterval = 250;
const encoder = /* @__PURE__ */ new TextEncoder();

class Connection implements NymeaConnection {
  onmessage: ((message: string) => void) | null = null;
  onclose: (() => void) | null = null;
  readonly #send: (bytes: Uint8Array) => Promise<void>;
  readonly #end: () => void;
  #last: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(send: (bytes: Uint8Array) => Promise<void>, end: () => void) {
    this.#send = send;
    this.#end = end;
  }

  get closed(): boolean {
    return this.#closed;
  }

  send(data: string | Uint8Array): Promise<void> {
    const bytes = typeof data === 'string' ? encoder.encode(data) : data;
    if (!(bytes instanceof Uint8Array)) {
      throw new DoorwardError('invalidArgument', 'a connection sends text or bytes');
    }
    // One after the other, so that whoever waits knows that his own are answered.
    const sent = this.#last.then(() => (this.#closed ? undefined : this.#send(bytes)));
    this.#last = sent.catch(() => undefined);
    return sent;
  }

  close(): void {
    if (this.#closed) return;
    this.#end();
    this.over();
  }

  /** The core has closed it. */
  over(): void {
    if (this.#closed) return;
    this.#closed = true;
    const { onclose } = this;
    if (onclose !== null) queueMicrotask(onclose);
  }
}

/** All connections of a door. */
export class NymeaHub {
  readonly #handle: NymeaHandle;
  readonly #run: Run;
  readonly #connections = new Map<number, Connection>();
  #timer: ReturnType<typeof setInterval> | undefined;
  #draining = false;

  constructor(handle: NymeaHandle, run: Run) {
    this.#handle = handle;
    this.#run = run;
  }

  open(auth: boolean): NymeaConnection {
    const id = this.#handle.open(auth);
    const send = (bytes: Uint8Array): Promise<void> => this.#finish(() => this.#handle.data(id, bytes));
    const connection = new Connection(send, () => {
      this.#connections.delete(id);
      this.#handle.close(id);
      this.#rest();
    });
    this.#connections.set(id, connection);
    if (this.#timer === undefined) {
      this.#timer = setInterval(() => {
        this.#handle.tick();
        this.drain();
      }, tickInterval);
      if (typeof this.#timer === 'object') this.#timer.unref();
    }
    // It may have been refused at once.
    this.drainSoon();
    return connection;
  }

  press(): Promise<void> {
    return this.#finish(() => this.#handle.press());
  }

  offer(there: boolean): void {
    this.#handle.agent(there);
  }

  /** On its own turn: a change may be told of from inside the core. */
  drainSoon(): void {
    if (this.#draining || this.#connections.size === 0) return;
    this.#draining = true;
    queueMicrotask(() => this.drain());
  }

  /** Hands out what waits. */
  drain(): void {
    this.#draining = false;
    if (this.#connections.size === 0) return;
    for (const [id, writes, close] of JSON.parse(this.#handle.drain()) as Drained) {
      const connection = this.#connections.get(id);
      if (connection === undefined) continue;
      for (const text of writes) {
        const { onmessage } = connection;
        if (onmessage === null) continue;
        try {
          onmessage(text);
        } catch (error) {
          // The page's own mistake, and no reason to keep messages from others.
          queueMicrotask(() => {
            throw error;
          });
        }
      }
      if (close) {
        this.#connections.delete(id);
        connection.over();
      }
    }
    this.#rest();
  }

  close(): void {
    for (const connection of [...this.#connections.values()]) connection.close();
    clearInterval(this.#timer);
    this.#handle.free();
  }

  async #finish(work: () => Promise<void>): Promise<void> {
    await this.#run(work);
    this.drain();
  }

  #rest(): void {
    if (this.#connections.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
