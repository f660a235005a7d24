import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { mayOpen, type Guard } from '../http/guards.js';
import type { Peer, Peers } from './peers.js';

export const nymeaPath = '/nymea';

/** One frame; the protocol's own limit is on the message in it. */
const maxPayload = 2 * 1024 * 1024;
/** A peer that answers no ping until the next one is gone. */
const pingInterval = 30_000;
/** How long the other side may take to close, in ms. */
const lingering = 2000;

/** The code that says that the server goes away, and that of a normal end. */
const goingAway = 1001;
const normal = 1000;

function attach(socket: WebSocket, peers: Peers, isStopping: () => boolean): void {
  socket.on('error', () => undefined);
  const peer: Peer | null = peers.join(
    {
      send: (text, sent) => socket.send(text, sent),
      pause: () => socket.pause(),
      resume: () => socket.resume(),
      end() {
        if (socket.readyState !== socket.OPEN) return;
        // Paused, it would not see the other side's end either.
        socket.resume();
        socket.close(isStopping() ? goingAway : normal);
        const timer = setTimeout(() => socket.terminate(), lingering);
        socket.once('close', () => clearTimeout(timer));
      },
      cut: () => socket.terminate(),
    },
    true,
  );
  if (peer === null) {
    socket.close(goingAway);
    return;
  }
  let answered = true;
  const pings = setInterval(() => {
    if (!answered) socket.terminate();
    answered = false;
    socket.ping();
  }, pingInterval);
  pings.unref();
  socket.on('pong', () => (answered = true));
  socket.on('message', (data, binary) => {
    answered = true;
    // The protocol knows text alone.
    if (!binary) peer.take(data as Buffer);
  });
  socket.on('close', () => {
    clearInterval(pings);
    peer.gone();
  });
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** Takes WebSockets at `/nymea`; gives what ends the taking. */
export function serveWebSockets(server: Server, peers: Peers, guard: Guard): () => void {
  const sockets = new WebSocketServer({ noServer: true, clientTracking: false, perMessageDeflate: false, maxPayload });
  let stopping = false;
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const path = (request.url ?? '').replace(/\?.*$/, '');
    if (stopping) refuse(socket, '503 Service Unavailable');
    else if (path !== nymeaPath && path !== `${nymeaPath}/`) refuse(socket, '404 Not Found');
    else if (!mayOpen(request.headers, guard)) refuse(socket, '403 Forbidden');
    else sockets.handleUpgrade(request, socket, head, (opened) => attach(opened, peers, () => stopping));
  });
  return () => {
    stopping = true;
  };
}
