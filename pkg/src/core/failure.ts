/**
 * Errors across the border. A failure of the host goes into the core as a string, the JSON text of a `DoorwardError`,
 * and mostly comes back out of it; what JSON cannot carry, its cause and its stack, waits here under a number.
 */
import { DoorwardError, errorCodes, type ErrorCode } from '../errors.js';

/** The core may deal with a failure by itself, so its number may never come back: the oldest are forgotten. */
const maxRemembered = 256;
const remembered = new Map<number, DoorwardError>();
let lastRef = 0;

function isCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(errorCodes, code);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** The border string of `error`; whoever lifts it gets this very error back. */
export function lowerError(error: DoorwardError): string {
  const ref = ++lastRef;
  remembered.set(ref, error);
  if (remembered.size > maxRemembered) {
    for (const oldest of remembered.keys()) {
      remembered.delete(oldest);
      break;
    }
  }
  const { code, message } = error;
  try {
    return JSON.stringify({ code, message, details: { ...error.details, ref } });
  } catch {
    // Details of a foreign store may be anything, cycles included.
    return JSON.stringify({ code, message, details: { ref } });
  }
}

/** The error behind whatever a call of the core has thrown. */
export function liftError(thrown: unknown): DoorwardError {
  if (DoorwardError.is(thrown)) return thrown;
  // A trap (`WebAssembly.RuntimeError`), a freed handle, a defect of the glue.
  if (typeof thrown !== 'string') return new DoorwardError('internal', undefined, { cause: thrown });
  let border: unknown;
  try {
    border = JSON.parse(thrown);
  } catch {
    border = undefined;
  }
  // The text itself stays out of the error: nobody has checked what is in it.
  if (!isObject(border) || !isCode(border['code'])) return new DoorwardError('internal');
  const { code, message } = border as { code: ErrorCode; message?: unknown };
  const { ref, ...details } = isObject(border['details']) ? border['details'] : {};
  const original = typeof ref === 'number' ? remembered.get(ref) : undefined;
  if (typeof ref === 'number') remembered.delete(ref);
  if (original?.code === code) return original;
  return new DoorwardError(code, typeof message === 'string' ? message : undefined, { details, cause: original });
}

/** The codes that a store may fail with under its own name; any other would speak of things it knows nothing of. */
const storeCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'storeFailed',
  'storeTimeout',
  'storeClosed',
  'storeFull',
  'storeCorrupt',
  'storeTooNew',
  'invalidRange',
  'invalidKey',
  'invalidCommit',
  'limitExceeded',
  'offline',
  'unsupported',
]);

/** What a store has thrown, as an error of ours. The message of a foreign error stays in the cause: it may hold a credential. */
export function storeError(thrown: unknown, store: string): DoorwardError {
  try {
    if (DoorwardError.is(thrown) && isCode(thrown.code) && storeCodes.has(thrown.code)) {
      if (thrown instanceof DoorwardError) return thrown;
      // Of another copy of the package.
      const { code, message, details } = thrown as DoorwardError;
      return new DoorwardError(code, message, { details: { ...details }, cause: thrown });
    }
  } catch {
    // Looking at it has failed: a proxy, a getter that throws.
  }
  return new DoorwardError('storeFailed', `the store \`${store}\` failed`, { cause: thrown });
}
