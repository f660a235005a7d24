import { DoorwardError } from 'doorward';
import type { JsonObject, ReachInput } from 'doorward';
import { InvalidArgumentError } from 'commander';

/** For options that may be given several times. */
export const collect = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value];

/** An option's integer. */
export function integer(text: string): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(value)) throw new InvalidArgumentError('It has to be an integer.');
  return value;
}

/** A TCP port; 0 lets the system choose. */
export function port(text: string): number {
  const value = integer(text);
  if (value > 65_535) throw new InvalidArgumentError('It has to be from 0 to 65535.');
  return value;
}

/** An option's JSON object. */
export function jsonObject(text: string): JsonObject | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InvalidArgumentError('It has to be JSON.');
  }
  if (typeof value !== 'object' || Array.isArray(value))
    throw new InvalidArgumentError('It has to be a JSON object, or null.');
  return value as JsonObject | null;
}

const units: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A moment in milliseconds since 1970, from an ISO 8601 date or a span from now (`90d`, `12h`, `30m`). */
export function moment(text: string): number {
  const span = /^(\d{1,6})([mhd])$/.exec(text);
  if (span) return Date.now() + Number(span[1]) * (units[span[2] ?? ''] ?? NaN);
  const time = isoTime(text);
  if (time === null)
    throw new InvalidArgumentError(
      'It has to be an ISO 8601 date (`2027-01-31T12:00Z`) or a span (`90d`, `12h`, `30m`).',
    );
  return time;
}

/** Milliseconds of an ISO 8601 date; a day alone means its beginning in UTC. Null for anything else. */
export function isoTime(text: string): number | null {
  if (!/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/.test(text)) return null;
  const time = Date.parse(text);
  return Number.isNaN(time) ? null : time;
}

/**
 * The reach that `--reach KIND=ID` options add up to; `KIND=all` means every resource of the kind.
 * @throws DoorwardError `invalidArgument`
 */
export function parseReach(texts: readonly string[]): ReachInput {
  const reach = new Map<string, 'all' | string[]>();
  for (const text of texts) {
    const equals = text.indexOf('=');
    const id = text.slice(equals + 1);
    if (equals < 1 || id === '') {
      throw new DoorwardError('invalidArgument', `\`${text}\` is not of the form KIND=ID or KIND=all`, {
        details: { field: 'reach' },
      });
    }
    const kind = text.slice(0, equals);
    const before = reach.get(kind) ?? [];
    reach.set(kind, id === 'all' || before === 'all' ? 'all' : [...before, id]);
  }
  return Object.fromEntries(reach);
}

/** The fields that are given: absent ones would otherwise overwrite with `undefined`. */
export function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
