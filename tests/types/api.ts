// What has to compile against the public types, and what must not.
import { DoorwardError, open, type Door, type Session, type UserRecord } from 'doorward';
import { memory } from 'doorward/stores/memory';

export async function compiles(): Promise<string[]> {
  const door: Door = await open({ store: memory(), policy: 'doorward', scopes: [{ name: 'printer.start' }] });
  const session: Session = await door.logIn('ann', 'a password', { device: 'Kitchen tablet' });
  const users: UserRecord[] = (await session.users.list({ limit: 10, search: 'a' })).users;
  const ids: number[] = session.filter('printer.start', 'site', [1, 2]);
  const handles: Uint32Array = session.filter('printer.start', session.intern('thing', ['lamp']));
  door.on('tokenRevoked', ({ id, user }) => `${id} ${user}`);
  if (DoorwardError.is(null, 'denied')) return [];
  return users.map(({ name }) => `${name} ${ids.length + handles.length}`);
}

export async function refused(door: Door, session: Session): Promise<void> {
  // @ts-expect-error a store is needed
  await open({});
  // @ts-expect-error no such policy
  await open({ store: memory(), policy: 'lenient' });
  // @ts-expect-error no such event
  door.on('userEaten', () => undefined);
  // @ts-expect-error an unknown field
  await session.users.create({ name: 'x', shoeSize: 43 });
  // @ts-expect-error `add` needs a password
  await session.users.add({ name: 'x' });
  // @ts-expect-error sessions are made by logging in
  await session.tokens.create({ name: 'x', kind: 'session' });
  // @ts-expect-error rights are read, not written
  session.me = await session.refresh();
}
