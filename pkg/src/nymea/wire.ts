/** Messages to and from a server, whatever carries them. */
import { DoorwardError } from '../errors.js';
import type { NymeaConnection } from '../types.js';
import type { NymeaTls } from './types.js';

/** An open connection. */
export interface Wire {
  send(text: string): void;
  /** Ends it; `closed` is not called for that. */
  close(): void;
}

/** What a connection tells. */
export interface Listener {
  /** A message, or several; each is one line. */
  message(text: string): void;
  closed(): void;
}

/** Opens a connection. Rejects with `offline`, or `invalidArgument` for an address that is none. */
export type Opener = (listener: Listener) => Promise<Wire>;

/** Opens an address of the platform. */
export type OpenUrl = (url: URL, tls: NymeaTls, listener: Listener) => Promise<Wire>;

/** How long opening may take, in ms. */
export const openTimeout = 10_000;

export function offline(url: URL, cause?: unknown): DoorwardError {
  return new DoorwardError('offline', `no server answers at \`${url.protocol}//${url.host}\``, { cause });
}

export function unsupportedScheme(url: URL, known: string): DoorwardError {
  return new DoorwardError('invalidArgument', `\`${url.protocol}\` is no scheme to connect by here: one of ${known}`);
}

/** A connection of a door in the same page. */
export function joinConnection(connection: NymeaConnection, listener: Listener): Wire {
  if (connection.closed) throw new DoorwardError('offline', 'the connection is closed');
  let open = true;
  connection.onmessage = (text) => listener.message(text);
  connection.onclose = () => {
    if (open) listener.closed();
    open = false;
  };
  return {
    // What a door that is closing says has no bearing: it closes the connection.
    send: (text) => void connection.send(text).catch(() => connection.close()),
    close() {
      open = false;
      connection.close();
    },
  };
}

/** Lines out of chunks; a line longer than any reply is refused. */
export class Lines {
  #rest: string[] = [];
  #length = 0;
  readonly #most = 64 * 1024 * 1024;

  /** Complete lines; null where one is too long. */
  take(text: string): string[] | null {
    const lines = text.split('\n');
    const last = lines.pop() ?? '';
    if (lines.length > 0) {
      lines[0] = this.#rest.join('') + (lines[0] ?? '');
      this.#rest = [];
      this.#length = 0;
    }
    this.#rest.push(last);
    this.#length += last.length;
    return this.#length > this.#most ? null : lines;
  }
}
