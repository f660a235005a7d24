import { DoorwardError } from 'doorward';
import type { Session } from 'doorward';
import type { Outcome, World } from './facade.js';
import type { WorldFile } from './world.js';

/** One object of a world file and what it takes to have it so. */
export interface Step {
  what: 'group' | 'resource' | 'user' | 'link' | 'token';
  /** For people; never a secret. */
  name: string;
  outcome: Outcome;
}

interface Declaration {
  what: Step['what'];
  name: string;
  put(world: World, dryRun: boolean): Promise<Outcome>;
}

/** Called after each object; `done` of `total`. */
export type Progress = (phase: 'checking' | 'writing', done: number, total: number) => void;

/**
 * The declarations in an order in which each finds what it refers to: groups (subgroups first), resources nobody owns,
 * users, owned resources, links, tokens.
 * @throws DoorwardError `groupCycle`
 */
function inOrder(file: WorldFile): Declaration[] {
  const resource = (owned: boolean): Declaration[] =>
    file.resources
      .filter(({ resource }) => ((resource.owner ?? null) !== null) === owned)
      .map(({ kind, resource }) => ({
        what: 'resource',
        name: `${kind} ${resource.id}`,
        put: (world, dryRun) => world.resource(kind, resource, { dryRun }),
      }));
  return [
    ...groupsInOrder(file).map((group): Declaration => ({
      what: 'group',
      name: group.key,
      put: (world, dryRun) => world.group(group, { dryRun }),
    })),
    ...resource(false),
    ...file.users.map((user): Declaration => ({
      what: 'user',
      name: user.name,
      put: (world, dryRun) => world.user(user, { dryRun }),
    })),
    ...resource(true),
    ...file.links.map((link): Declaration => ({
      what: 'link',
      name: `${link.user} ${link.kind} ${link.id}`,
      put: (world, dryRun) => world.link(link, { dryRun }),
    })),
    ...file.tokens.map((token): Declaration => ({
      what: 'token',
      name: `${token.user} ${token.kind ?? 'apikey'} ${token.name ?? ''}`.trimEnd(),
      put: (world, dryRun) => world.token(token, { dryRun }),
    })),
  ];
}

function groupsInOrder(file: WorldFile): WorldFile['groups'] {
  const byKey = new Map(file.groups.map((group) => [group.key, group]));
  const done = new Set<string>();
  const open = new Set<string>();
  const ordered: WorldFile['groups'] = [];
  const visit = (key: string): void => {
    const group = byKey.get(key);
    if (group === undefined || done.has(key)) return;
    if (open.has(key))
      throw new DoorwardError('groupCycle', `the group \`${key}\` would contain itself`, { details: { key } });
    open.add(key);
    group.subgroups?.forEach(visit);
    done.add(key);
    ordered.push(group);
  };
  byKey.forEach((_, key) => visit(key));
  return ordered;
}

/**
 * What a file refers to has to be in the file or in the store; told before anything is written.
 * @throws DoorwardError `notFound`, `unknownGroup`
 */
async function checkReferences(file: WorldFile, session: Session): Promise<void> {
  const users = new Set(file.users.map((user) => user.name));
  const groups = new Set(file.groups.map((group) => group.key));
  const needUser = async (name: string, field: string): Promise<void> => {
    if (users.has(name)) return;
    await session.users.get(name).catch((error: unknown) => {
      throw DoorwardError.is(error, 'notFound') ? missing('notFound', 'user', name, field) : error;
    });
    users.add(name);
  };
  const known = (await session.groups.list()).groups;
  known.forEach((group) => groups.add(group.key));
  const needGroup = (key: string, field: string): void => {
    if (!groups.has(key)) throw missing('unknownGroup', 'group', key, field);
  };
  file.groups.forEach((group, i) => group.subgroups?.forEach((key) => needGroup(key, `groups.${i}.subgroups`)));
  file.users.forEach((user, i) => user.groups?.forEach((key) => needGroup(key, `users.${i}.groups`)));
  for (const { kind, resource } of file.resources) {
    if (typeof resource.owner === 'string') await needUser(resource.owner, `resources.${kind}.owner`);
  }
  for (const [i, link] of file.links.entries()) await needUser(link.user, `links.${i}.user`);
  for (const [i, token] of file.tokens.entries()) await needUser(token.user, `tokens.${i}.user`);
}

function missing(code: 'notFound' | 'unknownGroup', what: string, name: string, field: string): DoorwardError {
  return new DoorwardError(
    code,
    `\`${field}\` names the ${what} \`${name}\`, which is neither in the file nor in the store`,
    {
      details: { field },
    },
  );
}

/** Names the object at which it failed; the fault itself is told by the code. */
function located(error: unknown, declaration: Declaration): unknown {
  if (!DoorwardError.is(error)) return error;
  const message = `${declaration.what} \`${declaration.name}\`: ${error.message}`;
  return new DoorwardError(error.code, message, { details: { ...error.details }, cause: error });
}

/**
 * Brings a store to agree with a world file. Everything is planned first, so that a file with a fault changes nothing;
 * then each object that differs is written in a commit of its own. With `dryRun` the plan is all.
 */
export async function applyWorld(
  file: WorldFile,
  session: Session & { readonly world: World },
  options: { dryRun: boolean; progress?: Progress },
): Promise<Step[]> {
  await checkReferences(file, session);
  const declarations = inOrder(file);
  const plan: { declaration: Declaration; outcome: Outcome }[] = [];
  for (const declaration of declarations) {
    try {
      plan.push({ declaration, outcome: await declaration.put(session.world, true) });
    } catch (error) {
      throw located(error, declaration);
    }
    options.progress?.('checking', plan.length, declarations.length);
  }
  const steps: Step[] = [];
  for (const { declaration, outcome } of plan) {
    let done = outcome;
    // What already agrees is left alone: above all, a password that verified is not hashed again.
    if (!options.dryRun && outcome !== 'unchanged') {
      try {
        done = await declaration.put(session.world, false);
      } catch (error) {
        throw located(error, declaration);
      }
    }
    steps.push({ what: declaration.what, name: declaration.name, outcome: done });
    options.progress?.('writing', steps.length, declarations.length);
  }
  return steps;
}
