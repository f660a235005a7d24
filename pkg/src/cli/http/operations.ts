import { DoorwardError } from 'doorward';
import type { Session } from 'doorward';

type Namespace = 'users' | 'tokens' | 'groups' | 'resources' | 'links' | 'audit' | 'secondFactor';
type Names = { readonly [N in Namespace]: readonly (keyof Session[N] & string)[] };

/** Every operation of a session that can be called over HTTP, by name. */
const operations: Names = {
  users: [
    'list',
    'get',
    'add',
    'update',
    'delete',
    'changePassword',
    'generateApiKey',
    'resetApiKey',
    'getSettings',
    'saveSettings',
    'create',
    'edit',
    'remove',
    'clearPassword',
    'rights',
  ],
  tokens: ['create', 'list', 'revoke'],
  groups: ['list', 'get', 'add', 'update', 'delete'],
  resources: ['list', 'get', 'add', 'update', 'delete'],
  links: ['list', 'set', 'delete'],
  audit: ['list'],
  secondFactor: ['get', 'start', 'confirm', 'remove', 'renewRecoveryCodes'],
};

const known = new Set(Object.entries(operations).flatMap(([space, names]) => names.map((name) => `${space}.${name}`)));

const mostArguments = 5;

const readers = new Set(['list', 'get', 'getSettings', 'rights', 'start']);

/** Can the operation change something, the rights of its own session included? */
export const isChange = (op: string): boolean => !readers.has(op.split('.')[1] ?? '');

/**
 * Calls an operation by name with positional arguments. JSON has no `undefined`: a null in an argument's place stands for it.
 * @throws DoorwardError `unsupported` for an unknown operation, and what the operation throws
 */
export async function callOperation(session: Session, op: string, args: readonly unknown[]): Promise<unknown> {
  if (!known.has(op))
    throw new DoorwardError('invalidArgument', `there is no operation \`${op.slice(0, 64)}\``, {
      details: { field: 'op' },
    });
  if (args.length > mostArguments)
    throw new DoorwardError('invalidArgument', 'too many arguments', { details: { field: 'args' } });
  const [space = '', name = ''] = op.split('.');
  const functions = session[space as Namespace] as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
  return functions[name]?.(...args.map((argument) => argument ?? undefined));
}
