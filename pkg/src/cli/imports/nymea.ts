/** Brings the users, scopes, tokens and passwords of a nymea server over (spec §7 of the protocol's document). */
import { DoorwardError, type Door, type ReachInput } from 'doorward';
import type { LocalSession, WorldUser } from 'doorward/faces';
import type { WorldFile } from '../world.js';
import type { Imported } from './imported.js';
import { readSqlite, type Row } from './sqlite.js';

/** The newest form of the file that is known. */
const newest = 2;
const prefix = 'PermissionScope';
/** A UUID, in braces or not. */
const uuid = /^\{?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\}?$/i;

const text = (row: Row, column: string): string => {
  const value = row[column];
  return typeof value === 'string' ? value : '';
};
const list = (row: Row, column: string): string[] =>
  text(row, column)
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

const unpadded = (base64: string): string => base64.replace(/=+$/, '');

class Importer {
  readonly notes: string[] = [];
  readonly world: WorldFile = { groups: [], resources: [], users: [], links: [], tokens: [] };
  readonly #path: string;
  readonly #version: number;
  readonly #things = new Set<string>();

  constructor(path: string, metadata: Row[]) {
    this.#path = path;
    const stored = metadata.find((row) => text(row, 'key') === 'version')?.['data'];
    this.#version = stored === undefined || stored === null ? 0 : Number(stored);
    if (!(this.#version >= 0 && this.#version <= newest)) {
      throw this.#broken(`has the version ${String(stored).slice(0, 20)}; known are those up to ${newest}`);
    }
  }

  #broken(what: string): DoorwardError {
    return new DoorwardError('invalidFile', `the file \`${this.#path}\` ${what}`, { details: { path: this.#path } });
  }

  /** The scopes of a user, as the server itself would migrate them: none were kept at first, and things not at second. */
  #scopes(row: Row): string[] {
    if (this.#version === 0) return ['Admin'];
    const names = list(row, 'scopes').map((name) => name.replace(prefix, ''));
    const more = this.#version === 1 && !names.includes('Admin') ? ['AccessAllThings'] : [];
    return [...new Set([...names, ...more])].filter((name) => name !== 'None');
  }

  user(row: Row, known: ReadonlySet<string>): void {
    const name = text(row, 'username');
    if (name === '') {
      this.notes.push('the nameless user of the push button was left out, with his tokens: press the button anew');
      return;
    }
    const hash = text(row, 'password');
    if (!/^[A-Za-z0-9+/]{86}==$/.test(hash))
      throw this.#broken(`holds a password hash of \`${name}\` of no known form`);
    const salt = unpadded(Buffer.from(text(row, 'salt'), 'utf8').toString('base64'));
    const names = this.#scopes(row);
    const scopes = names.flatMap((scope) => {
      if (known.has(`nymea:${scope}`)) return [`nymea:${scope}`];
      this.notes.push(`user \`${name}\`: the scope \`${scope.slice(0, 60)}\` is not known here, and was left out`);
      return [];
    });
    const user: WorldUser = {
      name,
      passwordHash: `$sha512-suffix$${salt}$${unpadded(hash)}`,
      // Users were told by their address at first.
      email: this.#version === 0 ? name : text(row, 'email'),
      displayName: text(row, 'displayName'),
      ...(names.includes('Admin') ? { admin: true, scopes: [] } : { scopes }),
      reach: { thing: this.#allowed(name, list(row, 'allowedThingIds')) },
    };
    this.world.users.push(user);
  }

  /** What users may see has to be there to be seen: nymea keeps the names of things elsewhere. */
  #allowed(name: string, ids: string[]): string[] {
    return ids.flatMap((given) => {
      const id = uuid.exec(given)?.[1]?.toLowerCase();
      if (id === undefined) {
        this.notes.push(`user \`${name}\`: an allowed thing has no UUID, and was left out`);
        return [];
      }
      this.#things.add(id);
      return [id];
    });
  }

  token(row: Row): void {
    const owner = text(row, 'username').toLowerCase();
    const value = text(row, 'token');
    if (owner === '') return;
    if (!this.world.users.some((user) => user.name === owner)) {
      this.notes.push(`a token of \`${owner}\`, whom there is not, was left out`);
      return;
    }
    if (!/^[\w.+,\-/=]{16,512}$/.test(value)) {
      this.notes.push(`user \`${owner}\`: a token that is malformed was left out`);
      return;
    }
    const name = [...text(row, 'devicename')]
      .filter((char) => !/\p{Cc}/u.test(char))
      .slice(0, 128)
      .join('');
    this.world.tokens.push({ user: owner, kind: 'device', name, value, expires: null });
  }

  /** Resources that are there keep their names; what users have of other protocols and of the host stays with them. */
  async fitIn(session: LocalSession): Promise<void> {
    const absent = async <T>(asked: Promise<T>): Promise<T | undefined> => {
      try {
        return await asked;
      } catch (error) {
        if (DoorwardError.is(error, 'notFound')) return undefined;
        throw error;
      }
    };
    for (const id of this.#things) {
      if ((await absent(session.resources.get('thing', id))) === undefined)
        this.world.resources.push({ kind: 'thing', resource: { id } });
    }
    for (const user of this.world.users) {
      const before = await absent(session.users.get(user.name));
      if (before === undefined) continue;
      const others = before.scopes.filter((scope) => !scope.startsWith('nymea:'));
      user.scopes = [...(user.scopes ?? []), ...others];
      user.reach = { ...(before.reach as ReachInput), ...user.reach };
    }
  }
}

/**
 * Reads a nymea server's database of users as a world file.
 * @throws DoorwardError `invalidFile`, `invalidArgument` (no such file), `unsupported` (the reader is not installed)
 */
export async function readNymea(
  path: string,
  { door, session }: { door: Door; session: LocalSession },
): Promise<Imported> {
  const known = new Set(door.scopes.map(({ name }) => name));
  const importer = await readSqlite(path, (tables) => {
    const importer = new Importer(path, tables.rows('metadata'));
    for (const row of tables.rows('users'))
      importer.user({ ...row, username: text(row, 'username').toLowerCase() }, known);
    for (const row of tables.rows('tokens')) importer.token(row);
    return importer;
  });
  await importer.fitIn(session);
  return { world: importer.world, notes: importer.notes };
}
