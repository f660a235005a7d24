import type { Command } from 'commander';
import { press, socketOf } from '../button.js';
import { type Globals, withSession, withStore } from '../context.js';
import { makeOutput } from '../output.js';
import { UsageError } from '../problem.js';
import { readPassword, type PasswordOptions } from '../secrets.js';
import { parseStore } from '../stores.js';
import { given, integer } from '../values.js';

/** `doorward setup`, `doorward button` and `doorward audit`. */
export function addHouseCommands(program: Command): void {
  program
    .command('setup <name>')
    .description('make the first administrator; asks for the password')
    .option('--password-stdin', 'read the password from stdin')
    .option('--display-name <text>', 'the name for people to read')
    .option('--email <address>', 'the e-mail address')
    .addHelpText('after', '\nExample:\n  doorward setup ann --email ann@example.org\n')
    .action(
      withStore<PasswordOptions & { displayName?: string; email?: string }>(async ({ door, args, options, out }) => {
        const password = await readPassword(options, 'Password');
        const { displayName, email } = options;
        const session = await door.setUp({ name: args[0] ?? '', password, ...given({ displayName, email }) });
        const { id, name } = session.me;
        // Whoever set up has not logged in: no token may stay behind.
        await session.logOut();
        out.result({ id, name }, () => out.note(`\`${name}\` is the first administrator`));
      }),
    );

  program
    .command('button')
    .description('press the button of a running server: whoever asked for it by the nymea protocol is logged in')
    .option('--control-socket <path>', 'the one of the server, where it was given one')
    .addHelpText('after', '\nThe server is that of the same --store, on this machine.\n')
    .action(async function (this: Command) {
      const options = this.optsWithGlobals<Globals & { controlSocket?: string }>();
      const path = socketOf(parseStore(options.store), options.controlSocket);
      if (path === undefined) throw new UsageError('this store has no socket: give the --control-socket of the server');
      await press(path);
      makeOutput(options.json === true).result({}, () => undefined);
    });

  program
    .command('audit')
    .description('show who changed what, newest first')
    .option('--limit <count>', 'at most so many, 1 to 1000', integer, 50)
    .option('--after <cursor>', '`next` of the page before')
    .action(
      withSession<{ limit: number; after?: string }>(async ({ session, options, out }) => {
        const page = await session.audit.list({ limit: options.limit, ...given({ after: options.after }) });
        out.result(page, () => {
          out.table(
            ['at', 'actor', 'what', 'on', 'outcome', 'by'],
            page.entries.map(({ at, actor, what, on, outcome, by }) => [at, actor, what, on, outcome, by]),
          );
          if (page.next !== undefined) out.note(`more: --after ${page.next}`);
        });
      }),
    );
}
