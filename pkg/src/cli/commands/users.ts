import { Option, type Command } from 'commander';
import { DoorwardError } from 'doorward';
import type { ListOptions, NewUser, Session, Status, UserRecord } from 'doorward';
import { withSession } from '../context.js';
import type { Output } from '../output.js';
import { askCurrentPassword, readPassword, type PasswordOptions } from '../secrets.js';
import { collect, given, integer, jsonObject, parseReach } from '../values.js';

interface UserFields {
  admin?: boolean;
  group?: string[];
  groups?: boolean;
  scope?: string[];
  scopes?: boolean;
  reach?: string[];
  displayName?: string;
  email?: string;
  country?: string;
  data?: NonNullable<NewUser['data']> | null;
}

const columns = ['id', 'name', 'displayName', 'email', 'status', 'admin', 'groups', 'lastLogin'] as const;

function show(out: Output, record: UserRecord): void {
  const {
    user: _user,
    roles: _roles,
    permissions: _permissions,
    needs: _needs,
    apikey: _apikey,
    active: _active,
    ...own
  } = record;
  out.result(record, () => out.fields(own));
}

function fieldOptions(command: Command): Command {
  return command
    .option('--admin', 'member of the group `admins`')
    .option('--no-admin', 'not a member of the group `admins`')
    .option('--group <key>', 'a group; may be given several times', collect)
    .option('--no-groups', 'no group at all')
    .option('--scope <name>', 'a direct scope; may be given several times', collect)
    .option('--no-scopes', 'no direct scopes')
    .option('--reach <kind=id>', 'a resource within reach, or KIND=all; may be given several times', collect)
    .option('--display-name <text>', 'the name for people to read')
    .option('--email <address>', 'the e-mail address')
    .option('--country <text>', 'the country')
    .option('--data <json>', 'a JSON object of yours, or null', jsonObject);
}

function fields(options: UserFields) {
  return given({
    admin: options.admin,
    groups: options.groups === false ? [] : options.group,
    scopes: options.scopes === false ? [] : options.scope,
    reach: options.reach === undefined ? undefined : parseReach(options.reach),
    displayName: options.displayName,
    email: options.email,
    country: options.country,
    data: options.data,
  });
}

/** `doorward users …` */
export function addUserCommands(program: Command): void {
  const users = program.command('users').description('administer accounts');

  users
    .command('list')
    .description('list accounts')
    .option('--limit <count>', 'at most so many, 1 to 1000', integer)
    .option('--after <cursor>', '`next` of the page before')
    .option('--search <text>', 'only names that begin so')
    .addOption(new Option('--order <by>', 'the order').choices(['name', 'id']))
    .action(
      withSession<ListOptions>(async ({ session, options, out }) => {
        const { limit, after, search, order } = options;
        const page = await session.users.list(given({ limit, after, search, order }));
        out.result(page, () => {
          out.table(
            columns,
            page.users.map((user) => columns.map((column) => user[column])),
          );
          if (page.next !== undefined) out.note(`more: --after ${page.next}`);
        });
      }),
    );

  users
    .command('get <name>')
    .description('show one account')
    .action(withSession(async ({ session, args, out }) => show(out, await session.users.get(args[0] ?? ''))));

  users
    .command('rights <name>')
    .description('show what an account may do, and where each right comes from')
    .action(
      withSession(async ({ session, args, out }) => {
        const rights = await session.users.rights(args[0] ?? '');
        out.result(rights, () =>
          out.table(
            ['scope', 'dangerous', 'from', 'granted as'],
            rights.grants.map(({ scope, dangerous, via, granted }) => [
              scope,
              dangerous,
              via.kind === 'direct' ? 'direct' : via.path.join(' > '),
              granted,
            ]),
          ),
        );
      }),
    );

  fieldOptions(
    users
      .command('add <name>')
      .description('add an account; asks for its password')
      .option('--password-stdin', 'read the password from stdin')
      .option('--no-password', 'an account that cannot log in by password')
      .option('--inactive', 'disabled from the start'),
  )
    .addHelpText('after', '\nExample:\n  doorward users add bob --group users --email bob@example.org\n')
    .action(
      withSession<UserFields & PasswordOptions & { password?: false; inactive?: boolean }>(
        async ({ session, args, options, out }) => {
          const password = options.password === false ? null : await readPassword(options, 'Password');
          const active = options.inactive === true ? false : undefined;
          const user = { name: args[0] ?? '', password, ...given({ active }), ...fields(options) };
          show(out, await session.users.create(user));
        },
      ),
    );

  fieldOptions(
    users
      .command('update <name>')
      .description('change an account; what is not named stays as it is')
      .option('--name <new>', 'a new login name')
      .addOption(new Option('--status <status>', 'whether it may act').choices(['active', 'locked', 'disabled'])),
  )
    .addHelpText('after', '\nExample:\n  doorward users update bob --status disabled\n')
    .action(
      withSession<UserFields & { name?: string; status?: Status }>(async ({ session, args, options, out }) => {
        const changes = { ...given({ name: options.name, status: options.status }), ...fields(options) };
        show(out, await session.users.edit(args[0] ?? '', changes));
      }),
    );

  users
    .command('delete <name>')
    .description('delete an account with its tokens, links and memberships')
    .action(
      withSession(async ({ session, args, out }) => {
        await session.users.remove(args[0] ?? '');
        out.result({ removed: args[0] }, () => out.note(`removed \`${args[0] ?? ''}\``));
      }),
    );

  users
    .command('passwd <name>')
    .description('set the password of an account')
    .option('--password-stdin', 'read the password from stdin')
    .option('--remove', 'remove it: the account can no longer log in by password')
    .action(
      withSession<PasswordOptions & { remove?: boolean }>(async ({ session, args, options, out }) => {
        const name = args[0] ?? '';
        if (options.remove === true) await session.users.clearPassword(name);
        else await changePassword(session, name, await readPassword(options, 'New password'));
        out.result({ changed: name }, () => out.note(`changed the password of \`${name}\``));
      }),
    );
}

async function changePassword(session: Session, name: string, password: string): Promise<void> {
  try {
    await session.users.changePassword(name, password);
  } catch (error) {
    if (!DoorwardError.is(error, 'currentPasswordRequired')) throw error;
    const current = await askCurrentPassword();
    if (current === null) throw error;
    await session.users.changePassword(name, password, current);
  }
}
