/** What goes wrong at etcd or on the way there, and what the contract calls it. */
import { DoorwardError } from '../../errors.js';

/** What `fetch` and etcd say, told apart by what is known of the request. */
export class EtcdFailure extends Error {
  /** `unsent`: nobody has it. `lost`: whether it was done is not known. `refused`: it was not done. */
  readonly kind: 'unsent' | 'lost' | 'refused';
  readonly grpc: number | undefined;

  constructor(kind: EtcdFailure['kind'], message: string, grpc?: number) {
    super(message);
    this.kind = kind;
    this.grpc = grpc;
  }
}

const invalidArgument = 3;
const outOfRoom = 8;
/** Has it no room by its own quota? Then the request may have been done all the same. */
export function isBeyondQuota(error: unknown): boolean {
  return error instanceof EtcdFailure && error.message.includes('database space exceeded');
}

/** Any failure as a `DoorwardError`. */
export function coded(error: unknown): DoorwardError {
  if (DoorwardError.is(error)) return error;
  if (!(error instanceof EtcdFailure)) return new DoorwardError('storeFailed', undefined, { cause: error });
  const { message, grpc } = error;
  const cause = new Error(message);
  if (grpc === invalidArgument && message.includes('too many operations')) {
    const hint = 'the commit is larger than etcd allows: start it with a higher --max-txn-ops';
    return new DoorwardError('limitExceeded', hint, { cause });
  }
  if (message.includes('request is too large') || (grpc === outOfRoom && message.includes('larger than max'))) {
    const hint = 'the commit is larger than etcd allows: start it with a higher --max-request-bytes';
    return new DoorwardError('limitExceeded', hint, { cause });
  }
  if (isBeyondQuota(error)) return new DoorwardError('storeFull', undefined, { cause });
  return new DoorwardError('storeFailed', undefined, { cause });
}
