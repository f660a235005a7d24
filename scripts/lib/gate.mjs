// What a gate reports, and the shapes most gates have.

import { availableParallelism } from 'node:os';
import { tryRun } from './run.mjs';

/**
 * @typedef {object} Outcome
 * @property {number} passed
 * @property {number} failed
 * @property {{name: string, reason: string}[]} skipped each with its reason
 * @property {string} output shown where something failed, complete
 * @property {string} [note] one or two words behind the seconds
 */

/** @returns {Outcome} */
export const outcome = (parts) => ({ passed: 0, failed: 0, skipped: [], output: '', ...parts });

/** Several outcomes as one. @param {Outcome[]} all @returns {Outcome} */
export const sum = (all) =>
  outcome({
    passed: all.reduce((total, one) => total + one.passed, 0),
    failed: all.reduce((total, one) => total + one.failed, 0),
    skipped: all.flatMap((one) => one.skipped),
    output: all
      .filter((one) => one.failed > 0)
      .map((one) => one.output)
      .join('\n'),
    note: all.flatMap((one) => one.note ?? []).join(', ') || undefined,
  });

/** A command that either passes or does not: counts as one. */
export async function command(name, args, options = {}) {
  const result = await tryRun(name, args, options);
  const ok = result.code === 0;
  return outcome({ passed: ok ? 1 : 0, failed: ok ? 0 : 1, output: result.output });
}

/**
 * Reads cargo test's own result lines. A crate that does not compile, a crash and an empty run are failures, too.
 * @param {{code: number, output: string}} result
 */
export function cargoTests(result) {
  let [passed, failed] = [0, 0];
  for (const [, good, bad] of result.output.matchAll(/^test result: \S+ (\d+) passed; (\d+) failed;/gm)) {
    passed += Number(good);
    failed += Number(bad);
  }
  const skipped = [...result.output.matchAll(/^test (.+?) \.\.\. ignored(?:, (.*))?$/gm)].map(([, name, reason]) => ({
    name,
    reason: reason ?? 'marked `#[ignore]`',
  }));
  if (failed === 0 && (result.code !== 0 || passed === 0)) failed = 1;
  const empty = passed === 0 && result.code === 0 ? '\nno test ran\n' : '';
  return outcome({ passed, failed, skipped, output: result.output + empty });
}

/**
 * Runs test files by `node --test` and reads its summary.
 * @param {string[]} files
 * @param {{env?: Record<string, string|undefined>, concurrency?: number, timeout?: number, onLine?: (line: string) => void}} [options]
 */
export async function nodeTests(files, options = {}) {
  if (files.length === 0) return outcome({ failed: 1, output: 'there are no test files\n' });
  const jobs = options.concurrency ?? availableParallelism();
  const limit = options.timeout ?? 300_000;
  const flags = ['--test', '--test-reporter=spec', `--test-concurrency=${jobs}`, `--test-timeout=${limit}`];
  // A run of this runner inside a test (packaging) must not be taken for a part of it.
  const env = { NODE_TEST_CONTEXT: undefined, FORCE_COLOR: '0', ...options.env };
  const result = await tryRun(process.execPath, [...flags, ...files], { env, onLine: options.onLine });
  const count = (name) => Number(new RegExp(`^\\S+ ${name} (\\d+)$`, 'm').exec(result.output)?.[1] ?? 0);
  const plain = (reason) => (reason === undefined || reason === 'SKIP' ? 'no reason given' : reason);
  const skipped = [
    ...result.output.matchAll(/^\s*(?:﹣ (.+?) \([\d.]+ms\)(?: # (.*))?|\S+ (.+?) \([\d.]+ms\) # (TO.*))$/gm),
  ];
  const passed = count('pass');
  let failed = count('fail') + count('cancelled');
  if (failed === 0 && (result.code !== 0 || passed === 0)) failed = 1;
  return outcome({
    passed,
    failed,
    skipped: skipped.map(([, name, reason, open, mark]) => ({ name: name ?? open, reason: plain(reason ?? mark) })),
    output: result.output,
  });
}
