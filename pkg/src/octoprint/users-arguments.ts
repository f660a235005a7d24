/** Arguments and bodies of the users functions, which differ between the generations (spec 1.5). */
import { InvalidArgumentError } from '../errors.js';
import type { Generation, OctoPrintNewUser, RequestOptions } from './types.js';

export function needName(name: unknown): void {
  if (!name) throw new InvalidArgumentError('user name must be set');
}

/** Lists are arrays, so an object that is none can only be options. */
function isOptions(value: unknown): value is RequestOptions {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What is there but undefined counts as given. */
export function addBody(generation: Generation, user: OctoPrintNewUser): object {
  const { name, password } = user;
  if (!name || !password) throw new InvalidArgumentError("Both user's name and password need to be set");
  const given = <T>(field: keyof OctoPrintNewUser, other: T): unknown =>
    Object.hasOwn(user, field) ? user[field] : other;
  const active = Boolean(given('active', true));
  const admin = Boolean(given('admin', false));
  if (generation === 'L') return { name, password, active, admin };
  const body = { name, password, groups: given('groups', []), permissions: given('permissions', []), active };
  return generation === 'N' ? body : { ...body, admin };
}

/** The arguments behind `name` and `active`. */
export function updateArguments(
  generation: Generation,
  active: unknown,
  rest: readonly unknown[],
): { body: object; opts: RequestOptions | undefined } {
  if (generation === 'L') {
    const flags = { active: Boolean(active), admin: Boolean(rest[0]) };
    return { body: flags, opts: rest.slice(1).find(isOptions) };
  }
  // N: the order of C is taken where there is a flag.
  const flagged = generation === 'C' || typeof rest[0] === 'boolean';
  const [permissions, groups, opts] = flagged ? rest.slice(1) : rest;
  const early = isOptions(permissions) && groups === undefined;
  const lists = early ? { groups: undefined, permissions: undefined } : { groups, permissions };
  const body = { active: Boolean(active), ...lists };
  return {
    body: generation === 'N' ? body : { ...body, admin: Boolean(rest[0]) },
    opts: early ? permissions : (opts as RequestOptions | undefined),
  };
}

/** The arguments behind `name`. */
export function passwordArguments(
  generation: Generation,
  password: string,
  current: string | RequestOptions | null | undefined,
  opts: RequestOptions | undefined,
): { body: object; opts: RequestOptions | undefined } {
  if (isOptions(current)) return { body: { password }, opts: current };
  return { body: current && generation !== 'L' ? { password, current } : { password }, opts };
}
