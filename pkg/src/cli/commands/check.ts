import type { Command } from 'commander';
import { DoorwardError } from 'doorward';
import type { CheckFinding, CheckProgress, CheckReport } from 'doorward/faces';
import { withStore } from '../context.js';
import type { Output } from '../output.js';

/** Records between two lines of progress. */
const stride = 50_000;

/** What is wrong, for people. */
const meanings: Record<string, string> = {
  missing: 'an index entry is missing',
  wrong: 'an index entry says something else than its record',
  leftover: 'no record asks for it',
  orphan: 'its user is gone',
  dangling: 'it refers to something that is gone',
  miscounted: 'the count is not right',
  behind: 'a larger number was given out already',
  unreadable: 'the record cannot be read',
  misplaced: 'the record is that of another key',
  clash: 'two records claim it',
  senseless: 'it refers to what there cannot be',
  foreign: 'Doorward writes no such thing',
};

function describe({ fault, family, place, mendable, mended }: CheckFinding): string {
  const state = mended ? 'mended' : mendable ? 'can be mended' : 'has to be looked at';
  return `${family}${place === '' ? '' : ` ${place}`}: ${meanings[fault] ?? fault} (${state})`;
}

function progressOf(out: Output): (progress: CheckProgress) => void {
  let next = stride;
  return ({ family, records, findings }) => {
    if (records < next) return;
    next = records - (records % stride) + stride;
    out.note(`checked ${records} records, now at \`${family}\`${findings === 0 ? '' : `; ${findings} findings`}`);
  };
}

function show(report: CheckReport, out: Output): void {
  for (const finding of report.findings) out.row([describe(finding)]);
  const more = report.found - report.findings.length;
  if (more > 0) out.note(`and ${more} more`);
  if (report.uncounted) out.note('the audit was not counted: others kept writing');
  const left = report.found - report.mended;
  if (report.found === 0) out.note(`${report.records} records, and all of them agree`);
  else out.note(`${report.records} records, ${report.found} findings, ${report.mended} mended, ${left} left`);
}

/** `doorward check` */
export function addCheckCommand(program: Command): void {
  program
    .command('check')
    .description('verify a store: every record can be read, and every index agrees with its records')
    .option('--repair', 'mend what follows from the records; each repair leaves an entry in the audit')
    .addHelpText(
      'after',
      `
It may run beside a server. The exit code is 1 where something is wrong and was not mended.
--repair makes indexes and counts anew from the records, and removes what a user who is gone has left behind (tokens,
links). It invents nothing: a record that cannot be read, and two users of one name, are for people to decide.

Example:
  doorward check --store lmdb:./doorward.lmdb --repair
`,
    )
    .action(
      withStore<{ repair?: boolean }>(async ({ session, options, out }) => {
        const report = await session.check({ repair: options.repair === true, progress: progressOf(out) });
        out.result(report, () => show(report, out));
        const left = report.found - report.mended;
        if (left === 0) return;
        const mendable = report.findings.some((finding) => finding.mendable && !finding.mended);
        throw new DoorwardError(
          'storeCorrupt',
          `${left} ${left === 1 ? 'finding is' : 'findings are'} left${mendable ? '; `--repair` mends what can be mended' : ''}`,
        );
      }),
    );
}
