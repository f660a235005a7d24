import type { Command } from 'commander';
import { DoorwardError } from 'doorward';
import type { Store } from 'doorward/contract';
import { copyStore } from '../backup/copy.js';
import type { Globals } from '../context.js';
import { makeOutput } from '../output.js';
import { UsageError } from '../problem.js';
import { openStore, parseStore } from '../stores.js';

async function open(flag: string, url: string): Promise<Store> {
  const target = parseStore(url);
  if (target.kind === 'memory') throw new UsageError(`\`${flag}\` needs a store that lasts`);
  if (target.kind === 'server') {
    throw new DoorwardError('unsupported', `\`${flag}\` needs the store itself: \`rest+https://…\` is one`);
  }
  return openStore(target);
}

/** `doorward copy` */
export function addCopyCommand(program: Command): void {
  program
    .command('copy')
    .description('copy a whole store into another, empty one')
    .requiredOption('--from <url>', 'the store to copy')
    .requiredOption('--to <url>', 'the store to copy to')
    .addHelpText(
      'after',
      `
Both are compared by a digest of all records in the end. Stop whatever writes to the source first.
If it is cut off, the target says so when it is opened: repeat the command, and it goes on.

Example:
  doorward copy --from lmdb:./doorward.lmdb --to postgres://doorward@db.example/doorward
`,
    )
    .action(async function (this: Command) {
      const { from, to, json } = this.optsWithGlobals<Globals & { from: string; to: string }>();
      const out = makeOutput(json === true);
      if (from === to) throw new UsageError('`--from` and `--to` are the same store');
      const source = await open('--from', from);
      try {
        const target = await open('--to', to);
        try {
          const copied = await copyStore(source, target, (records) => out.note(`copied ${records} records`));
          out.result(copied, () => out.note(`both stores hold ${copied.records} records, sha256 ${copied.sha256}`));
        } finally {
          await target.close();
        }
      } finally {
        await source.close();
      }
    });
}
