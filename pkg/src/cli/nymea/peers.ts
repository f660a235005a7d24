/** Joins connections of a wire to connections of the door: back-pressure both ways, and an orderly end. */
import type { Door, NymeaConnection } from 'doorward';
import type { Log } from '../http/reply.js';

/** A connection as the network has it. */
export interface Wire {
  /** Sends one message, in a write of its own; calls back when it has left. */
  send(text: string, sent: () => void): void;
  /** No more input until `resume`; what has been read already may still come. */
  pause(): void;
  resume(): void;
  /** Closes behind what waits to be sent. */
  end(): void;
  /** Closes at once. */
  cut(): void;
}

/** What the wire tells. */
export interface Peer {
  take(bytes: Uint8Array): void;
  /** The other side has closed. */
  gone(): void;
}

/** At most so many connections at once, of all listeners. */
const mostPeers = 10_000;
/** A client that reads slower gets no more answers until it has caught up: bytes that wait to be sent. */
const slowAt = 64 * 1024;
/** Notifications come whether it reads or not: from there on it is cut off. */
const cutAt = 8 * 1024 * 1024;
/** So much input is answered before it is looked whether the answers leave. */
const sliceSize = 2 * 1024;

class JoinedPeer implements Peer {
  readonly #connection: NymeaConnection;
  readonly #wire: Wire;
  readonly #log: Log;
  readonly #input: Uint8Array[] = [];
  #unsent = 0;
  #answering = false;
  #stopping = false;
  #wake: (() => void) | undefined;

  constructor(connection: NymeaConnection, wire: Wire, log: Log) {
    this.#connection = connection;
    this.#wire = wire;
    this.#log = log;
    connection.onmessage = (text) => this.#send(text);
    connection.onclose = () => {
      this.#wake?.();
      wire.end();
    };
  }

  take(bytes: Uint8Array): void {
    if (this.#stopping || this.#connection.closed) return;
    this.#input.push(bytes);
    if (this.#answering) return;
    this.#answering = true;
    // What has been read already may still come; more may not.
    this.#wire.pause();
    this.#answer().then(
      () => this.#answered(),
      (error: unknown) => {
        this.#log(`nymea: ${error instanceof Error ? error.message : String(error)}`);
        this.#connection.close();
      },
    );
  }

  gone(): void {
    this.#connection.close();
  }

  /** Takes nothing more, and closes once what has come is answered. */
  stop(): void {
    this.#stopping = true;
    if (!this.#answering) this.#connection.close();
  }

  async #answer(): Promise<void> {
    for (let bytes = this.#input.shift(); bytes !== undefined; bytes = this.#input.shift()) {
      for (let at = 0; at < bytes.length; at += sliceSize) {
        await this.#connection.send(bytes.subarray(at, at + sliceSize));
        while (this.#unsent > slowAt && !this.#connection.closed && !this.#stopping) {
          await new Promise<void>((resolve) => (this.#wake = resolve));
        }
      }
    }
  }

  #answered(): void {
    this.#answering = false;
    if (this.#stopping) this.#connection.close();
    // Once it is closed the wire sees to its own end.
    else if (!this.#connection.closed) this.#wire.resume();
  }

  #send(text: string): void {
    if (this.#unsent > cutAt) {
      this.#connection.close();
      this.#wire.cut();
      return;
    }
    const size = Buffer.byteLength(text);
    this.#unsent += size;
    this.#wire.send(text, () => {
      this.#unsent -= size;
      this.#wake?.();
    });
  }
}

/** All connections of a server. */
export class Peers {
  readonly #door: Door;
  readonly #log: Log;
  readonly #all = new Set<JoinedPeer>();
  #stopping = false;

  constructor(door: Door, log: Log) {
    this.#door = door;
    this.#log = log;
  }

  /** Joins a connection; null where there are too many, or the server is about to stop. */
  join(wire: Wire, auth: boolean): Peer | null {
    if (this.#stopping || this.#all.size >= mostPeers) return null;
    const peer = new JoinedPeer(this.#door.nymea({ auth }), wire, this.#log);
    this.#all.add(peer);
    return {
      take: (bytes) => peer.take(bytes),
      gone: () => {
        this.#all.delete(peer);
        peer.gone();
      },
    };
  }

  stop(): void {
    this.#stopping = true;
    for (const peer of this.#all) peer.stop();
  }
}
