/** Brings the users, networks and device types of a DeviceHive over, from JSON lines (spec §0, §3.1 of the protocol's document). */
import { open } from 'node:fs/promises';
import { DoorwardError, type JsonObject } from 'doorward';
import type { WorldUser } from 'doorward/faces';
import { fileError } from '../problem.js';
import type { WorldFile } from '../world.js';
import type { Imported } from './imported.js';

type Row = Record<string, unknown>;
type Kind = 'user' | 'network' | 'deviceType' | 'userNetwork' | 'userDeviceType';

/** What a line may say it is, in the letters of JSON or of the tables. */
const kinds: Readonly<Record<string, Kind>> = {
  user: 'user',
  dhuser: 'user',
  network: 'network',
  devicetype: 'deviceType',
  usernetwork: 'userNetwork',
  userdevicetype: 'userDeviceType',
};

const kindOf = (name: string): Kind | undefined => {
  const plain = name.toLowerCase().replaceAll('_', '');
  return Object.hasOwn(kinds, plain) ? kinds[plain] : undefined;
};

const statuses = ['active', 'locked', 'disabled'] as const;

const isRow = (value: unknown): value is Row => typeof value === 'object' && value !== null && !Array.isArray(value);

/** `password_hash` and `passwordHash` are the same member. */
function plainNames(row: Row): Row {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name.replaceAll(/_(\w)/g, (_, c: string) => c.toUpperCase()), value]),
  );
}

const unpadded = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64').replace(/=+$/, '');

/** SHA-256 of the salt's text and the password, as Doorward takes it over; null: no log-in by password. */
function hashOf(row: Row, broken: (what: string) => DoorwardError): string | null {
  const hash = row['passwordHash'] ?? row['hash'] ?? null;
  const salt = row['passwordSalt'] ?? row['salt'] ?? '';
  if (hash === null || hash === '') return null;
  const bytes = typeof hash === 'string' ? Buffer.from(hash, 'base64') : Buffer.alloc(0);
  if (bytes.length !== 32 || typeof salt !== 'string' || salt.length > 200) {
    throw broken('a password hash that is no SHA-256 in base64 with its salt');
  }
  return `$sha256-prefix$${unpadded(Buffer.from(salt, 'utf8'))}$${unpadded(bytes)}`;
}

class Importer {
  readonly world: WorldFile = { groups: [], resources: [], users: [], links: [], tokens: [] };
  readonly #path: string;
  readonly #logins = new Map<number, WorldUser>();
  /** Associations may come before what they are of. */
  readonly #links: { of: number; kind: 'network' | 'devicetype'; id: number }[] = [];

  constructor(path: string) {
    this.#path = path;
  }

  line(text: string, number: number): void {
    const broken = (what: string): DoorwardError =>
      new DoorwardError('invalidFile', `the file \`${this.#path}\`, line ${number}: ${what}`, {
        details: { path: this.#path, line: number },
      });
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      // What the parser would quote may be a hash.
      throw broken('no JSON');
    }
    const found = isRow(value) ? typed(value) : undefined;
    if (found === undefined) {
      throw broken('neither a user, network or device type nor an association: say so by `type`');
    }
    this.#take(...found, broken);
  }

  #take(kind: Kind, row: Row, broken: (what: string) => DoorwardError): void {
    const id = (...names: string[]): number => {
      const found = names.map((name) => row[name]).find((value) => value !== undefined);
      if (!Number.isSafeInteger(found) || (found as number) < 0) throw broken(`\`${names[0]}\` has to be an id`);
      return found as number;
    };
    switch (kind) {
      case 'user':
        this.#user(id('id'), row, broken);
        break;
      case 'network':
      case 'deviceType': {
        const { name, description } = row;
        if (typeof name !== 'string') throw broken(`a ${kind} without a name`);
        const resource = { id: id('id'), name, ...(typeof description === 'string' && { description }) };
        this.world.resources.push({ kind: kind === 'network' ? 'network' : 'devicetype', resource });
        break;
      }
      case 'userNetwork':
        this.#links.push({ of: id('userId', 'user'), kind: 'network', id: id('networkId', 'network') });
        break;
      case 'userDeviceType':
        this.#links.push({ of: id('userId', 'user'), kind: 'devicetype', id: id('deviceTypeId', 'deviceType') });
        break;
    }
  }

  #user(id: number, row: Row, broken: (what: string) => DoorwardError): void {
    const { login, role, status = 0, data, introReviewed, allDeviceTypesAvailable = true } = row;
    if (typeof login !== 'string' || login === '') throw broken('a user without a login');
    if (role !== 0 && role !== 1) throw broken('a role that is neither 0 nor 1');
    const state = typeof status === 'number' ? statuses[status] : undefined;
    if (state === undefined) throw broken('a status that is none of 0, 1 and 2');
    if (data !== undefined && data !== null && !isRow(data)) throw broken('data that are no object');
    const hash = hashOf(row, broken);
    const user: WorldUser = {
      id,
      name: login,
      ...(hash === null ? { password: null } : { passwordHash: hash }),
      admin: role === 0,
      status: state,
      data: (data ?? null) as JsonObject | null,
      introReviewed: introReviewed === true,
      reach: { devicetype: allDeviceTypesAvailable === false ? [] : 'all' },
    };
    if (this.#logins.has(id)) throw broken(`a second user with the id ${id}`);
    this.#logins.set(id, user);
    this.world.users.push(user);
    // As single users are shown over REST.
    for (const [member, kind] of [['networks', 'network'] as const, ['deviceTypes', 'devicetype'] as const]) {
      const items = row[member] ?? [];
      if (!Array.isArray(items)) throw broken(`\`${member}\` that are no list`);
      for (const item of items) {
        const of: unknown = isRow(item) ? item['id'] : item;
        if (!Number.isSafeInteger(of)) throw broken(`\`${member}\` that are no ids`);
        this.#links.push({ of: id, kind, id: of as number });
      }
    }
  }

  /** The associations, by what they are of. */
  end(): Imported {
    const notes: string[] = [];
    const known = new Set(this.world.resources.map(({ kind, resource }) => `${kind} ${resource.id}`));
    for (const { of, kind, id } of this.#links) {
      const user = this.#logins.get(of);
      if (user === undefined || !known.has(`${kind} ${id}`)) {
        notes.push(`the association of user ${of} with ${kind} ${id} was left out: one of them is not in the file`);
      } else if (kind === 'devicetype' && user.reach?.['devicetype'] === 'all') {
        notes.push(`user \`${user.name}\`: all device types are his, so the association with ${id} was left out`);
      } else this.world.links.push({ user: user.name, kind, id });
    }
    return { world: this.world, notes };
  }
}

/** What a line is, and its members: `{"type":"user", …}`, `{"user":{…}}`, or a user as he is. */
function typed(value: Row): [Kind, Row] | undefined {
  const [[name, inner] = ['', undefined], ...more] = Object.entries(value);
  const wrapped = more.length === 0 && isRow(inner) ? kindOf(name) : undefined;
  if (wrapped !== undefined) return [wrapped, plainNames(inner as Row)];
  const { type, ...row } = value;
  if (typeof type === 'string') {
    const kind = kindOf(type);
    return kind === undefined ? undefined : [kind, plainNames(row)];
  }
  return 'login' in value ? ['user', plainNames(value)] : undefined;
}

/**
 * Reads a DeviceHive's records as a world file.
 * @throws DoorwardError `invalidFile` with the line, `invalidArgument` (no such file)
 */
export async function readDevicehive(path: string): Promise<Imported> {
  const importer = new Importer(path);
  let number = 0;
  try {
    const file = await open(path);
    for await (const text of file.readLines({ encoding: 'utf8' })) {
      number += 1;
      if (text.trim() !== '') importer.line(text, number);
    }
  } catch (error) {
    throw DoorwardError.is(error) ? error : fileError(path, error);
  }
  return importer.end();
}
