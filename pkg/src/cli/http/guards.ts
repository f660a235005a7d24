import { DoorwardError } from 'doorward';
import type { Context } from 'hono';

const loopback = ['127.0.0.1', 'localhost', '[::1]'];

/** Is the server reachable from this machine only? */
export const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || /^127\./.test(host);

/**
 * The host names requests may name, or null for any. A page of a stranger that points its own name at 127.0.0.1 would
 * otherwise count as same-origin with the server.
 */
export function allowedHosts(bound: string, added: readonly string[]): ReadonlySet<string> | null {
  if (added.length === 0 && !isLoopback(bound)) return null;
  const own = bound.includes(':') ? `[${bound}]` : bound;
  return new Set([...loopback, own, ...added].map((host) => host.toLowerCase()));
}

/** Is the name of a `Host` header one of them? */
export const isAllowedHost = (host: string | undefined, allowed: ReadonlySet<string> | null): boolean =>
  allowed === null || allowed.has(hostName(host));

const hostName = (host = ''): string => host.toLowerCase().replace(/:\d+$/, '');

/** @throws DoorwardError `denied` */
export function checkHost(host: string | undefined, allowed: ReadonlySet<string> | null): void {
  if (isAllowedHost(host, allowed)) return;
  throw new DoorwardError(
    'denied',
    `the host \`${hostName(host)}\` is not one of this server: allow it with --allow-host`,
    { details: { by: 'host' } },
  );
}

/** What every reply says to browsers. */
export const securityHeaders: Readonly<Record<string, string>> = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'X-Frame-Options': 'DENY',
};

/**
 * Refuses what a page of another origin sends. Browsers say where a request comes from; other clients say nothing, and
 * then a cookie, which a browser would add by itself, is not taken.
 * @throws DoorwardError `denied`
 */
export function checkOrigin(c: Context, usesCookie: boolean): void {
  const site = c.req.header('sec-fetch-site');
  const origin = c.req.header('origin');
  const sameOrigin = origin === undefined || originHost(origin) === c.req.header('host')?.toLowerCase();
  const foreign = (site !== undefined && site !== 'same-origin') || !sameOrigin;
  const silent = site === undefined && origin === undefined;
  if (foreign || (usesCookie && silent)) {
    throw new DoorwardError('denied', 'requests of other origins are not taken', { details: { by: 'origin' } });
  }
}

/** Whose WebSockets are taken. */
export interface Guard {
  /** As `allowedHosts` gives them. */
  hosts: ReadonlySet<string> | null;
  /** Other origins whose pages may connect. */
  origins: ReadonlySet<string>;
}

/**
 * May a WebSocket be opened by whoever sends these headers? Browsers put no same-origin rule on them: a stranger's page
 * could set up a server that nobody has set up yet, or try passwords on one that only this machine reaches.
 */
export function mayOpen(
  { host, origin }: { host?: string | undefined; origin?: string | undefined },
  { hosts, origins }: Guard,
): boolean {
  if (hosts !== null && !hosts.has(hostName(host))) return false;
  return origin === undefined || originHost(origin) === host?.toLowerCase() || origins.has(origin.toLowerCase());
}

function originHost(origin: string): string | null {
  try {
    return new URL(origin).host;
  } catch {
    return null;
  }
}

/** Did the request come over https, as the browser sees it? A proxy in front ends the encryption, but not the origin. */
export const isSecure = (c: Context): boolean => c.req.header('origin')?.startsWith('https://') ?? false;
