import type { LocalSession } from 'doorward';
import type { Command } from 'commander';
import { applyWorld, progressLines, tally, type Step } from '../apply.js';
import { withStore, type Work } from '../context.js';
import type { Output } from '../output.js';
import type { WorldFile } from '../world.js';

/** Applies a world file and prints what was done, or would be. */
export async function applyAndPrint(
  out: Output,
  file: WorldFile,
  opened: Pick<Work<LocalSession, object>, 'door' | 'session'>,
  dryRun: boolean,
): Promise<void> {
  printSteps(out, await applyWorld(file, opened, { dryRun, progress: progressLines(out.note) }), dryRun);
}

function printSteps(out: Output, steps: Step[], dryRun: boolean): void {
  const words = dryRun
    ? { created: 'create', updated: 'update', unchanged: 'unchanged' }
    : { created: 'created', updated: 'updated', unchanged: 'unchanged' };
  const counts = tally(steps);
  out.result({ dryRun, ...counts, steps }, () => {
    for (const { outcome, what, name } of steps) out.row([words[outcome].padEnd(9), what.padEnd(8), name]);
    out.line(`${counts.created} ${words.created}, ${counts.updated} ${words.updated}, ${counts.unchanged} unchanged`);
  });
}

/** `doorward apply FILE` */
export function addApplyCommand(program: Command): void {
  program
    .command('apply <file>')
    .description('declare users, groups, resources, links and tokens by a world file (JSON or YAML)')
    .option('--dry-run', 'print the plan and change nothing')
    .addHelpText(
      'after',
      `
Running it again changes nothing. What the file does not name is left alone. A file with a
fault is refused whole. Passwords and token values in the file are in the clear: guard it.

Example:
  doorward apply workshop.yaml --dry-run
`,
    )
    .action(
      withStore<{ dryRun?: boolean }>(async ({ door, session, args, options, out }) => {
        const { loadWorld } = await import('../world.js');
        const file = await loadWorld(args[0] ?? '');
        await applyAndPrint(out, file, { door, session }, options.dryRun === true);
      }),
    );
}
