import { DoorwardError, type Reach, type ReachInput } from 'doorward';
import type { LocalSession, WorldUser } from 'doorward/faces';
import type { WorldFile } from './world.js';

type Ids = { [id: string]: number | null };

/** Links and ownership are part of a user's reach: what the file says of them, by kind. */
function ownLinks(file: WorldFile, name: string): Map<string, Ids> {
  const found = new Map<string, Ids>();
  const add = (kind: string, id: string | number, level: number | null): void => {
    found.set(kind, { ...found.get(kind), [String(id)]: level });
  };
  for (const { kind, resource } of file.resources) if (resource.owner === name) add(kind, resource.id, null);
  for (const link of file.links) if (link.user === name) add(link.kind, link.id, link.level ?? null);
  return found;
}

async function presentReach(session: LocalSession, name: string): Promise<Reach> {
  try {
    return (await session.users.get(name)).reach;
  } catch (error) {
    if (DoorwardError.is(error, 'notFound')) return {};
    throw error;
  }
}

/**
 * The user with the reach that the file as a whole declares: of a kind that `reach` names, the ids there and those the
 * file links the user to; kinds it does not name stay as they are. Otherwise a declared reach would undo the links of
 * the same file, and these the reach, at every run.
 */
export async function withReach(file: WorldFile, user: WorldUser, session: LocalSession): Promise<WorldUser> {
  if (user.reach === undefined) return user;
  const links = ownLinks(file, user.name);
  const declared = Object.entries(user.reach).map(([kind, ids]): [string, ReachInput[string]] => {
    if (ids === 'all') return [kind, ids];
    const own: Ids = Array.isArray(ids) ? Object.fromEntries(ids.map((id) => [String(id), null])) : (ids as Ids);
    return [kind, { ...own, ...links.get(kind) }];
  });
  return { ...user, reach: { ...(await presentReach(session, user.name)), ...Object.fromEntries(declared) } };
}
