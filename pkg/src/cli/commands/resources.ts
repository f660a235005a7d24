import type { Command } from 'commander';
import type { JsonObject } from 'doorward';
import { withSession } from '../context.js';
import { given, integer, jsonObject } from '../values.js';

const columns = ['kind', 'id', 'name', 'owner', 'updated'] as const;

interface ResourceFields {
  kind: string;
  name?: string;
  description?: string;
  owner?: string | false;
  data?: JsonObject | null;
}

function fieldOptions(command: Command): Command {
  return command
    .option('--name <text>', 'the name for people to read')
    .option('--description <text>', 'what it is')
    .option('--owner <user>', 'the login name of its owner')
    .option('--no-owner', 'nobody owns it')
    .option('--data <json>', 'a JSON object of yours, or null', jsonObject);
}

function fields(options: ResourceFields) {
  return given({
    name: options.name,
    description: options.description,
    owner: options.owner === false ? null : options.owner,
    data: options.data,
  });
}

/** `doorward resources …` */
export function addResourceCommands(program: Command): void {
  const resources = program.command('resources').description('administer resources: things, networks, sites…');
  const command = (usage: string, description: string): Command =>
    resources
      .command(usage)
      .description(description)
      .requiredOption('--kind <kind>', '`thing`, `network`, `devicetype`, `site`, or a kind of yours');

  command('list', 'list the resources of a kind')
    .option('--limit <count>', 'at most so many, 1 to 1000', integer)
    .option('--after <cursor>', '`next` of the page before')
    .action(
      withSession<ResourceFields & { limit?: number; after?: string }>(async ({ session, options, out }) => {
        const { limit, after } = options;
        const page = await session.resources.list(options.kind, given({ limit, after }));
        out.result(page, () => {
          out.table(
            columns,
            page.resources.map((resource) => columns.map((column) => resource[column])),
          );
          if (page.next !== undefined) out.note(`more: --after ${page.next}`);
        });
      }),
    );

  command('get <id>', 'show one resource').action(
    withSession<ResourceFields>(async ({ session, args, options, out }) => {
      const resource = await session.resources.get(options.kind, args[0] ?? '');
      out.result(resource, () => out.fields(resource));
    }),
  );

  fieldOptions(command('add <id>', 'add a resource'))
    .addHelpText('after', '\nExample:\n  doorward resources add --kind thing lamp-1 --name Lamp --owner bob\n')
    .action(
      withSession<ResourceFields>(async ({ session, args, options, out }) => {
        const resource = await session.resources.add({ kind: options.kind, id: args[0] ?? '', ...fields(options) });
        out.result(resource, () => out.fields(resource));
      }),
    );

  fieldOptions(command('update <id>', 'change a resource; what is not named stays as it is')).action(
    withSession<ResourceFields>(async ({ session, args, options, out }) => {
      const resource = await session.resources.update(options.kind, args[0] ?? '', fields(options));
      out.result(resource, () => out.fields(resource));
    }),
  );

  command('delete <id>', 'delete a resource; it drops out of every reach').action(
    withSession<ResourceFields>(async ({ session, args, options, out }) => {
      await session.resources.delete(options.kind, args[0] ?? '');
      out.result({ removed: args[0] }, () => out.note(`removed \`${args[0] ?? ''}\``));
    }),
  );
}
