import { readFileSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import { addApplyCommand } from './commands/apply.js';
import { addBackupCommands } from './commands/backup.js';
import { addCheckCommand } from './commands/check.js';
import { addCopyCommand } from './commands/copy.js';
import { addGroupCommands } from './commands/groups.js';
import { addHouseCommands } from './commands/house.js';
import { addKeyCommands } from './commands/keys.js';
import { addLinkCommands } from './commands/links.js';
import { addResourceCommands } from './commands/resources.js';
import { addServeCommand } from './commands/serve.js';
import { addTokenCommands } from './commands/tokens.js';
import { addUserCommands } from './commands/users.js';
import { reportError } from './output.js';
import { UsageError } from './problem.js';
import { policyNames, settingNames } from './settings.js';
import { defaultStore } from './stores.js';
import { collect } from './values.js';

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

function makeProgram(): Command {
  const program = new Command('doorward')
    .description('Accounts, tokens and permission scopes for device dashboards.')
    .version(version(), '--version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .addOption(
      new Option(
        '--store <url>',
        'lmdb:PATH, memory:, postgres://, etcd://, rest+https://, or the address of a Doorward server',
      )
        .default(defaultStore)
        .env('DOORWARD_STORE'),
    )
    .addOption(new Option('--policy <name>', 'the policy').choices(policyNames).default('doorward'))
    .addOption(
      new Option('--set <name=value>', 'change a setting of the policy (JSON value); may be given several times')
        .argParser(collect)
        .default([], 'none'),
    )
    .option('--json', 'print JSON: results on stdout, errors on stderr')
    .showHelpAfterError(false)
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    .addHelpText(
      'after',
      `
Settings of --set: ${settingNames.join(', ')}.
A session on a server takes its token from DOORWARD_TOKEN; passwords are asked for, or come
from --password-stdin or DOORWARD_PASSWORD.
Exit codes: 0 ok, 1 refused or failed, 2 wrong usage.

Examples:
  doorward setup ann
  doorward serve --port 8080
  doorward users add bob --group users
  doorward tokens create bob --name slicer --expires 90d
`,
    );
  addServeCommand(program);
  addHouseCommands(program);
  addUserCommands(program);
  addTokenCommands(program);
  addGroupCommands(program);
  addResourceCommands(program);
  addLinkCommands(program);
  addKeyCommands(program);
  addApplyCommand(program);
  addBackupCommands(program);
  addCopyCommand(program);
  addCheckCommand(program);
  return program;
}

/** Commander's own complaints in the form of ours. */
function translate(error: unknown): unknown {
  if (!(error instanceof CommanderError)) return error;
  // A value given to an unknown option may be a secret: its name is enough.
  const text = error.message
    .replace(/^error: /, '')
    .replaceAll("'", '`')
    .replace(/(`--?[\w-]+)=[^`]*`/, '$1`');
  return new UsageError(
    `${text.slice(0, 1).toLowerCase()}${text.slice(1).replace(/\.$/, '')}; see \`doorward --help\``,
  );
}

/**
 * Runs a command line.
 * @returns the exit code: 0 ok, 1 refused or failed, 2 wrong usage
 */
export async function main(args: readonly string[]): Promise<number> {
  // A reader that has seen enough (`| head`) is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
  const program = makeProgram();
  try {
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    // No command was given: the help is on stderr already.
    if (error instanceof CommanderError && error.code === 'commander.help') return 2;
    const problem = translate(error);
    reportError(problem, args.includes('--json'));
    return problem instanceof UsageError ? 2 : 1;
  }
}
