import { DoorwardError } from '../errors.js';
import { replyFailure } from './failure.js';
import type { Opener, Wire } from './wire.js';

export type Params = Record<string, unknown>;

interface Waiting {
  resolve(params: Params): void;
  reject(error: DoorwardError): void;
  timer: ReturnType<typeof setTimeout>;
}

/** What a link tells its owner. */
export interface LinkEvents {
  notification(name: string, params: Params): void;
  /** The connection is lost; not told where it was closed on this side. */
  closed(link: Link): void;
}

const lost = (): DoorwardError => new DoorwardError('offline', 'the connection to the server is lost');

/** One connection: requests with their replies, and what comes without being asked for. */
export class Link {
  readonly #timeout: number;
  readonly #events: LinkEvents;
  #wire: Wire | undefined;
  readonly #waiting = new Map<number, Waiting>();
  #id = 0;
  #open = true;

  private constructor(timeout: number, events: LinkEvents) {
    this.#timeout = timeout;
    this.#events = events;
  }

  /** Both sides may have closed it. */
  get isOpen(): boolean {
    return this.#open;
  }

  static async open(opener: Opener, timeout: number, events: LinkEvents): Promise<Link> {
    const link = new Link(timeout, events);
    link.#wire = await opener({
      message: (text) => link.#take(text),
      closed: () => link.#lost(),
    });
    return link;
  }

  /** @throws DoorwardError as the server refuses; `offline` where the connection is lost, or no reply comes in time */
  request(method: string, params: Params | undefined, token: string | null): Promise<Params> {
    if (!this.#open) return Promise.reject(lost());
    const id = this.#id++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new DoorwardError('offline', `no reply to \`${method}\` in ${this.#timeout} ms`));
      }, this.#timeout);
      this.#waiting.set(id, { resolve, reject, timer });
      this.#wire?.send(`${JSON.stringify({ id, method, params, ...(token === null ? {} : { token }) })}\n`);
    });
  }

  close(): void {
    this.#end();
    this.#wire?.close();
  }

  #lost(): void {
    if (!this.#open) return;
    this.#end();
    this.#events.closed(this);
  }

  #end(): void {
    this.#open = false;
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(lost());
    }
    this.#waiting.clear();
  }

  #take(text: string): void {
    if (text.trim() === '') return;
    let message: unknown;
    try {
      message = JSON.parse(text);
    } catch {
      // It is no nymea server, or no longer one.
      this.#wire?.close();
      this.#lost();
      return;
    }
    if (typeof message !== 'object' || message === null) return;
    const { id, notification, status, params, error } = message as Record<string, unknown>;
    const given = typeof params === 'object' && params !== null ? (params as Params) : {};
    if (typeof notification === 'string') {
      this.#events.notification(notification, given);
      return;
    }
    const waiting = this.#waiting.get(id as number);
    if (waiting === undefined) return;
    this.#waiting.delete(id as number);
    clearTimeout(waiting.timer);
    if (status === 'success') waiting.resolve(given);
    else waiting.reject(replyFailure(status, error));
  }
}
