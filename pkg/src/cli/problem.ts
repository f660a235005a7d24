import { DoorwardError } from 'doorward';

/** The command was not written as the help says: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What is known of any failure. */
export interface Problem {
  code: string;
  message: string;
  details: Readonly<Record<string, unknown>>;
}

/** A failure of any kind as code, message and details; what is no error of Doorward's counts as a defect. */
export function describe(error: unknown): Problem {
  if (DoorwardError.is(error)) return { code: error.code, message: error.message, details: error.details };
  if (error instanceof UsageError) return { code: 'invalidArgument', message: error.message, details: {} };
  if (error instanceof Error && error.name === 'InvalidArgumentError') {
    return { code: 'invalidArgument', message: error.message, details: {} };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'internal', message, details: {} };
}

/** An error as a file operation of Node throws it, said in plain words. */
export function fileError(path: string, error: unknown): DoorwardError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const why: Record<string, string> = {
    ENOENT: 'there is no such file or folder',
    EACCES: 'permission denied',
    EISDIR: 'it is a folder',
    ENOTDIR: 'a part of the path is no folder',
    EEXIST: 'it exists already',
    ENOSPC: 'the disk is full',
  };
  const reason = why[code] ?? (error instanceof Error ? error.message : String(error));
  return new DoorwardError(code === 'ENOSPC' ? 'storeFull' : 'invalidArgument', `cannot use \`${path}\`: ${reason}`, {
    details: { path },
    cause: error,
  });
}
