/** What both halves of the REST store have to agree on; the words are in `docs/rest-store.md`. */
import { DoorwardError, errorCodes, type ErrorCode } from '../../errors.js';

export const protocolVersion = 1;
/** Largest body of a request, in bytes. */
export const bodyBytes = 16 * 1024 * 1024;
/**
 * Keys whose first element begins so are the handler's own: they lie behind all others, so that a range that goes
 * forward ends with them, and one that goes backward can begin below them.
 */
export const reserved = '\u{10ffff}doorward';
/** A marker is kept at least so long, in ms; a client repeats a commit for a much shorter time. */
export const markerLife = 600_000;
/** How often a stream says that it is still there, in ms, and after how much silence it counts as dead. */
export const heartbeat = 10_000;
export const silence = 25_000;

export const idempotencyHeader = 'idempotency-key';
export const idempotencyForm = /^[\w-]{16,64}$/;

export interface About {
  readonly doorwardStore: number;
  /** Where a watch that begins now begins; null where the store cannot be watched. */
  readonly position: string | null;
}

const statuses: Partial<Record<ErrorCode, number>> = {
  denied: 403,
  invalidToken: 401,
  unknownToken: 401,
  expiredToken: 401,
  accountDisabled: 403,
  notFound: 404,
  limitExceeded: 413,
  unsupported: 501,
  internal: 500,
};

export function statusOf(code: ErrorCode): number {
  return statuses[code] ?? (code.startsWith('store') ? 503 : 400);
}

export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(errorCodes, code);
}

/** Is the key one of the handler's own, or behind them? */
export function isReserved(key: unknown): boolean {
  const first: unknown = Array.isArray(key) ? key[0] : undefined;
  return typeof first === 'string' && first.startsWith('\u{10ffff}') && first.length > 2;
}

export function refuseReserved(key: unknown): void {
  if (isReserved(key)) throw new DoorwardError('invalidKey', 'keys that begin with U+10FFFF and more are reserved');
}
