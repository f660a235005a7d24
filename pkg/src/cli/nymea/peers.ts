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
/** A client that reads slower is read no further, and from there on cut off: bytes that wait to be sent. */
const slowAt = 64 * 1024;
const cutAt = 8 * 1024 * 1024;

class JoinedPeer implements Peer {
  readonly #connection: NymeaConnection;
  readonly #wire: Wire;
  readonly #log: Log;
  #unsent = 0;
  #unanswered = 0;
  #paused = false;
  #stopping = false;

  constructor(connection: NymeaConnection, wire: Wire, log: Log) {
    this.#connection = connection;
    this.#wire = wire;
    this.#log = log;
    connection.onmessage = (text) => this.#send(text);
    connection.onclose = () => wire.end();
  }

  take(bytes: Uint8Array): void {
    if (this.#stopping || this.#connection.closed) return;
    this.#unanswered += 1;
    this.#pace();
    this.#connection.send(bytes).then(
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
    if (this.#unanswered === 0) this.#connection.close();
  }

  #send(text: string): void {
    const size = Buffer.byteLength(text);
    this.#unsent += size;
    if (this.#unsent > cutAt) {
      this.#connection.close();
      this.#wire.cut();
      return;
    }
    this.#wire.send(text, () => {
      this.#unsent -= size;
      this.#pace();
    });
  }

  #answered(): void {
    this.#unanswered -= 1;
    if (this.#stopping) this.stop();
    else this.#pace();
  }

  #pace(): void {
    // Once it is closed the wire sees to its own end.
    if (this.#connection.closed) return;
    const busy = this.#unanswered > 0 || this.#unsent > slowAt;
    if (busy === this.#paused) return;
    this.#paused = busy;
    if (busy) this.#wire.pause();
    else this.#wire.resume();
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
