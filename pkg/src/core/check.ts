/** The check of a whole store, for the machine's owner alone. */
import type { CheckHandle } from './border.js';
import { liftError } from './failure.js';

/** What is wrong with a record or an index entry. */
export interface CheckFinding {
  /**
   * What: `missing`, `wrong`, `leftover` (of an index), `orphan` (of a user who is gone), `dangling` (refers to what is
   * gone), `miscounted`, `behind` (of a sequence); and what is for people to decide: `unreadable`, `misplaced`, `clash` (two
   * records claim one index entry), `senseless`, `foreign` (nothing that Doorward writes).
   */
  fault: string;
  /** Of records: `user`, `name`, `token`… */
  family: string;
  /** The rest of its key; of a digest only the beginning. */
  place: string;
  /** A repair can mend it. */
  mendable: boolean;
  /** It is right by now. */
  mended: boolean;
}

/** What is known so far. */
export interface CheckProgress {
  /** The family that is looked at; empty at the end. */
  family: string;
  records: number;
  findings: number;
}

export interface CheckReport {
  /** Records that were looked at. */
  records: number;
  /** The first 10,000. */
  findings: CheckFinding[];
  /** How many were found, and how many of them mended. */
  found: number;
  mended: number;
  /** The number of entries in the audit could not be settled, because others kept writing. */
  uncounted: boolean;
}

export interface CheckOptions {
  /**
   * Mends what follows from the records; each repair is a commit with an entry in the audit. Of people nothing is invented;
   * what is dropped (tokens and links of a user who is gone) is among the findings.
   */
  repair?: boolean;
  progress?(progress: CheckProgress): void;
}

/** A step, as the core tells it. */
interface CheckStep {
  family: string;
  records: number;
  found: CheckFinding[];
  uncounted: boolean;
  done: boolean;
}

/** Findings that are kept: a store in which nothing is right must not fill the memory. */
const kept = 10_000;

/** Runs a check to its end, and frees it. */
export async function runCheck(handle: CheckHandle, progress: CheckOptions['progress']): Promise<CheckReport> {
  const report: CheckReport = { records: 0, findings: [], found: 0, mended: 0, uncounted: false };
  try {
    for (;;) {
      const { family, records, found, uncounted, done } = JSON.parse(await handle.step()) as CheckStep;
      report.records = records;
      report.found += found.length;
      report.mended += found.filter(({ mended }) => mended).length;
      report.uncounted ||= uncounted;
      report.findings.push(...found.slice(0, kept - report.findings.length));
      if (done) return report;
      progress?.({ family, records, findings: report.found });
    }
  } catch (error) {
    throw liftError(error);
  } finally {
    handle.free();
  }
}
