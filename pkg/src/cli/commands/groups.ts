import type { Command } from 'commander';
import { withSession } from '../context.js';
import { collect, given } from '../values.js';

const columns = ['key', 'name', 'scopes', 'subgroups', 'default', 'dangerous'] as const;

interface GroupFields {
  name?: string;
  description?: string;
  scope?: string[];
  scopes?: boolean;
  subgroup?: string[];
  subgroups?: boolean;
  default?: boolean;
}

function fieldOptions(command: Command): Command {
  return command
    .option('--name <text>', 'the name for people to read')
    .option('--description <text>', 'what it is for')
    .option('--scope <name>', 'a scope; may be given several times', collect)
    .option('--no-scopes', 'no scopes')
    .option('--subgroup <key>', 'a group whose scopes come with this one; may be given several times', collect)
    .option('--no-subgroups', 'no subgroups')
    .option('--default', 'given to new accounts for which no groups are named')
    .option('--no-default', 'not given to new accounts');
}

function fields(options: GroupFields) {
  return given({
    name: options.name,
    description: options.description,
    scopes: options.scopes === false ? [] : options.scope,
    subgroups: options.subgroups === false ? [] : options.subgroup,
    default: options.default,
  });
}

/** `doorward groups …` */
export function addGroupCommands(program: Command): void {
  const groups = program.command('groups').description('administer groups');

  groups
    .command('list')
    .description('list all groups')
    .action(
      withSession(async ({ session, out }) => {
        const found = await session.groups.list();
        out.result(found, () =>
          out.table(
            columns,
            found.groups.map((group) => columns.map((column) => group[column])),
          ),
        );
      }),
    );

  groups
    .command('get <key>')
    .description('show one group')
    .action(
      withSession(async ({ session, args, out }) => {
        const group = await session.groups.get(args[0] ?? '');
        out.result(group, () => out.fields(group));
      }),
    );

  fieldOptions(groups.command('add <key>').description('add a group'))
    .addHelpText('after', '\nExample:\n  doorward groups add lab --name Lab --scope printer.start\n')
    .action(
      withSession<GroupFields>(async ({ session, args, options, out }) => {
        const group = await session.groups.add({ key: args[0] ?? '', ...fields(options) });
        out.result(group, () => out.fields(group));
      }),
    );

  fieldOptions(groups.command('update <key>').description('change a group; what is not named stays as it is')).action(
    withSession<GroupFields>(async ({ session, args, options, out }) => {
      const group = await session.groups.update(args[0] ?? '', fields(options));
      out.result(group, () => out.fields(group));
    }),
  );

  groups
    .command('delete <key>')
    .description('delete a group')
    .action(
      withSession(async ({ session, args, out }) => {
        await session.groups.delete(args[0] ?? '');
        out.result({ removed: args[0] }, () => out.note(`removed \`${args[0] ?? ''}\``));
      }),
    );
}
