import { DoorwardError, type ErrorCode } from 'doorward';
import type { Context } from 'hono';
import { describe } from '../problem.js';
import { type ErrorStatus, statusOf } from './status.js';

/** Logs a line on stderr; never given a secret. */
export type Log = (text: string) => void;

/** A reply of the session API. Nothing of it may be kept: it is about one session at one moment. */
export function reply(c: Context, value: object): Response {
  c.header('Cache-Control', 'no-store');
  return c.json(value);
}

/** What is told of a failure, and how. */
export interface Told {
  status: ErrorStatus;
  headers: Record<string, string>;
  body: { error: object };
}

/** What lies on our side is logged as one of `where`, and its cause is not told to strangers. */
export function tell(error: unknown, where: string, log: Log): Told {
  const { code, message, details } = describe(error);
  const status = statusOf[code as ErrorCode] ?? 500;
  if (status === 500 || code.startsWith('store')) log(`${where}: ${code}: ${message}${causeOf(error)}`);
  const headers: Told['headers'] = { 'Cache-Control': 'no-store' };
  const retryAfter = details['retryAfter'];
  if (typeof retryAfter === 'number') headers['Retry-After'] = String(Math.max(1, Math.ceil(retryAfter / 1000)));
  else if (status === 503) headers['Retry-After'] = '1';
  if (status === 401) headers['WWW-Authenticate'] = 'Bearer realm="doorward"';
  const known = DoorwardError.is(error) || status !== 500;
  return { status, headers, body: { error: { code, message: known ? message : 'a defect of Doorward', details } } };
}

/** The reply to a failure. */
export function replyError(c: Context, error: unknown, log: Log): Response {
  const { status, headers, body } = tell(error, `${c.req.method} ${c.req.path}`, log);
  return c.json(body, status, headers);
}

function causeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof Error) return ` (${cause.message})`;
  return DoorwardError.is(error) || !(error instanceof Error) ? '' : `\n${error.stack ?? ''}`;
}
