/** A page of users out of one string and one array of numbers; `src/wasm/columns.rs` is the writer and describes the form. */
import type { JsonObject, UserList, UserRecord } from '../types.js';

/** Of text and of numbers. */
const perUser = 8;

function lists(section: string): string[][] {
  return section.split('\u001e').map((list) => (list === '' ? [] : list.split('\u001f')));
}

function items(field: string): string[] {
  if (field === '') return [];
  // Most lists have one item; to look for a second is quicker than to split.
  return field.includes('\u001d') ? field.split('\u001d') : [field];
}

function needsOf(group: readonly string[], role: readonly string[]): UserRecord['needs'] {
  const needs: UserRecord['needs'] = {};
  if (group.length > 0) needs.group = group.slice();
  if (role.length > 0) needs.role = role.slice();
  return needs;
}

function object(field: string): JsonObject {
  return JSON.parse(field) as JsonObject;
}

export function unpackUsers(text: string, numbers: Float64Array): UserList {
  // A page with a name that holds a separator travels as JSON.
  if (text.startsWith('{')) return JSON.parse(text) as UserList;
  const [next = '0', groupSection = '', scopeSection = '', userSection = ''] = text.split('\u001c');
  const groupLists = lists(groupSection);
  const scopeLists = lists(scopeSection);
  const users: UserRecord[] = [];
  if (numbers.length > 0) {
    // One split for all: one a user took twice as long.
    const fields = userSection.split('\u001f');
    for (let at = 0; at < numbers.length; at += perUser) {
      const field = (index: number): string => fields[at + index] ?? '';
      const number = (index: number): number => numbers[at + index] ?? Number.NaN;
      const flags = number(1);
      const active = (flags & 1) !== 0;
      const admin = (flags & 2) !== 0;
      const lastLogin = number(3);
      const group = groupLists[number(6)] ?? [];
      const role = scopeLists[number(7)] ?? [];
      const scopes = items(field(6));
      users.push({
        active,
        admin,
        apikey: null,
        groups: items(field(7)),
        name: field(0),
        needs: needsOf(group, role),
        permissions: scopes.slice(),
        roles: admin ? ['user', 'admin'] : ['user'],
        settings: field(4) === '' ? {} : object(field(4)),
        user: true,
        id: number(0),
        displayName: field(1),
        email: field(2),
        country: field(3),
        status: active ? 'active' : (flags & 32) !== 0 ? 'locked' : 'disabled',
        scopes,
        hasPassword: (flags & 4) !== 0,
        hasApiKey: (flags & 8) !== 0,
        failedLogins: number(2),
        lastLogin: Number.isNaN(lastLogin) ? null : lastLogin,
        introReviewed: (flags & 16) !== 0,
        data: field(5) === '' ? null : object(field(5)),
        created: number(4),
        updated: number(5),
      });
    }
  }
  return next.startsWith('1') ? { users, next: next.slice(1) } : { users };
}
