/** Brings the users, groups, permissions, keys and settings of an OctoPrint over (spec §3.6 of the protocol's document). */
import { readFile } from 'node:fs/promises';
import { DoorwardError, type Door, type JsonObject } from 'doorward';
import type { LocalSession, WorldGroup, WorldUser } from 'doorward/faces';
import { parse as parseYaml } from 'yaml';
import { fileError } from '../problem.js';
import type { WorldFile } from '../world.js';
import type { Imported } from './imported.js';

/** The files of an OctoPrint's base folder. */
export interface OctoprintFiles {
  users: string;
  groups?: string;
  config?: string;
}

type Yaml = Record<string, unknown>;

/** Groups OctoPrint never changes. */
const fixedGroups = new Set(['admins', 'readonly']);

const isObject = (value: unknown): value is Yaml =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];

function broken(path: string, what: string): DoorwardError {
  return new DoorwardError('invalidFile', `the file \`${path}\` ${what}`, { details: { path } });
}

async function readYaml(path: string): Promise<Yaml> {
  let text;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw fileError(path, error);
  }
  let data: unknown;
  try {
    data = parseYaml(text, { prettyErrors: false, logLevel: 'error' });
  } catch (error) {
    // The parser quotes the text around the fault, which may be a hash or a key.
    throw new DoorwardError('invalidFile', `the file \`${path}\` is no valid YAML`, {
      details: { path },
      cause: error,
    });
  }
  // OctoPrint itself does not start on such a file.
  if (!isObject(data)) throw broken(path, 'is empty or no mapping');
  return data;
}

const unpadded = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64').replace(/=+$/, '');

/** The hash as Doorward takes it over; null: no log-in by password; undefined: of no known form. */
function hashOf(stored: unknown, salt: string | undefined): string | null | undefined {
  if (typeof stored !== 'string' || stored === 'nologin' || stored === '') return null;
  if (/^\$(argon2id\$v=19|pbkdf2-sha256)\$/.test(stored)) return stored;
  if (/^[0-9a-f]{128}$/i.test(stored) && salt !== undefined) {
    return `$sha512-suffix$${unpadded(Buffer.from(salt, 'utf8'))}$${unpadded(Buffer.from(stored, 'hex'))}`;
  }
  return undefined;
}

class Importer {
  readonly notes: string[] = [];
  readonly #scopes: ReadonlySet<string>;
  readonly #path: string;

  constructor(scopes: ReadonlySet<string>, path: string) {
    this.#scopes = scopes;
    this.#path = path;
  }

  /** Permissions as scopes; what is registered nowhere is named and left out. */
  scopes(of: string, permissions: string[]): string[] {
    return permissions.flatMap((key) => {
      if (key === 'ADMIN') return ['admin'];
      const scope = `octoprint:${key}`;
      if (this.#scopes.has(scope)) return [scope];
      this.notes.push(`${of}: the permission \`${key}\` is registered nowhere here, and was left out`);
      return [];
    });
  }

  group(key: string, entry: Yaml): WorldGroup | undefined {
    if (fixedGroups.has(key)) return undefined;
    return {
      key,
      ...(typeof entry['name'] === 'string' && entry['name'] !== '' && { name: entry['name'] }),
      ...(typeof entry['description'] === 'string' && { description: entry['description'] }),
      scopes: this.scopes(`group \`${key}\``, texts(entry['permissions'])),
      subgroups: texts(entry['subgroups']),
      default: entry['default'] === true,
    };
  }

  user(name: string, entry: Yaml, salt: string | undefined): { user: WorldUser; key: string | null } {
    const hash = hashOf(entry['password'], salt);
    if (hash === undefined) {
      const known = salt === undefined ? 'it may need the salt of config.yaml' : 'its form is not known';
      throw broken(this.#path, `holds a password hash of \`${name}\` that cannot be taken over: ${known}`);
    }
    const roles = texts(entry['roles']);
    // Files of the time before permissions (§3.6).
    const migrated = roles.includes('admin') ? ['users', 'admins'] : ['users'];
    const old = entry['permissions'] === undefined && roles.length > 0;
    const groups = old || entry['groups'] === undefined ? migrated : texts(entry['groups']);
    const user: WorldUser = {
      name,
      ...(hash === null ? { password: null } : { passwordHash: hash }),
      status: entry['active'] === false ? 'disabled' : 'active',
      groups: groups.filter((key) => key !== 'guests'),
      scopes: this.scopes(`user \`${name}\``, texts(entry['permissions'])),
      settings: isObject(entry['settings']) ? (JSON.parse(JSON.stringify(entry['settings'])) as JsonObject) : {},
    };
    const key = entry['apikey'];
    return { user, key: typeof key === 'string' && key !== '' ? key : null };
  }
}

/** Groups there are; and scopes of other protocols and of the host's stay with who has them. */
async function fitIn(world: WorldFile, session: LocalSession, notes: string[]): Promise<void> {
  const others = (scopes: readonly string[]): string[] =>
    scopes.filter((scope) => scope !== 'admin' && !scope.startsWith('octoprint:'));
  const groups = new Map((await session.groups.list()).groups.map((group) => [group.key, group]));
  const known = new Set([...groups.keys(), ...world.groups.map(({ key }) => key)]);
  const present = (of: string, keys: string[]): string[] =>
    keys.filter((key) => {
      if (!known.has(key)) notes.push(`${of}: there is no group \`${key}\`; it was left out`);
      return known.has(key);
    });
  for (const group of world.groups) {
    group.subgroups = present(`group \`${group.key}\``, group.subgroups ?? []);
    group.scopes = [...(group.scopes ?? []), ...others(groups.get(group.key)?.scopes ?? [])];
  }
  const before = await Promise.all(
    world.users.map(({ name }) =>
      session.users.get(name).catch((error: unknown) => {
        if (DoorwardError.is(error, 'notFound')) return undefined;
        throw error;
      }),
    ),
  );
  for (const [at, user] of world.users.entries()) {
    user.groups = present(`user \`${user.name}\``, user.groups ?? []);
    user.scopes = [...(user.scopes ?? []), ...others(before[at]?.scopes ?? [])];
  }
}

/**
 * Reads an OctoPrint's files as a world file.
 * @throws DoorwardError `invalidFile`, `invalidArgument` (no such file)
 */
export async function readOctoprint(
  files: OctoprintFiles,
  { door, session }: { door: Door; session: LocalSession },
): Promise<Imported> {
  const importer = new Importer(new Set(door.scopes.map(({ name }) => name)), files.users);
  const { _version: _, ...users } = await readYaml(files.users);
  const groups = files.groups === undefined ? {} : (await readYaml(files.groups))['groups'];
  const config = files.config === undefined ? {} : await readYaml(files.config);
  const access = isObject(config['accessControl']) ? config['accessControl'] : {};
  const salt = typeof access['salt'] === 'string' ? access['salt'] : undefined;
  if (isObject(config['api']) && typeof config['api']['key'] === 'string') {
    importer.notes.push('the global API key of config.yaml was left out: make a key of its own for each program');
  }
  const world: WorldFile = { groups: [], resources: [], users: [], links: [], tokens: [] };
  for (const [key, entry] of Object.entries(isObject(groups) ? groups : {})) {
    const group = isObject(entry) ? importer.group(key, entry) : undefined;
    if (group !== undefined) world.groups.push(group);
  }
  for (const [name, entry] of Object.entries(users)) {
    if (!isObject(entry)) throw broken(files.users, `holds an entry \`${name}\` that is no mapping`);
    const { user, key } = importer.user(name, entry, salt);
    world.users.push(user);
    if (key === null) continue;
    if (/^[\x21-\x7e]{16,512}$/.test(key)) {
      world.tokens.push({ user: name, kind: 'apikey', name: 'API key', value: key, primary: true });
    } else importer.notes.push(`user \`${name}\`: the API key is too short or not ASCII, and was left out`);
  }
  await fitIn(world, session, importer.notes);
  return { world, notes: importer.notes };
}
