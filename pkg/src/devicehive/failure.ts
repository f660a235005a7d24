import { DoorwardError, type ErrorCode } from '../errors.js';

/** Texts that say more than the status (sections 1.5 and 4). */
const texts: readonly (readonly [status: number, text: RegExp, code: ErrorCode])[] = [
  [401, /^Token (?:has )?expired$/, 'expiredToken'],
  [401, /^User is locked or disabled$/, 'accountDisabled'],
  [401, /^(?:Invalid credentials$|User with login = )/, 'badCredentials'],
  [403, /^Old password is required!$/, 'currentPasswordRequired'],
  [403, /^Invalid credentials$/, 'currentPasswordWrong'],
  [403, / already exists/, 'alreadyExists'],
  [403, /^You can not delete a user or access key that you use/, 'ownAccount'],
  [403, /^User is locked or disabled$/, 'accountDisabled'],
];

const statuses: Readonly<Record<number, ErrorCode>> = {
  400: 'invalidArgument',
  401: 'unknownToken',
  403: 'denied',
  404: 'notFound',
  413: 'limitExceeded',
  429: 'lockedOut',
  502: 'offline',
  503: 'offline',
  504: 'offline',
};

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

export const notDevicehive = (cause?: unknown): DoorwardError =>
  new DoorwardError('unsupported', 'what answers there is no DeviceHive', cause === undefined ? {} : { cause });

/** A reply that is no success, as an error of ours; `details.status` is its status. */
export function failureOf(status: number, body: unknown): DoorwardError {
  const message = isObject(body) && typeof body['message'] === 'string' ? body['message'] : undefined;
  const details = { status };
  if (message === undefined) {
    const code = statuses[status];
    return code === 'offline' ? new DoorwardError(code, undefined, { details }) : notDevicehive();
  }
  const known = texts.find(([of, text]) => of === status && text.test(message));
  const code = known?.[2] ?? statuses[status] ?? (status >= 500 ? 'storeFailed' : 'unsupported');
  return new DoorwardError(code, message, { details });
}
