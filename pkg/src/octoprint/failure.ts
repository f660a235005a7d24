import { DoorwardError, InvalidArgumentError, type ErrorCode } from '../errors.js';
import { RequestError, serverText } from './request-error.js';

/** What was tried, where an answer means different things. */
export interface Tried {
  /** A log-in: 403 is about name and password. */
  logIn?: boolean;
  /** A change of password that gave no current one: N says the same of a wrong one (spec 2.6). */
  withoutCurrent?: boolean;
  /** By key: only an unknown one is asked for a CSRF token (spec 2.4). */
  key?: boolean;
}

/** Texts OctoPrint's answers have (spec 2.4 to 2.8), where the status does not say enough. */
const texts: Record<string, { code: ErrorCode; by?: string }> = {
  'Username invalid': { code: 'invalidName' },
  'You cannot delete yourself': { code: 'ownAccount' },
  'current password is missing': { code: 'currentPasswordRequired' },
  'Invalid current password': { code: 'currentPasswordWrong' },
  'CSRF validation failed': { code: 'denied', by: 'csrf' },
  'Please reauthenticate with your credentials': { code: 'denied', by: 'reauthentication' },
};

const statuses: Record<number, ErrorCode> = {
  400: 'invalidArgument',
  401: 'denied',
  403: 'denied',
  404: 'notFound',
  409: 'alreadyExists',
  429: 'lockedOut',
  502: 'offline',
  503: 'offline',
  504: 'offline',
};

function codeOf(error: RequestError, text: string | null, tried: Tried): { code: ErrorCode; by?: string } {
  const { status } = error;
  if (error.textStatus === 'parsererror') return { code: 'unsupported' };
  if (status === 0) return { code: 'offline' };
  if (text === 'CSRF validation failed' && tried.key === true) return { code: 'unknownToken' };
  if (text === 'Invalid current password' && tried.withoutCurrent === true) return { code: 'currentPasswordRequired' };
  if (tried.logIn === true && (status === 401 || status === 403)) {
    const json = error.responseJSON;
    const secondFactor = typeof json === 'object' && json !== null && ('mfa' in json || 'mfa_error' in json);
    return secondFactor ? { code: 'denied', by: 'secondFactor' } : { code: 'badCredentials' };
  }
  if (text !== null && Object.hasOwn(texts, text)) return texts[text] as { code: ErrorCode };
  // OctoPrint speaks JSON; another server, or another path, does not.
  if ((status === 404 || status === 405) && error.responseJSON === undefined) return { code: 'unsupported' };
  if (status >= 500) return { code: statuses[status] ?? 'storeFailed' };
  return { code: statuses[status] ?? 'unsupported' };
}

/** What a failed request means, as an error of ours; the request's is its cause. */
export function toDoorwardError(error: unknown, tried: Tried = {}): Error {
  if (error instanceof InvalidArgumentError || DoorwardError.is(error)) return error;
  if (!(error instanceof RequestError)) return new DoorwardError('internal', undefined, { cause: error });
  const text = serverText(error.xhr);
  const { code, by } = codeOf(error, text, tried);
  const seconds = Number(error.xhr.getResponseHeader('retry-after') ?? Number.NaN);
  const details = {
    ...(by !== undefined && { by }),
    ...(code === 'lockedOut' && seconds > 0 && { retryAfter: seconds * 1000 }),
  };
  const message = code === 'unsupported' ? 'what answers there is no OctoPrint' : (text ?? undefined);
  return new DoorwardError(code, message, { details, cause: error });
}
