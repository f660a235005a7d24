/** Words for what the package gives as codes, times and records. */
import type { Grant, GroupRecord, Status, TokenKind } from 'doorward';

/** A `DoorwardError` as far as the page looks into it; by shape, so that views need not load the package for it. */
interface Coded {
  code: string;
  message: string;
  details?: Readonly<Record<string, unknown>>;
}

function coded(error: unknown): Coded | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? (error as Error & Coded) : null;
}

/** The error's code, or '' where it has none. */
export function codeOf(error: unknown): string {
  return coded(error)?.code ?? '';
}

/** The rule that refused, or ''. */
export function ruleOf(error: unknown): string {
  const by = coded(error)?.details?.['by'];
  return typeof by === 'string' ? by : '';
}

/** How long to wait before the next attempt, in ms. */
export function retryAfterOf(error: unknown): number {
  const wait = coded(error)?.details?.['retryAfter'];
  return typeof wait === 'number' ? wait : 0;
}

/** An error as a sentence. */
export function sentence(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (message === '') return 'Something failed.';
  const text = message[0]?.toUpperCase() + message.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** Which field of a form an error is about, where its details do not say. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  invalidName: ['name'],
  invalidPassword: ['password'],
  invalidEmail: ['email'],
  invalidSettings: ['settings'],
  unknownScope: ['scopes'],
  unknownGroup: ['subgroups', 'groups'],
  groupCycle: ['subgroups'],
  alreadyExists: ['key', 'name'],
  unknownKind: ['reach'],
  invalidId: ['reach'],
  currentPasswordRequired: ['current'],
  currentPasswordWrong: ['current', 'password'],
  secondFactorRequired: ['code'],
  secondFactorWrong: ['code'],
};

/** The first of a form's fields that the error is about, or ''. */
export function fieldOf(error: unknown, fields: readonly string[]): string {
  const known = coded(error);
  const named = known?.details?.['field'];
  if (typeof named === 'string') {
    // `reach.thing` belongs to the field `reach`; OctoPrint's `permissions` are the scopes.
    const field = named.split(/[.[]/)[0] ?? '';
    if (fields.includes(field)) return field;
    if (field === 'permissions' && fields.includes('scopes')) return 'scopes';
  }
  return (FIELDS[known?.code ?? ''] ?? []).find((field) => fields.includes(field)) ?? '';
}

const dateTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });

/** A moment in the reader's own manner. */
export function when(time: number): string {
  return dateTime.format(time);
}

const STEPS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
];

/** `3 hours ago`, `in 5 days`; beyond a month the date itself. */
export function ago(time: number, now = Date.now()): string {
  const distance = time - now;
  if (Math.abs(distance) > 30 * 86_400_000) return when(time);
  for (const [unit, size] of STEPS) {
    if (Math.abs(distance) >= size) return relative.format(Math.trunc(distance / size), unit);
  }
  return distance > 0 ? 'in less than a minute' : 'just now';
}

/** A wait, rounded up. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(1, Math.ceil(milliseconds / 1000));
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.ceil(minutes / 60)} h`;
}

export const statusWords: Readonly<Record<Status, string>> = {
  active: 'Active',
  locked: 'Locked',
  disabled: 'Disabled',
};

export const kindWords: Readonly<Record<TokenKind, string>> = {
  session: 'Session',
  apikey: 'API key',
  access: 'Access token',
  device: 'Device',
};

/** Where a right comes from, in words. */
export function origin(grant: Grant, groups: ReadonlyMap<string, GroupRecord>): string {
  const source =
    grant.via.kind === 'direct'
      ? 'given directly'
      : `through ${grant.via.path.length > 1 ? 'the groups' : 'the group'} ${grant.via.path
          .map((key) => groups.get(key)?.name || key)
          .join(' → ')}`;
  return grant.granted === grant.scope ? source : `comes with ${grant.granted}, ${source}`;
}

/** `printer.start` or `userAdded` as `User added`: for event names. */
export function eventWords(what: string): string {
  const spaced = what.replace(/([a-z])([A-Z])/g, (_all, a: string, b: string) => `${a} ${b.toLowerCase()}`);
  return `${spaced[0]?.toUpperCase() ?? ''}${spaced.slice(1)}`;
}

export function initials(name: string): string {
  const [first = '', second] = name.trim().split(/[\s._-]+/);
  return ((first[0] ?? '?') + (second?.[0] ?? '')).toUpperCase();
}
