import { DoorwardError, type ErrorCode } from 'doorward';
import type { Context } from 'hono';
import { describe } from '../problem.js';
import { statusOf } from './status.js';

/** Logs a line on stderr; never given a secret. */
export type Log = (text: string) => void;

/** A reply of the session API. Nothing of it may be kept: it is about one session at one moment. */
export function reply(c: Context, value: object): Response {
  c.header('Cache-Control', 'no-store');
  return c.json(value);
}

/** The reply to a failure. What lies on our side is logged, and its cause is not told to strangers. */
export function replyError(c: Context, error: unknown, log: Log): Response {
  const { code, message, details } = describe(error);
  const status = statusOf[code as ErrorCode] ?? 500;
  if (status === 500 || code.startsWith('store'))
    log(`${c.req.method} ${c.req.path}: ${code}: ${message}${causeOf(error)}`);
  const retryAfter = details['retryAfter'];
  if (typeof retryAfter === 'number') c.header('Retry-After', String(Math.max(1, Math.ceil(retryAfter / 1000))));
  else if (status === 503) c.header('Retry-After', '1');
  if (status === 401) c.header('WWW-Authenticate', 'Bearer realm="doorward"');
  c.header('Cache-Control', 'no-store');
  const told =
    DoorwardError.is(error) || status !== 500
      ? { code, message, details }
      : { code, message: 'a defect of Doorward', details };
  return c.json({ error: told }, status);
}

function causeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof Error) return ` (${cause.message})`;
  return DoorwardError.is(error) || !(error instanceof Error) ? '' : `\n${error.stack ?? ''}`;
}
