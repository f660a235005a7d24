import { type Door, DoorwardError } from 'doorward';
import type { LocalSession, WorldOutcome as Outcome } from 'doorward/faces';
import { withReach } from './reach.js';
import { checkReferences, type Present } from './references.js';
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
  /** What it would take; `present` tells apart what the file itself makes before. */
  plan(session: LocalSession, present: Present): Promise<Outcome>;
  put(session: LocalSession): Promise<Outcome>;
}

/** Called after each object; `done` of `total`. */
export type Progress = (phase: 'checking' | 'writing', done: number, total: number) => void;

const dry = { dryRun: true };
const wet = { dryRun: false };

/** Something that refers to what is yet to be made differs at least by that. */
const atLeastUpdated = (outcome: Outcome): Outcome => (outcome === 'unchanged' ? 'updated' : outcome);

function groups(file: WorldFile): Declaration[] {
  return groupsInOrder(file).map((group) => ({
    what: 'group',
    name: group.key,
    put: ({ world }) => world.group(group, wet),
    async plan({ world }, present) {
      const subgroups = group.subgroups?.filter((key) => present.groups.has(key));
      if (subgroups?.length === group.subgroups?.length) return world.group(group, dry);
      return atLeastUpdated(await world.group({ ...group, ...(subgroups && { subgroups }) }, dry));
    },
  }));
}

function users(file: WorldFile): Declaration[] {
  // Ids are never given out again, so that a lower one cannot follow a higher one; the free ones come behind them all.
  const byId = file.users.toSorted((a, b) => (a.id ?? Infinity) - (b.id ?? Infinity) || 0);
  return byId.map((user) => ({
    what: 'user',
    name: user.name,
    put: async (session) => session.world.user(await withReach(file, user, session), wet),
    async plan(session, present) {
      const whole = await withReach(file, user, session);
      const known = user.groups?.filter((key) => present.groups.has(key));
      if (known?.length === user.groups?.length) return session.world.user(whole, dry);
      return atLeastUpdated(await session.world.user({ ...whole, ...(known && { groups: known }) }, dry));
    },
  }));
}

function resources(file: WorldFile, owned: boolean): Declaration[] {
  return file.resources
    .filter(({ resource }) => (typeof resource.owner === 'string') === owned)
    .map(({ kind, resource }) => ({
      what: 'resource',
      name: `${kind} ${resource.id}`,
      put: ({ world }) => world.resource(kind, resource, wet),
      async plan({ world }, present) {
        const { owner, ...rest } = resource;
        if (typeof owner !== 'string' || present.users.has(owner)) return world.resource(kind, resource, dry);
        return atLeastUpdated(await world.resource(kind, rest, dry));
      },
    }));
}

function links(file: WorldFile): Declaration[] {
  return file.links.map((link) => ({
    what: 'link',
    name: `${link.user} ${link.kind} ${link.id}`,
    put: ({ world }) => world.link(link, wet),
    plan: async ({ world }, present) => (present.users.has(link.user) ? world.link(link, dry) : 'created'),
  }));
}

function tokens(file: WorldFile): Declaration[] {
  return file.tokens.map((token) => ({
    what: 'token',
    name: `${token.user} ${token.kind ?? 'apikey'} ${token.name ?? ''}`.trimEnd(),
    put: ({ world }) => world.token(token, wet),
    plan: async ({ world }, present) => (present.users.has(token.user) ? world.token(token, dry) : 'created'),
  }));
}

/** Subgroups before the groups they belong to. @throws DoorwardError `groupCycle` */
function groupsInOrder(file: WorldFile): WorldFile['groups'] {
  const byKey = new Map(file.groups.map((group) => [group.key, group]));
  const done = new Set<string>();
  const open = new Set<string>();
  const ordered: WorldFile['groups'] = [];
  const visit = (key: string): void => {
    const group = byKey.get(key);
    if (group === undefined || done.has(key)) return;
    if (open.has(key)) {
      throw new DoorwardError('groupCycle', `the group \`${key}\` would contain itself`, { details: { key } });
    }
    open.add(key);
    group.subgroups?.forEach(visit);
    done.add(key);
    ordered.push(group);
  };
  byKey.forEach((_, key) => visit(key));
  return ordered;
}

/** Names the object at which it failed. */
async function located<T>({ what, name }: Declaration, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!DoorwardError.is(error)) throw error;
    throw new DoorwardError(error.code, `${what} \`${name}\`: ${error.message}`, {
      details: { ...error.details },
      cause: error,
    });
  }
}

/**
 * Brings a store to agree with a world file. Everything is planned first, so that a file with a fault changes nothing;
 * then each object that differs is written in a commit of its own, in an order in which each finds what it refers to.
 * With `dryRun` the plan is all.
 */
export async function applyWorld(
  file: WorldFile,
  { door, session }: { door: Door; session: LocalSession },
  options: { dryRun: boolean; progress?: Progress },
): Promise<Step[]> {
  const present = await checkReferences(file, door, session);
  const declarations = [
    ...groups(file),
    ...resources(file, false),
    ...users(file),
    ...resources(file, true),
    ...links(file),
    ...tokens(file),
  ];
  const total = declarations.length;
  const plan: Outcome[] = [];
  for (const declaration of declarations) {
    plan.push(await located(declaration, declaration.plan(session, present)));
    options.progress?.('checking', plan.length, total);
  }
  const steps: Step[] = [];
  for (const [i, declaration] of declarations.entries()) {
    const { what, name } = declaration;
    let outcome = plan[i] ?? 'unchanged';
    // What already agrees is left alone: above all, a password that verified is not hashed again.
    if (!options.dryRun && outcome !== 'unchanged') {
      outcome = await located(declaration, declaration.put(session));
    }
    steps.push({ what, name, outcome });
    options.progress?.('writing', steps.length, total);
  }
  return steps;
}

const progressEvery = 2000;

/** One line on stderr every two seconds: only long runs show any. */
export function progressLines(note: (text: string) => void): Progress {
  let next = Date.now() + progressEvery;
  return (phase, done, total) => {
    if (Date.now() < next) return;
    next = Date.now() + progressEvery;
    note(`${phase}: ${done} of ${total}`);
  };
}

/** How many steps had which outcome. */
export function tally(steps: readonly Step[]): { created: number; updated: number; unchanged: number } {
  const counts = { created: 0, updated: 0, unchanged: 0 };
  for (const step of steps) counts[step.outcome] += 1;
  return counts;
}
