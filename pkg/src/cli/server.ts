import { type Door, DoorwardError, type LocalSession } from 'doorward';
import type { Store } from 'doorward/contract';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { applyWorld, progressLines, tally } from './apply.js';
import type { Work } from './context.js';
import { takeCommands } from './control.js';
import { makeApp } from './http/app.js';
import { isLoopback } from './http/guards.js';
import { printable } from './output.js';
import { loadWorld } from './world.js';

/** How long running requests get to end when the server stops, in ms. */
const drainTime = 10_000;

export interface ServeOptions {
  host: string;
  port: number;
  world?: string;
  allowHost?: string[];
  shareStore?: string;
  control?: boolean;
  nymeaPort?: string;
  nymeaOpenPort?: string;
  baseDevicehive?: string;
}

const log = (text: string): void => void process.stderr.write(`${printable(text)}\n`);

async function listen(server: Server, options: ServeOptions): Promise<string> {
  server.listen({ port: options.port, host: options.host });
  try {
    await once(server, 'listening');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    const where = `${options.host}, port ${options.port}`;
    const why: Record<string, string> = {
      EADDRINUSE: 'the port is in use: choose another with --port',
      EACCES: 'permission denied: ports below 1024 belong to the system',
      EADDRNOTAVAIL: 'this machine has no such address',
      ENOTFOUND: 'there is no such host name',
    };
    throw new DoorwardError('unsupported', `cannot listen on ${where}: ${why[String(code)] ?? String(code)}`, {
      details: { host: options.host, port: options.port, reason: String(code) },
      cause: error,
    });
  }
  const { address, port: bound, family } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${bound}`;
}

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

async function applyFile(path: string, opened: { door: Door; session: LocalSession }): Promise<void> {
  const steps = await applyWorld(await loadWorld(path), opened, { dryRun: false, progress: progressLines(log) });
  const { created, updated, unchanged } = tally(steps);
  log(`world file: ${created} created, ${updated} updated, ${unchanged} unchanged`);
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
  const app = await makeApp(door, {
    host: options.host,
    allowHost: options.allowHost ?? [],
    baseDevicehive: options.baseDevicehive?.replace(/\/+$/, ''),
    ...(options.shareStore !== undefined && { share: { store, path: options.shareStore } }),
    log,
    stopping: stopping.signal,
  });
  const server = createAdaptorServer({ fetch: app.fetch, hostname: options.host }) as Server;
  if (options.world !== undefined) await applyFile(options.world, { door, session });
  const listening = await listen(server, options);
  try {
    if (!isLoopback(options.host)) log('reachable from the network without encryption: put a TLS proxy in front');
    process.stdout.write(`${JSON.stringify({ listening })}\n`);
    if (options.control === true) {
      const reply = (value: object): void => void process.stdout.write(`${JSON.stringify(value)}\n`);
      takeCommands({ session, reply, stop }).catch((error: unknown) => log(`stdin: ${String(error)}`));
    }
    if (!stopping.signal.aborted) await once(stopping.signal, 'abort');
    log('stopping');
  } finally {
    await drain(server);
    // Otherwise an open stdin would keep the process.
    if (options.control === true) process.stdin.destroy();
  }
}
