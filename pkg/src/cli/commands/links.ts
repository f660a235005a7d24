import type { Command } from 'commander';
import { withSession } from '../context.js';
import { UsageError } from '../problem.js';
import { given, integer } from '../values.js';

const columns = ['user', 'kind', 'id', 'level'] as const;

/** `doorward links …` */
export function addLinkCommands(program: Command): void {
  const links = program.command('links').description('administer links between users and resources');

  links
    .command('list')
    .description('list the links of a user, or of a resource')
    .option('--user <name>', 'of this user')
    .option('--kind <kind>', 'of a resource of this kind')
    .option('--id <id>', 'of the resource with this id')
    .action(
      withSession<{ user?: string; kind?: string; id?: string }>(async ({ session, options, out }) => {
        const { user, kind, id } = options;
        const ofResource = kind !== undefined && id !== undefined;
        if ((user !== undefined) === ofResource || (kind === undefined) !== (id === undefined)) {
          throw new UsageError('give --user, or --kind and --id');
        }
        const found = await session.links.list(user !== undefined ? { user } : { kind: kind ?? '', id: id ?? '' });
        out.result(found, () =>
          out.table(
            columns,
            found.links.map((link) => columns.map((column) => link[column])),
          ),
        );
      }),
    );

  links
    .command('set <user> <kind> <id>')
    .description('link a user with a resource, or change the level of the link')
    .option('--level <level>', 'the level of the link', integer)
    .addHelpText('after', '\nExample:\n  doorward links set ann site 101 --level 1\n')
    .action(
      withSession<{ level?: number }>(async ({ session, args, options, out }) => {
        const [user = '', kind = '', id = ''] = args;
        const link = { user, kind, id, ...given({ level: options.level }) };
        await session.links.set(link);
        out.result(link, () => out.note('linked'));
      }),
    );

  links
    .command('delete <user> <kind> <id>')
    .description('remove a link')
    .action(
      withSession(async ({ session, args, out }) => {
        const [user = '', kind = '', id = ''] = args;
        await session.links.delete({ user, kind, id });
        out.result({ removed: { user, kind, id } }, () => out.note('removed'));
      }),
    );
}
