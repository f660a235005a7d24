/** Every code a `DoorwardError` can carry, with what it means. Pinned by `tests/vectors/errors.json`; listed in `docs/errors.md`. */
export const errorCodes = Object.freeze({
  // asked wrongly
  invalidArgument: 'an argument is missing, of the wrong type or out of its bounds',
  unknownField: 'an object has a field that is not known here',
  invalidName: 'the login name breaks the name rule of the policy',
  invalidPassword: 'the password breaks the password rule of the policy',
  invalidEmail: 'the e-mail address cannot be one',
  invalidSettings: 'settings or data are no JSON object, or too large',
  invalidId: 'an id is malformed or beyond 2^53 - 1',
  unknownScope: 'no scope of that name is in the catalogue',
  unknownGroup: 'no group has that key',
  unknownKind: 'the resource kind is malformed',
  invalidCatalogue: 'the scope catalogue is malformed: a duplicate, a bad name or a cycle of implications',
  invalidPolicy: 'the policy is unknown or malformed',
  groupCycle: 'the group would contain itself',
  limitExceeded: 'a count or a size is beyond its limit',
  // refused
  denied: 'no rule allows this; details.by names the rule that decided',
  badCredentials: 'name or password is wrong',
  accountDisabled: 'the account is disabled or locked',
  lockedOut: 'too many failed log-ins; details.retryAfter says how many milliseconds to wait',
  currentPasswordRequired: 'the current password has to be given',
  currentPasswordWrong: 'the current password is wrong',
  secondFactorRequired: 'the code of the second factor has to be given',
  secondFactorWrong: 'the code of the second factor is wrong, or was used before',
  invalidToken: 'the token is malformed or mistyped',
  unknownToken: 'the token is not known: never issued, revoked, or its owner is gone',
  expiredToken: 'the token has expired',
  setupDone: 'first-run set-up is over: a user exists',
  setupNeeded: 'no user exists yet: call setUp first',
  lastAdmin: 'the last active administrator cannot be removed, disabled or demoted',
  ownAccount: 'this cannot be done to the own account',
  // not there, already there
  notFound: 'no such user, token, group, resource or link',
  alreadyExists: 'the name, key or id is taken',
  // the store
  conflict: 'others kept changing the same records; try again',
  storeFailed: 'the store failed; the cause is attached',
  storeTimeout: 'the store did not answer in time',
  storeClosed: 'the store, or the door, is closed',
  storeFull: 'the store has no room left',
  storeCorrupt: 'the store holds something Doorward did not write',
  storeTooNew: 'the store was written by a newer version',
  invalidRange: 'a range of a read is malformed',
  invalidKey: 'a key is malformed or too long',
  invalidCommit: 'a commit is malformed',
  // the house
  notInitialized: 'the WebAssembly module is not loaded: call init(), or use open(), which does',
  initFailed: 'the WebAssembly module could not be loaded',
  initConflict: 'init() was called with another source after it had succeeded',
  hashFailed: 'the password hash could not be computed',
  busy: 'too many password hashes are waiting',
  offline: 'the server cannot be reached',
  unsupported: 'this adapter, platform or build cannot do that',
  invalidFile: 'the file is malformed, damaged or of a newer format',
  internal: 'a defect of Doorward',
} as const);

export type ErrorCode = keyof typeof errorCodes;

/** The one error class of Doorward. Test `code`, or `DoorwardError.is(e)`: `instanceof` fails where two copies of the package are loaded. */
export class DoorwardError extends Error {
  override readonly name = 'DoorwardError';
  readonly code: ErrorCode;
  /** What a program may want to know: `by` (the rule), `retryAfter` (ms), `field`, `keys`… Never a secret. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message?: string, options: { details?: Record<string, unknown>; cause?: unknown } = {}) {
    super(message ?? errorCodes[code], options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = Object.freeze({ ...options.details });
  }

  /** Is it a DoorwardError (of any copy of the package), and, if `code` is given, of this code? */
  static is(error: unknown, code?: ErrorCode): error is DoorwardError {
    return (
      error instanceof Error &&
      error.name === 'DoorwardError' &&
      'code' in error &&
      (code === undefined || error.code === code)
    );
  }
}

/** Thrown synchronously where `OctoPrintClient` does: a name or password that is missing. */
export class InvalidArgumentError extends Error {
  override readonly name = 'InvalidArgumentError';
  readonly code = 'invalidArgument';
}
