import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { TlsKeys } from '../tls.js';
import type { Peer, Peers } from './peers.js';

/** Peers that vanished without a word are noticed by the system's own probes, from so long an idleness on. */
const keepAlive = 60_000;
/** How long the other side may take to read what was sent before the end, and to close; in ms. */
const lingering = 2000;
const handshakeTimeout = 10_000;

function attach(socket: Socket, peers: Peers, auth: boolean): void {
  socket.setNoDelay(true).setKeepAlive(true, keepAlive);
  // A reset is told by `close` as well.
  socket.on('error', () => undefined);
  let ending = false;
  const peer: Peer | null = peers.join(
    {
      send: (text, sent) => void socket.write(text, sent),
      pause: () => void socket.pause(),
      resume: () => void socket.resume(),
      end() {
        if (ending) return;
        ending = true;
        socket.end();
        // Input that is not read would turn the end into a reset, which takes what was sent with it.
        socket.removeAllListeners('data').resume();
        const timer = setTimeout(() => socket.destroy(), lingering);
        socket.once('close', () => clearTimeout(timer));
      },
      cut: () => void socket.destroy(),
    },
    auth,
  );
  if (peer === null) {
    socket.destroy();
    return;
  }
  socket.on('data', (bytes) => peer.take(bytes));
  socket.on('end', () => peer.gone());
  socket.on('close', () => peer.gone());
}

/** The protocol over TCP, or over TLS with a certificate; without `auth` nobody is asked for a token. */
export function nymeaServer(peers: Peers, { auth, tls }: { auth: boolean; tls: TlsKeys | undefined }): Server {
  if (tls === undefined) return createServer((socket) => attach(socket, peers, auth));
  const server = createTlsServer({ ...tls, handshakeTimeout }, (socket) => attach(socket, peers, auth));
  // Whoever cannot agree on a cipher is no concern of the others.
  server.on('tlsClientError', (_error, socket) => void socket.destroy());
  return server;
}
