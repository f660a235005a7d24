import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, TLSSocket } from 'node:tls';
import { DoorwardError } from '../errors.js';
import type { NymeaTls } from './types.js';
import { openSocket } from './web-socket.js';
import { Lines, offline, openTimeout, unsupportedScheme, type Listener, type OpenUrl, type Wire } from './wire.js';

const defaultPort = 2222;

/** The digest of a pinned certificate; undefined where the system's rules hold. */
function pinOf({ fingerprint }: NymeaTls): string | undefined {
  if (fingerprint === undefined) return undefined;
  const pin = fingerprint.replaceAll(':', '').toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(pin)) {
    throw new DoorwardError('invalidArgument', '`tls.fingerprint` has to be a SHA-256 in hexadecimal');
  }
  return pin;
}

function isPinned(socket: unknown, pin: string | undefined): boolean {
  if (pin === undefined) return true;
  return (
    socket instanceof TLSSocket && socket.getPeerCertificate().fingerprint256.replaceAll(':', '').toLowerCase() === pin
  );
}

function tlsOptions(tls: NymeaTls, pin: string | undefined): { ca?: string; rejectUnauthorized?: boolean } {
  return { ...(tls.ca !== undefined && { ca: tls.ca }), ...(pin !== undefined && { rejectUnauthorized: false }) };
}

function overTcp(url: URL, tls: NymeaTls, listener: Listener): Promise<Wire> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port) || defaultPort;
  const pin = pinOf(tls);
  const secure = url.protocol === 'nymeas:';
  const socket: Socket = secure
    ? connectTls({ host, port, servername: /^[\d.]+$|:/.test(host) ? '' : host, ...tlsOptions(tls, pin) })
    : connectTcp({ host, port });
  socket.setNoDelay(true).setKeepAlive(true, 30_000).setEncoding('utf8');
  return new Promise((resolve, reject) => {
    let open = false;
    let over = false;
    let why: unknown;
    const lines = new Lines();
    const timer = setTimeout(() => socket.destroy(), openTimeout);
    socket.on('error', (error) => (why = error));
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer);
      if (secure && !isPinned(socket, pin)) {
        socket.destroy();
        return;
      }
      open = true;
      resolve({
        send: (text) => void socket.write(text),
        close() {
          over = true;
          socket.end();
          setTimeout(() => socket.destroy(), 1000).unref();
        },
      });
    });
    socket.on('data', (chunk: string) => {
      const complete = lines.take(chunk);
      if (complete === null) socket.destroy();
      else if (!over) complete.forEach((line) => listener.message(line));
    });
    socket.on('close', () => {
      clearTimeout(timer);
      if (over) return;
      over = true;
      if (open) listener.closed();
      else reject(offline(url, why));
    });
  });
}

async function overWebSocket(url: URL, tls: NymeaTls, listener: Listener): Promise<Wire> {
  // Node has a WebSocket of its own from 22 on, and none that takes a certificate.
  const { WebSocket } = await import('ws');
  const pin = pinOf(tls);
  const socket = new WebSocket(url, {
    handshakeTimeout: openTimeout,
    perMessageDeflate: false,
    ...tlsOptions(tls, pin),
  });
  let pinned = pin === undefined;
  socket.on('upgrade', (response) => (pinned = isPinned(response.socket, pin)));
  return openSocket(socket, url, listener, () => pinned);
}

export const openUrl: OpenUrl = async (url, tls, listener) => {
  switch (url.protocol) {
    case 'tcp:':
    case 'nymea:':
    case 'nymeas:':
      return overTcp(url, tls, listener);
    case 'ws:':
    case 'wss:':
      return overWebSocket(url, tls, listener);
    default:
      throw unsupportedScheme(url, '`tcp:`, `nymea:`, `nymeas:`, `ws:`, `wss:`');
  }
};
