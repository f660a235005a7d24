import { DoorwardError } from '../errors.js';

function malformed(name: string): DoorwardError {
  return new DoorwardError('unsupported', `\`${name}\` in the answer is not what VRM writes`);
}

/** A number, which may come as digits (spec 1.7). */
export function numberOf(name: string, value: unknown): number {
  const number = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) throw malformed(name);
  return number;
}

/** Likewise, or null; absent counts as null. */
export function maybeNumberOf(name: string, value: unknown): number | null {
  return value === null || value === undefined ? null : numberOf(name, value);
}

export function textOf(name: string, value: unknown): string {
  if (typeof value !== 'string') throw malformed(name);
  return value;
}

export function listOf(name: string, value: unknown): Record<string, unknown>[] {
  if (!Array.isArray(value)) throw malformed(name);
  return value as Record<string, unknown>[];
}

export function objectOf(name: string, value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw malformed(name);
  return value as Record<string, unknown>;
}

/** Milliseconds of seconds. */
export const millis = (seconds: number | null): number | null => (seconds === null ? null : seconds * 1000);

export function badArgument(field: string, message: string): DoorwardError {
  return new DoorwardError('invalidArgument', message, { details: { field } });
}
