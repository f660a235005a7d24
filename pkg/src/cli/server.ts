import type { Store } from 'doorward/contract';
import { once } from 'node:events';
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Server as NetServer } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { Door } from 'doorward';
import type { LocalSession } from 'doorward/faces';
import { applyWorld, progressLines, tally } from './apply.js';
import { socketOf, takePresses } from './button.js';
import type { Globals, Work } from './context.js';
import { type Controlled, takeCommands } from './control.js';
import { makeApp } from './http/app.js';
import { facesBefore } from './http/faces.js';
import { allowedHosts, isLoopback } from './http/guards.js';
import { listen } from './listen.js';
import { Peers } from './nymea/peers.js';
import { nymeaServer } from './nymea/tcp.js';
import { serveWebSockets } from './nymea/websocket.js';
import { printable } from './output.js';
import { describe } from './problem.js';
import { parseStore } from './stores.js';
import { readKeys, type TlsKeys } from './tls.js';
import { loadWorld } from './world.js';

/** How long running requests get to end when the server stops, in ms. */
const drainTime = 10_000;

export interface ServeOptions {
  host: string;
  port: number;
  world?: string;
  allowHost?: string[];
  allowOrigin?: string[];
  shareStore?: string;
  control?: boolean;
  controlSocket?: string;
  button?: boolean;
  nymeaPort?: number;
  nymeaOpenPort?: number;
  baseDevicehive?: string;
  devicehiveSecret?: string;
  tlsCert?: string;
  tlsKey?: string;
}

/** What there is to be stopped, in this order. */
type Stop = () => Promise<void> | void;

const log = (text: string): void => void process.stderr.write(`${printable(text)}\n`);

/** No new requests; those that run may end. */
async function drain(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // A connection that a request held becomes idle later, and its client might go on using it.
  const sweep = setInterval(() => server.closeIdleConnections(), 20);
  const timer = setTimeout(() => server.closeAllConnections(), drainTime);
  await closed;
  clearInterval(sweep);
  clearTimeout(timer);
}

function ended(server: NetServer): Promise<void> {
  return new Promise((resolve) => void server.close(() => resolve()));
}

async function applyFile(path: string, opened: { door: Door; session: LocalSession }): Promise<void> {
  const steps = await applyWorld(await loadWorld(path), opened, { dryRun: false, progress: progressLines(log) });
  const { created, updated, unchanged } = tally(steps);
  log(`world file: ${created} created, ${updated} updated, ${unchanged} unchanged`);
}

async function keysOf({ tlsCert: cert, tlsKey: key }: ServeOptions): Promise<TlsKeys | undefined> {
  return cert === undefined || key === undefined ? undefined : readKeys({ cert, key });
}

/** Opens every listener; gives their addresses, and adds what ends them to `stops`, also where a later one fails. */
async function openListeners(
  { door, store }: { door: Door; store: Store },
  options: ServeOptions,
  stopping: AbortSignal,
  stops: Stop[],
): Promise<Record<string, string>> {
  const { host, port, nymeaPort, nymeaOpenPort } = options;
  const tls = await keysOf(options);
  const hosts = allowedHosts(host, options.allowHost ?? []);
  const baseDevicehive = options.baseDevicehive?.replace(/\/+$/, '');
  const { shareStore } = options;
  const share = shareStore === undefined ? {} : { share: { store, path: shareStore } };
  const app = await makeApp(door, { hosts, ...share, log, stopping });
  const rest = getRequestListener(app.fetch, { hostname: host });
  const answer = facesBefore((...request) => void rest(...request), door, { hosts, baseDevicehive, log });
  const server: Server = tls === undefined ? createHttpServer(answer) : createHttpsServer(tls, answer);
  const peers = new Peers(door, log);
  const origins = new Set(options.allowOrigin?.map((origin) => origin.toLowerCase()));
  const refuseSockets = serveWebSockets(server, peers, { hosts, origins });
  const addresses = {
    listening: `http${tls === undefined ? '' : 's'}://${await listen(server, { host, port }, '--port')}`,
  };
  stops.push(
    () => refuseSockets(),
    () => peers.stop(),
    () => drain(server),
  );
  const add = async (name: string, wanted: number | undefined, auth: boolean, option: string): Promise<object> => {
    if (wanted === undefined) return {};
    const keys = auth ? tls : undefined;
    const listener = nymeaServer(peers, { auth, tls: keys });
    const address = await listen(listener, { host, port: wanted }, option);
    const closed = (): Promise<void> => ended(listener);
    stops.push(closed);
    return { [name]: `${keys === undefined ? 'tcp' : 'nymeas'}://${address}` };
  };
  return {
    ...addresses,
    ...(await add('nymea', nymeaPort, true, '--nymea-port')),
    ...(await add('nymeaOpen', nymeaOpenPort, false, '--nymea-open-port')),
  };
}

/** The socket of `doorward button`. Where it cannot be had a server still serves, unless it was named. */
async function openButton(options: ServeOptions & Globals, controlled: Controlled): Promise<Stop> {
  try {
    const path = socketOf(parseStore(options.store), options.controlSocket);
    if (path !== undefined) return await takePresses(path, controlled);
  } catch (error) {
    if (options.controlSocket !== undefined) throw error;
    log(`no button: ${describe(error).message}`);
  }
  return () => undefined;
}

/** Serves until it is told to stop. */
export async function serve({
  door,
  session,
  store,
  options,
}: Work<LocalSession, ServeOptions> & { store: Store }): Promise<void> {
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  process.once('SIGTERM', stop).once('SIGINT', stop);
  if (options.world !== undefined) await applyFile(options.world, { door, session });
  if (options.button === true) door.offerButton(true);
  const stops: Stop[] = [];
  try {
    const addresses = await openListeners({ door, store }, options, stopping.signal, stops);
    const controlled = { door, session, stop };
    stops.push(await openButton(options, controlled));
    if (!isLoopback(options.host) && options.tlsCert === undefined)
      log('reachable from the network without encryption: use --tls-cert and --tls-key, or put a TLS proxy in front');
    process.stdout.write(`${JSON.stringify(addresses)}\n`);
    if (options.control === true) {
      const reply = (value: object): void => void process.stdout.write(`${JSON.stringify(value)}\n`);
      takeCommands(process.stdin, reply, controlled).catch((error: unknown) => log(`stdin: ${String(error)}`));
    }
    if (!stopping.signal.aborted) await once(stopping.signal, 'abort');
    log('stopping');
  } finally {
    // All at once: a listener is closed only when its connections are.
    await Promise.all(stops.map((end) => end()));
    // Otherwise an open stdin would keep the process.
    if (options.control === true) process.stdin.destroy();
  }
}
