import { Option, type Command } from 'commander';
import type { NewToken } from 'doorward';
import { withSession } from '../context.js';
import { UsageError } from '../problem.js';
import { collect, given, moment, parseReach } from '../values.js';

const columns = ['id', 'user', 'kind', 'name', 'scopes', 'created', 'expires', 'lastUsed'] as const;

interface CreateOptions {
  name: string;
  kind?: NonNullable<NewToken['kind']>;
  scope?: string[];
  scopes?: boolean;
  reach?: string[];
  expires?: number;
}

/** `doorward tokens …` */
export function addTokenCommands(program: Command): void {
  const tokens = program.command('tokens').description('administer tokens and API keys');

  tokens
    .command('list <user>')
    .description('list the tokens of a user')
    .action(
      withSession(async ({ session, args, out }) => {
        const found = await session.tokens.list({ user: args[0] ?? '' });
        out.result(found, () =>
          out.table(
            columns,
            found.tokens.map((token) => columns.map((column) => token[column])),
          ),
        );
      }),
    );

  tokens
    .command('create <user>')
    .description('make a token; its value is printed once and cannot be shown again')
    .requiredOption('--name <text>', 'a name to tell tokens apart')
    .addOption(new Option('--kind <kind>', 'what it is for').choices(['apikey', 'access', 'device']))
    .option('--scope <name>', 'narrow it to this scope; may be given several times', collect)
    .option('--no-scopes', 'narrow it to no scope at all')
    .option('--reach <kind=id>', 'narrow it to this resource, or KIND=all; may be given several times', collect)
    .option('--expires <when>', 'an ISO 8601 date, or a span: 90d, 12h, 30m', moment)
    .addHelpText(
      'after',
      '\nExample:\n  doorward tokens create bob --name slicer --scope printer.start --expires 90d\n',
    )
    .action(
      withSession<CreateOptions>(async ({ session, args, options, out }) => {
        const made = await session.tokens.create({
          user: args[0] ?? '',
          name: options.name,
          ...given({
            kind: options.kind,
            scopes: options.scopes === false ? [] : options.scope,
            reach: options.reach === undefined ? undefined : parseReach(options.reach),
            expires: options.expires,
          }),
        });
        out.result(made, () => {
          out.line(made.value);
          out.note(`token ${made.id}; its value is shown this once`);
        });
      }),
    );

  tokens
    .command('revoke [id]')
    .description('revoke one token by its id, or all of a user')
    .option('--all', 'all tokens of --user')
    .option('--user <name>', 'with --all: whose tokens')
    .action(
      withSession<{ all?: boolean; user?: string }>(async ({ session, args, options, out }) => {
        const id = args[0];
        if ((options.all === true) === (id !== undefined))
          throw new UsageError('give the id of a token, or --all with --user');
        if (options.all === true && options.user === undefined) throw new UsageError('--all needs --user');
        const revoked = await session.tokens.revoke(id ?? '*', given({ user: options.user }));
        out.result(revoked, () => out.note(`revoked: ${revoked.removed}`));
      }),
    );
}
