import { DoorwardError, type ErrorCode } from '../errors.js';

/** Members of `UserError` (spec §2.1). */
const userErrors: Readonly<Record<string, ErrorCode>> = {
  UserErrorBackendError: 'storeFailed',
  UserErrorInvalidUserId: 'notFound',
  UserErrorDuplicateUserId: 'alreadyExists',
  UserErrorBadPassword: 'invalidPassword',
  UserErrorTokenNotFound: 'notFound',
  UserErrorPermissionDenied: 'denied',
  UserErrorInconsistantScopes: 'invalidArgument',
};

/** A refusal inside a reply; later servers may know members that are not known here. */
export function userFailure(member: string): DoorwardError {
  const code = Object.hasOwn(userErrors, member) ? userErrors[member] : undefined;
  return new DoorwardError(code ?? 'denied', `the server refused: \`${member.slice(0, 100)}\``, {
    details: { userError: member },
  });
}

/** A reply that is no success (spec §1.6). */
export function replyFailure(status: unknown, error: unknown): DoorwardError {
  const text = typeof error === 'string' ? error.slice(0, 500) : '';
  const code = (): ErrorCode => {
    if (status === 'unauthorized') return text.startsWith('Initial setup required') ? 'setupNeeded' : 'unknownToken';
    if (text === 'Permission denied.') return 'denied';
    if (text.startsWith('Invalid params:')) return 'invalidArgument';
    return text.startsWith('No such ') ? 'unsupported' : 'storeFailed';
  };
  return new DoorwardError(code(), `the server refused: ${text}`);
}
