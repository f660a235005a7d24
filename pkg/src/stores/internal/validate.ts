/**
 * What every adapter asks of a read and a commit before it touches its data: checked against `limits.ts`, copied, and
 * with the keys encoded. Adapters work on the result alone, so that a caller who changes his objects later changes nothing.
 */
import type { Commit, Key, Range, Version } from '../../contract.js';
import { DoorwardError, type ErrorCode } from '../../errors.js';
import { encodeKeyText, encodePrefixText, isBelow, utf8Length } from '../../keys.js';
import { limits } from '../../limits.js';

/** One range, its keys as encoded texts. Both bounds of a stretch are excluded. */
export type PlannedRange =
  | { readonly at: string; readonly key: Key }
  | { readonly above: string; readonly under: string; readonly limit: number; readonly reverse: boolean };

export interface PlannedCheck {
  readonly at: string;
  readonly key: Key;
  readonly version: Version | null;
}

/** `value` null means delete. */
export interface PlannedMutation {
  readonly at: string;
  readonly key: Key;
  readonly value: string | null;
}

export interface PlannedCommit {
  readonly checks: readonly PlannedCheck[];
  readonly mutations: readonly PlannedMutation[];
}

/** @throws DoorwardError `invalidRange`, `invalidKey`, `limitExceeded` */
export function planRanges(ranges: readonly Range[]): PlannedRange[] {
  if (!Array.isArray(ranges)) throw new DoorwardError('invalidRange', 'the ranges of a read have to be an array');
  withinLimit(ranges.length, limits.readRanges, 'ranges in a read');
  const planned: PlannedRange[] = [];
  // By number, so that a hole counts as a range, and is refused.
  for (let at = 0; at < ranges.length; at += 1) planned.push(planRange((ranges as readonly Range[])[at] as Range));
  return planned;
}

/** @throws DoorwardError `invalidCommit`, `invalidKey`, `limitExceeded` */
export function planCommit(commit: Commit): PlannedCommit {
  checkFields(commit, ['checks', 'mutations'], 'invalidCommit', 'a commit');
  const { checks, mutations } = commit;
  if (!Array.isArray(checks) || !Array.isArray(mutations)) {
    throw new DoorwardError('invalidCommit', 'a commit needs an array of checks and one of mutations');
  }
  withinLimit(checks.length, limits.checks, 'checks in a commit');
  withinLimit(mutations.length, limits.mutations, 'mutations in a commit');
  return { checks: Array.from(checks, planCheck), mutations: Array.from(mutations, planMutation) };
}

/**
 * The encoded prefixes of a watch.
 * @throws DoorwardError `invalidArgument`, `invalidKey`
 */
export function planWatch(prefixes: readonly Key[], handler: unknown, lost: unknown): string[] {
  if (!Array.isArray(prefixes))
    throw new DoorwardError('invalidArgument', 'the prefixes of a watch have to be an array');
  if (typeof handler !== 'function') throw new DoorwardError('invalidArgument', 'a watch needs a function');
  if (lost !== undefined && typeof lost !== 'function') {
    throw new DoorwardError('invalidArgument', '`lost` of a watch has to be a function');
  }
  return Array.from(prefixes as readonly Key[], encodePrefixText);
}

/**
 * Refuses options an adapter does not know; nothing is silently ignored.
 * @throws DoorwardError `invalidArgument`, `unknownField`
 */
export function checkOptions(options: unknown, known: readonly string[], adapter: string): void {
  if (typeof options !== 'object' || options === null) {
    throw new DoorwardError('invalidArgument', `the options of ${adapter} have to be an object`);
  }
  for (const field of Object.keys(options)) {
    if (!known.includes(field)) {
      throw new DoorwardError('unknownField', `${adapter} has no option \`${field}\``, { details: { field } });
    }
  }
}

/** The keys of the failed checks, each once, in the order of the checks. */
export function conflictsOf(checks: readonly PlannedCheck[], versionAt: (at: string) => Version | null): Key[] {
  const failed = new Map<string, Key>();
  for (const check of checks) {
    if (versionAt(check.at) !== check.version) failed.set(check.at, check.key);
  }
  return Array.from(failed.values(), (key) => key.slice());
}

function planRange(range: Range): PlannedRange {
  if (isObject(range) && 'key' in range) {
    checkFields(range, ['key'], 'invalidRange', 'a range of one key');
    return { at: encodeKeyText(range.key), key: range.key.slice() };
  }
  checkFields(range, ['prefix', 'after', 'limit', 'reverse'], 'invalidRange', 'a range below a prefix');
  if (!('prefix' in range)) throw new DoorwardError('invalidRange', 'a range needs a key or a prefix');
  const { after, limit = limits.rangeEntries, reverse = false } = range;
  const prefix = encodePrefixText(range.prefix);
  if (!Number.isInteger(limit) || limit < 1 || limit > limits.rangeEntries) {
    throw new DoorwardError(
      'invalidRange',
      `the limit of a range has to be an integer from 1 to ${limits.rangeEntries}`,
    );
  }
  if (typeof reverse !== 'boolean') throw new DoorwardError('invalidRange', '`reverse` has to be true or false');
  let above = prefix;
  let under = prefix + '\xff';
  if (after !== undefined) {
    const from = encodeKeyText(after);
    if (!isBelow(from, prefix)) throw new DoorwardError('invalidRange', '`after` has to lie below the prefix');
    if (reverse) under = from;
    else above = from;
  }
  return { above, under, limit, reverse };
}

function planCheck(check: unknown): PlannedCheck {
  checkFields(check, ['key', 'version'], 'invalidCommit', 'a check');
  const { key, version } = check as { key: Key; version: unknown };
  const at = encodeKeyText(key);
  if (version !== null && typeof version !== 'string') {
    throw new DoorwardError('invalidCommit', 'the version of a check has to be a string or null');
  }
  return { at, key: key.slice(), version };
}

function planMutation(mutation: unknown): PlannedMutation {
  if (isObject(mutation) && 'delete' in mutation) {
    checkFields(mutation, ['delete'], 'invalidCommit', 'a mutation that deletes');
    const key = mutation['delete'] as Key;
    return { at: encodeKeyText(key), key: key.slice(), value: null };
  }
  checkFields(mutation, ['set', 'value'], 'invalidCommit', 'a mutation that sets');
  const { set, value } = mutation as { set: Key; value: unknown };
  if (set === undefined) throw new DoorwardError('invalidCommit', 'a mutation needs `set` or `delete`');
  const at = encodeKeyText(set);
  if (typeof value !== 'string' || value === '') {
    throw new DoorwardError('invalidCommit', 'a value has to be JSON text');
  }
  const bytes = utf8Length(value);
  if (bytes < 0) throw new DoorwardError('invalidCommit', 'a value holds a lone surrogate');
  withinLimit(bytes, limits.valueBytes, 'bytes in a value');
  return { at, key: set.slice(), value };
}

function checkFields(value: unknown, known: readonly string[], code: ErrorCode, what: string): void {
  if (!isObject(value)) throw new DoorwardError(code, `${what} has to be an object`);
  for (const field in value) {
    if (!known.includes(field)) {
      throw new DoorwardError(code, `${what} has no field \`${field}\``, { details: { field } });
    }
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function withinLimit(count: number, limit: number, what: string): void {
  if (count > limit) {
    throw new DoorwardError('limitExceeded', `${count} ${what}, more than ${limit}`, { details: { limit } });
  }
}
