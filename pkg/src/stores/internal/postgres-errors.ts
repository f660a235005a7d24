/** PostgreSQL's failures as ours. */
import { DoorwardError } from '../../errors.js';

const wordOf: Readonly<Record<string, string>> = {
  '28000': 'the database refuses the user',
  '28P01': 'the database refuses the user or the password',
  '3D000': 'there is no such database',
  '42501': 'the user may not do this in the database',
  '25006': 'the database is read-only: a standby cannot hold the store',
};

/** Of the driver and of the system: the server is away, or the connection to it. */
function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** Two transactions met: nothing has happened, and it can be tried again. */
export function isRetry(error: unknown): boolean {
  return ['40001', '40P01'].includes(codeOf(error));
}

/** Was it the statement that the server refused? Anything else says nothing about what the server did. */
function isRefusal(error: unknown): boolean {
  return /^[0-9A-Z]{5}$/.test(codeOf(error)) && error instanceof Error && 'severity' in error;
}

/**
 * Is the connection gone, or the server going or coming? What was not committed by then never will be.
 * Class 08, and 57P01 to 57P03: shut down, crashed, starting up.
 */
export function isDisconnect(error: unknown): boolean {
  return !DoorwardError.is(error) && (!isRefusal(error) || /^(?:08|57P)/.test(codeOf(error)));
}

/** The failure as a `DoorwardError`. The driver's own error can hold rows, so only its words are kept. */
export function coded(error: unknown): DoorwardError {
  if (DoorwardError.is(error)) return error;
  const code = codeOf(error);
  const cause = new Error(error instanceof Error ? error.message : String(error));
  if (code === '53100' || code === '54000') return new DoorwardError('storeFull', undefined, { cause });
  if (code.startsWith('XX00')) return new DoorwardError('storeCorrupt', undefined, { cause });
  if (isRetry(error))
    return new DoorwardError('storeFailed', 'others kept getting in the way of the commit', { cause });
  return new DoorwardError('storeFailed', wordOf[code], { cause, details: code === '' ? {} : { reason: code } });
}
