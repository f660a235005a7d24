import type { DoorEvents } from '../types.js';

/** What the core says has happened, and on whom. */
export type CoreEvent = readonly [
  string,
  { user?: string; userId?: number; token?: string; group?: string; kind?: string; id?: string },
];

type Public = { [E in keyof DoorEvents]: readonly [E, DoorEvents[E]] }[keyof DoorEvents];

/** The public shape of it; undefined for what is no event. */
export function eventOf([what, on]: CoreEvent): Public | undefined {
  const user = { id: on.userId ?? 0, name: on.user ?? '' };
  const token = { id: on.token ?? '', user: on.user ?? '' };
  const group = { key: on.group ?? '' };
  const resource = { kind: on.kind ?? '', id: on.id ?? '' };
  switch (what) {
    // The first administrator is a user who was added.
    case 'setUp':
    case 'userAdded':
      return ['userAdded', user];
    case 'userChanged':
    case 'userRemoved':
    case 'passwordChanged':
    case 'settingsChanged':
    case 'loggedIn':
    case 'loggedOut':
    case 'secondFactorAdded':
    case 'secondFactorChanged':
    case 'secondFactorRemoved':
      return [what, user];
    case 'notice':
      return [what, { about: 'siteAdded', user, resource }];
    case 'tokenAdded':
    case 'tokenRevoked':
      return [what, token];
    case 'groupAdded':
    case 'groupChanged':
    case 'groupRemoved':
      return [what, group];
    case 'resourceAdded':
    case 'resourceChanged':
    case 'resourceRemoved':
      return [what, resource];
    case 'linkChanged':
      return [what, { user: on.user ?? '', ...resource }];
    default:
      return undefined;
  }
}
