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
import type { Log } from './http/reply.js';
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

const toStderr: Log = (text) => void process.stderr.write(`${printable(text)}\n`);

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

async function applyFile(path: string, opened: { door: Door; session: LocalSession }, log: Log): Promise<void> {
  const steps = await applyWorld(await loadWorld(path), opened, { dryRun: false, progress: progressLines(log) });
  const { created, updated, unchanged } = tally(steps);
  log(`world file: ${created} created, ${updated} updated, ${unchanged} unchanged`);
}

async function keysOf({ tlsCert: cert, tlsKey: key }: ServeOptions): Promise<TlsKeys | undefined> {
  return cert === undefined || key === undefined ? undefined : readKeys({ cert, key });
}

/** Opens every listener; gives their addresses, and adds what ends them to `stops`, also where a later one fails. */
async function openListeners(
  { door, store, options }: Served,
  { stopping, stops, log }: { stopping: AbortSignal; stops: Stop[]; log: Log },
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
async function openButton(options: ServeOptions & Globals, controlled: Controlled, log: Log): Promise<Stop> {
  try {
    const path = socketOf(parseStore(options.store), options.controlSocket);
    if (path !== undefined) return await takePresses(path, controlled);
  } catch (error) {
    if (options.controlSocket !== undefined) throw error;
    log(`no button: ${describe(error).message}`);
  }
  return () => undefined;
}

type Served = Pick<Work<LocalSession, ServeOptions> & { store: Store }, 'door' | 'session' | 'store' | 'options'>;

/** A server that runs. */
export interface Running {
  /** Where it listens: the line that `serve` prints. */
  addresses: Record<string, string>;
  /** What commands act on. */
  controlled: Controlled;
  /** Lets running requests end, and closes every listener; after `stopping` only, or event streams keep it waiting. */
  end(): Promise<void>;
}

/** Brings the store to its world file and opens the listeners; none stays open where that fails. */
export async function startServer(served: Served, stopping: AbortController, log: Log): Promise<Running> {
  const { door, session, options } = served;
  const controlled = { door, session, stop: () => stopping.abort() };
  const stops: Stop[] = [];
  // All at once: a listener is closed only when its connections are.
  const end = async (): Promise<void> => void (await Promise.all(stops.map((each) => each())));
  if (options.world !== undefined) await applyFile(options.world, { door, session }, log);
  if (options.button === true) door.offerButton(true);
  try {
    const addresses = await openListeners(served, { stopping: stopping.signal, stops, log });
    stops.push(await openButton(options, controlled, log));
    return { addresses, controlled, end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** Serves until it is told to stop. */
export async function serve(served: Served): Promise<void> {
  const { options } = served;
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  process.once('SIGTERM', stop).once('SIGINT', stop);
  const { addresses, controlled, end } = await startServer(served, stopping, toStderr);
  try {
    if (!isLoopback(options.host) && options.tlsCert === undefined)
      toStderr(
        'reachable from the network without encryption: use --tls-cert and --tls-key, or put a TLS proxy in front',
      );
    process.stdout.write(`${JSON.stringify(addresses)}\n`);
    if (options.control === true) {
      const reply = (value: object): void => void process.stdout.write(`${JSON.stringify(value)}\n`);
      takeCommands(process.stdin, reply, controlled).catch((error: unknown) => toStderr(`stdin: ${String(error)}`));
    }
    if (!stopping.signal.aborted) await once(stopping.signal, 'abort');
    toStderr('stopping');
  } finally {
    await end();
    // Otherwise an open stdin would keep the process.
    if (options.control === true) process.stdin.destroy();
  }
}
