import { DoorwardError } from '../errors.js';

/** JSON for the core. What JSON would silently change (NaN, infinities, big integers) is refused instead. */
export function toJson(value: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value, (key, item: unknown) => {
      if (typeof item === 'number' && !Number.isFinite(item)) {
        throw new DoorwardError('invalidArgument', `\`${key}\` is no finite number`, { details: { field: key } });
      }
      return item;
    });
  } catch (error) {
    if (error instanceof DoorwardError) throw error;
    // A cycle, a BigInt, a toJSON that throws. Its own message may quote what is in it.
    throw new DoorwardError('invalidArgument', 'an argument cannot be written as JSON');
  }
  if (text === undefined) throw new DoorwardError('invalidArgument', 'an argument cannot be written as JSON');
  return text;
}

/** An argument that has to be an object with fields. */
export function needObject(value: unknown, what: string): asserts value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new DoorwardError('invalidArgument', `${what} has to be an object`);
  }
}
