import type { UserDetails, UserRecord } from '../types.js';
import type { OctoPrintUser } from './types.js';

const holdsAdmin = (user: OctoPrintUser): boolean =>
  user.admin ??
  (user.permissions?.includes('ADMIN') === true ||
    user.needs?.role?.includes('admin') === true ||
    user.groups?.includes('admins') === true);

/** A user of OctoPrint as a record of ours; what OctoPrint does not have is empty, zero or null. */
export function toRecord(user: OctoPrintUser): UserRecord {
  const admin = holdsAdmin(user);
  const scopes = [...(user.permissions ?? [])];
  return {
    active: user.active,
    admin,
    apikey: null,
    groups: [...(user.groups ?? [])],
    name: user.name,
    needs: user.needs ?? {},
    permissions: [...scopes],
    roles: admin ? ['user', 'admin'] : ['user'],
    settings: (user.settings ?? {}) as UserRecord['settings'],
    user: true,
    id: 0,
    displayName: '',
    email: '',
    country: '',
    status: user.active ? 'active' : 'disabled',
    scopes,
    hasPassword: user.has_password ?? true,
    hasApiKey: user.apikey !== null && user.apikey !== undefined,
    failedLogins: 0,
    lastLogin: null,
    introReviewed: false,
    data: null,
    created: 0,
    updated: 0,
  };
}

export const toDetails = (user: OctoPrintUser): UserDetails => ({ ...toRecord(user), reach: {} });

/** By name, as a door lists them: OctoPrint's own order changes with its restarts (spec 2.11). */
export function toRecords(users: readonly OctoPrintUser[]): UserRecord[] {
  return users.map(toRecord).sort((left, right) => (left.name < right.name ? -1 : left.name > right.name ? 1 : 0));
}
