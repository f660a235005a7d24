/** What a group of commits, one after the other, makes of the records they check. */
import type { CommitResult, Version } from '../../contract.js';
import { conflictsOf, type PlannedCommit } from './validate.js';
import { changesOf, type PlannedChange } from './watchers.js';

/** A record as a commit left it. */
export interface Written {
  readonly key: string[];
  readonly value: string;
  readonly version: Version;
}

export interface Outcome {
  readonly result: CommitResult;
  readonly changes: PlannedChange[];
}

export interface Decided {
  readonly outcomes: Outcome[];
  /** By encoded key; null: to be deleted. */
  readonly after: Map<string, Written | null>;
  /** The number of the last commit that changes something, or `count` where none does. */
  readonly last: number;
}

/** `versionAt`: the version before all of them; `count`: the number of the last commit so far. */
export function decide(
  commits: readonly PlannedCommit[],
  versionAt: (at: string) => Version | null,
  count: number,
): Decided {
  const after = new Map<string, Written | null>();
  const versionNow = (at: string): Version | null => {
    const written = after.get(at);
    return written === undefined ? versionAt(at) : (written?.version ?? null);
  };
  let last = count;
  const outcomes = commits.map(({ checks, mutations }): Outcome => {
    const conflicts = conflictsOf(checks, versionNow);
    if (conflicts.length > 0) return { result: { ok: false, conflicts }, changes: [] };
    if (mutations.length > 0) last += 1;
    const version = String(last);
    for (const { at, key, value } of mutations) {
      after.set(at, value === null ? null : { key: key.slice(), value, version });
    }
    return { result: { ok: true, version }, changes: changesOf(mutations, version) };
  });
  return { outcomes, after, last };
}
