import { DoorwardError } from 'doorward';
import type { Door, Session } from 'doorward';
import type { WorldFile } from './world.js';

/** What a world file refers to and the store has. What is not here is made by the file itself. */
export interface Present {
  users: ReadonlySet<string>;
  groups: ReadonlySet<string>;
}

function missing(code: 'notFound' | 'unknownGroup', what: string, name: string, field: string): DoorwardError {
  const message = `\`${field}\` names the ${what} \`${name}\`, which is neither in the file nor in the store`;
  return new DoorwardError(code, message, { details: { field } });
}

function* userReferences(file: WorldFile): Generator<[name: string, field: string]> {
  for (const { kind, resource } of file.resources) {
    if (typeof resource.owner === 'string') yield [resource.owner, `resources.${kind}.owner`];
  }
  for (const [i, link] of file.links.entries()) {
    yield [link.user, `links.${i}.user`];
    if (link.kind === 'customer') yield [String(link.id), `links.${i}.id`];
  }
  for (const [i, token] of file.tokens.entries()) yield [token.user, `tokens.${i}.user`];
}

function* groupReferences(file: WorldFile): Generator<[key: string, field: string]> {
  for (const [i, group] of file.groups.entries()) {
    for (const key of group.subgroups ?? []) yield [key, `groups.${i}.subgroups`];
  }
  for (const [i, user] of file.users.entries()) {
    for (const key of user.groups ?? []) yield [key, `users.${i}.groups`];
  }
}

function checkScopes(file: WorldFile, door: Door): void {
  const catalogue = new Set(door.scopes.map((scope) => scope.name));
  const lists = { groups: file.groups, users: file.users, tokens: file.tokens };
  for (const [list, objects] of Object.entries(lists)) {
    for (const [i, { scopes }] of objects.entries()) {
      const unknown = scopes?.find((scope) => !catalogue.has(scope));
      if (unknown === undefined) continue;
      const field = `${list}.${i}.scopes`;
      throw new DoorwardError(
        'unknownScope',
        `\`${field}\` names the scope \`${unknown}\`, which is not in the catalogue`,
        {
          details: { field },
        },
      );
    }
  }
}

async function isUser(session: Session, name: string): Promise<boolean> {
  try {
    await session.users.get(name);
    return true;
  } catch (error) {
    if (DoorwardError.is(error, 'notFound')) return false;
    throw error;
  }
}

/**
 * What a file refers to has to be in the file or in the store, and its scopes in the catalogue; told before anything is
 * written.
 * @throws DoorwardError `notFound`, `unknownGroup`, `unknownScope`
 */
export async function checkReferences(file: WorldFile, door: Door, session: Session): Promise<Present> {
  checkScopes(file, door);
  const groups = new Set((await session.groups.list()).groups.map((group) => group.key));
  const declaredGroups = new Set(file.groups.map((group) => group.key));
  for (const [key, field] of groupReferences(file)) {
    if (!groups.has(key) && !declaredGroups.has(key)) throw missing('unknownGroup', 'group', key, field);
  }
  const users = new Set<string>();
  const absent = new Set<string>();
  const declaredUsers = new Set(file.users.map((user) => user.name));
  for (const [name, field] of userReferences(file)) {
    if (!users.has(name) && !absent.has(name)) ((await isUser(session, name)) ? users : absent).add(name);
    if (absent.has(name) && !declaredUsers.has(name)) throw missing('notFound', 'user', name, field);
  }
  return { users, groups };
}
