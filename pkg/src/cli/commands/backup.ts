import type { Command } from 'commander';
import { DoorwardError } from 'doorward';
import type { Store } from 'doorward/contract';
import { exportStore } from '../backup/export.js';
import type { BackupRecord } from '../backup/format.js';
import { importStore } from '../backup/import.js';
import { type Globals, withStore, type Work } from '../context.js';
import { type LocalSession, openLocal } from 'doorward/faces';
import type { Imported } from '../imports/imported.js';
import { makeOutput, type Output } from '../output.js';
import { UsageError } from '../problem.js';
import { openStore, parseStore } from '../stores.js';
import { applyAndPrint } from './apply.js';

/** A backup is of the store itself: no door is opened on it, so that a store no door would open can be restored. */
function withRawStore<O>(
  work: (store: Store, file: string | null, options: O & Globals, out: Output) => Promise<void>,
) {
  return async function (this: Command): Promise<void> {
    const options = this.optsWithGlobals<O & Globals>();
    const target = parseStore(options.store);
    if (target.kind === 'server') {
      throw new DoorwardError('unsupported', 'this command needs the store itself, not the address of a server');
    }
    const given = this.processedArgs[0] as string | undefined;
    const store = await openStore(target);
    try {
      await work(
        store,
        given === undefined || given === '-' ? null : given,
        options,
        makeOutput(options.json === true),
      );
    } finally {
      await store.close();
    }
  };
}

/** Would this version open a store with these records? Tried in memory. */
async function probe(records: readonly BackupRecord[]): Promise<void> {
  const { memory } = await import('doorward/stores/memory');
  const store = memory();
  await store.commit({ checks: [], mutations: records.map(({ key, value }) => ({ set: key, value })) });
  const { door } = await openLocal({ store });
  await door.close();
}

/** `doorward export` and `doorward import`. */
export function addBackupCommands(program: Command): void {
  program
    .command('export [file]')
    .description('back up the whole store to a file, or to stdout')
    .option('--force', 'replace the file if it exists')
    .addHelpText(
      'after',
      `
The backup is versioned, checksummed and of one instant, also while others use the store.
It holds the digests of all passwords and tokens: the file is made with mode 0600; keep it so.

Example:
  doorward export backup.jsonl
`,
    )
    .action(
      withRawStore<{ force?: boolean }>(async (store, file, options, out) => {
        const records = await exportStore(store, file, { force: options.force === true });
        if (file === null) out.note(`exported ${records} records`);
        else out.result({ records, file }, () => out.note(`exported ${records} records to \`${file}\``));
      }),
    );

  program
    .command('import <what> [files...]')
    .description('restore a backup into an empty store, or bring users over from another server')
    .option('--replace', 'give up what the store holds; for a backup')
    .option('--dry-run', 'print what would happen and change nothing; for another server')
    .addHelpText(
      'after',
      `
The whole file is verified before anything is written. Stop whatever uses the store first.
If a large import is cut off, the store says so when it is opened: repeat it with --replace.

From another server, users come with their groups, permissions, keys and settings, and with
what they are associated with. Their passwords go on working, and are hashed anew at the next
log-in. A second run changes nothing.

Examples:
  doorward import backup.jsonl --store lmdb:./restored.lmdb
  doorward import octoprint users.yaml groups.yaml config.yaml --policy octoprint --dry-run
  doorward import devicehive users.jsonl --policy devicehive
`,
    )
    .action(function (this: Command) {
      const [what, files] = this.processedArgs as [string, string[]];
      if (files.length === 0) return restore.call(this);
      if (importers.has(what)) return bringOver.call(this);
      throw new UsageError(`there is nothing to import from \`${what}\`: one of ${[...importers.keys()].join(', ')}`);
    });
}

const restore = withRawStore<{ replace?: boolean }>(async (store, file, options, out) => {
  if (file === null) throw new DoorwardError('unsupported', 'a backup is read twice: give a file, not stdin');
  const progress = (records: number): void => out.note(`wrote ${records} records`);
  const records = await importStore(store, file, { replace: options.replace === true, probe, progress });
  out.result({ records }, () => out.note(`imported ${records} records`));
});

type Opened = Pick<Work<LocalSession, object>, 'door' | 'session'>;

/** Other servers, and how their files are read. */
const importers = new Map<string, (files: string[], opened: Opened) => Promise<Imported>>([
  [
    'octoprint',
    async (files, opened) => {
      const [users, groups, config, ...more] = files;
      if (users === undefined || more.length > 0) {
        throw new UsageError('`import octoprint` takes users.yaml, then groups.yaml and config.yaml');
      }
      const { readOctoprint } = await import('../imports/octoprint.js');
      return readOctoprint(
        { users, ...(groups !== undefined && { groups }), ...(config !== undefined && { config }) },
        opened,
      );
    },
  ],
  [
    'devicehive',
    async ([file, ...more]) => {
      if (file === undefined || more.length > 0) throw new UsageError('`import devicehive` takes one file');
      const { readDevicehive } = await import('../imports/devicehive.js');
      return readDevicehive(file);
    },
  ],
]);

const bringOver = withStore<{ dryRun?: boolean }>(async ({ door, session, args, options, out }) => {
  const [what, files] = args as unknown as [string, string[]];
  const imported = await importers.get(what)?.(files, { door, session });
  if (imported === undefined) return;
  imported.notes.forEach((note) => out.note(note));
  await applyAndPrint(out, imported.world, { door, session }, options.dryRun === true);
});
