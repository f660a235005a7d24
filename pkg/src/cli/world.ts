import { readFile } from 'node:fs/promises';
import type { ErrorObject } from 'ajv';
import { DoorwardError } from 'doorward';
import type { JsonObject } from 'doorward';
import type { WorldGroup, WorldLink, WorldResource, WorldToken, WorldUser } from 'doorward/faces';
import { fileError } from './problem.js';
import { isoTime } from './values.js';

/** A world file, validated, with times in milliseconds and ids of resources as text. */
export interface WorldFile {
  groups: WorldGroup[];
  resources: { kind: string; resource: WorldResource }[];
  users: WorldUser[];
  links: WorldLink[];
  tokens: WorldToken[];
}

/** As the schema lets it through. */
interface RawWorld {
  groups?: WorldGroup[];
  resources?: Record<string, (WorldResource & { identifier?: string })[]>;
  users?: WorldUser[];
  links?: WorldLink[];
  tokens?: (Omit<WorldToken, 'expires'> & { expires?: number | string | null })[];
}

/**
 * Reads and checks a world file, JSON or YAML.
 * @throws DoorwardError `invalidFile`, `unknownField`, `invalidArgument` (no such file)
 */
export async function loadWorld(path: string): Promise<WorldFile> {
  let text;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw fileError(path, error);
  }
  const data = await parseText(path, text);
  // Only commands that are given such a file need it.
  const { validate } = await import('./world-schema.js');
  if (!validate(data)) throw schemaError(path, validate.errors ?? []);
  const world = normalize(path, data as RawWorld);
  refuseDuplicates(path, world);
  return world;
}

async function parseText(path: string, text: string): Promise<unknown> {
  const looksLikeJson = path.endsWith('.json') || (!/\.ya?ml$/.test(path) && text.trimStart().startsWith('{'));
  // Loaded where there is any: `serve` starts without it.
  const yaml = looksLikeJson ? undefined : await import('yaml');
  try {
    return yaml === undefined ? JSON.parse(text) : yaml.parse(text, { prettyErrors: false, logLevel: 'error' });
  } catch (error) {
    // The parsers quote the text around the fault, which may be a password: only the place is told.
    throw invalid(path, `is no valid ${looksLikeJson ? 'JSON' : 'YAML'}${place(text, error)}`);
  }
}

function place(text: string, error: unknown): string {
  const offset =
    error instanceof Error && 'pos' in error && Array.isArray(error.pos)
      ? Number(error.pos[0])
      : Number(/at position (\d+)/.exec(String(error))?.[1] ?? NaN);
  if (Number.isNaN(offset)) return '';
  const lines = text.slice(0, offset).split('\n');
  return `: line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`;
}

function invalid(path: string, what: string, details: Record<string, unknown> = {}): DoorwardError {
  return new DoorwardError('invalidFile', `the world file \`${path}\` ${what}`, { details: { path, ...details } });
}

function schemaError(path: string, errors: readonly ErrorObject[]): DoorwardError {
  // Within alternatives every branch leaves its error; the last one is that of the whole.
  const error = errors.at(-1);
  const at = (error?.instancePath ?? '').slice(1).replaceAll('/', '.').replaceAll('~1', '/').replaceAll('~0', '~');
  const where = at === '' ? 'at its top' : `at \`${at}\``;
  if (error?.keyword === 'additionalProperties') {
    const field = String(error.params['additionalProperty']);
    return new DoorwardError('unknownField', `the world file \`${path}\` has the unknown field \`${field}\` ${where}`, {
      details: { path, field: at === '' ? field : `${at}.${field}` },
    });
  }
  return invalid(path, `is wrong ${where}: ${explain(error)}`, { field: at });
}

/** What the schema wants there. Never quotes the data, which may be a password. */
function explain(error: ErrorObject | undefined): string {
  if (error === undefined) return 'it breaks the schema';
  if (error.keyword === 'enum') return `must be one of ${(error.params['allowedValues'] as unknown[]).join(', ')}`;
  if (error.keyword === 'propertyNames') return `\`${String(error.params['propertyName'])}\` cannot be a name there`;
  const { description } = error.parentSchema as { description?: string };
  if (error.keyword === 'anyOf' && description !== undefined) return `expected is: ${description.replace(/\.$/, '')}`;
  return error.message ?? 'it breaks the schema';
}

function normalize(path: string, raw: RawWorld): WorldFile {
  const resources = Object.entries(raw.resources ?? {}).flatMap(([kind, list]) =>
    list.map(({ identifier, ...resource }) => ({
      kind,
      resource: withData(canonical(kind, resource), { identifier }),
    })),
  );
  const tokens = (raw.tokens ?? []).map(({ expires, ...token }, i) => {
    if (expires === undefined) return token;
    const time = typeof expires === 'string' ? isoTime(expires) : expires;
    if (typeof expires === 'string' && time === null) {
      throw invalid(path, `is wrong at \`tokens.${i}.expires\`: there is no such date`, {
        field: `tokens.${i}.expires`,
      });
    }
    return { ...token, expires: time };
  });
  return { groups: raw.groups ?? [], resources, users: raw.users ?? [], links: raw.links ?? [], tokens };
}

/** A gateway is told by its hardware address, however that is spelled. */
function canonical(kind: string, resource: WorldResource): WorldResource {
  const isAddress = kind === 'gateway' && /^[0-9a-f]{12}$/i.test(String(resource.id));
  return isAddress ? { ...resource, id: String(resource.id).toLowerCase() } : resource;
}

function withData(resource: WorldResource, extra: { identifier: string | undefined }): WorldResource {
  if (extra.identifier === undefined) return resource;
  const data: JsonObject = { ...resource.data, identifier: extra.identifier.toLowerCase() };
  return { ...resource, data };
}

/** Two declarations of one thing in a file would undo each other at every run. */
function refuseDuplicates(path: string, world: WorldFile): void {
  const seen = new Set<string>();
  const once = (field: string, what: string, ...key: (string | number)[]): void => {
    const joined = JSON.stringify([what, ...key.map(String)]);
    if (seen.has(joined)) throw invalid(path, `declares the same ${what} twice: again at \`${field}\``, { field });
    seen.add(joined);
  };
  world.groups.forEach((group, i) => once(`groups.${i}`, 'group', group.key));
  world.users.forEach((user, i) => {
    once(`users.${i}`, 'user', user.name);
    if (user.id !== undefined) once(`users.${i}.id`, 'user id', user.id);
  });
  const counts = new Map<string, number>();
  for (const { kind, resource } of world.resources) {
    const i = counts.get(kind) ?? 0;
    counts.set(kind, i + 1);
    once(`resources.${kind}.${i}`, 'resource', kind, resource.id);
  }
  world.links.forEach((link, i) => once(`links.${i}`, 'link', link.user, link.kind, link.id));
  world.tokens.forEach((token, i) => once(`tokens.${i}`, 'token', token.value));
}
