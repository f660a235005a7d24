// Compiled, never run: what a strict consumer writes, and what has to be refused.
import { DoorwardError, open, type Door, type ErrorCode, type Session, type UserRecord } from 'doorward';
import { OctoPrintClient, RequestError, connect as connectOctoPrint, type Call } from 'doorward/octoprint';
import { connect } from 'doorward/remote';
import type { Store } from 'doorward/contract';
import { indexedDB } from 'doorward/stores/indexeddb';
import { memory } from 'doorward/stores/memory';
import { testStore } from 'doorward/testing';

export async function program(store: Store): Promise<UserRecord[]> {
  const door: Door = await open({ store, policy: 'doorward', scopes: [{ name: 'printer.start' }] });
  const session: Session = await door.logIn('ann', 'secret', { device: 'Kitchen tablet' });
  const allowed: boolean = session.can('printer.start', { kind: 'thing', id: 7 });
  const ids: number[] = session.filter('printer.start', 'thing', [1, 2, 3]);
  const stop: () => void = door.on('userAdded', ({ id, name }) => void [id.toFixed(), name.trim()]);
  stop();
  const { apikey } = await session.users.generateApiKey('bob');
  const made = await session.tokens.create({ name: 'slicer', scopes: ['printer.start'], expires: null });
  void [allowed, ids, apikey.length, made.value.length];
  const { users, next } = await session.users.list({ limit: 10 });
  const cursor: string | undefined = next;
  void cursor;
  return users;
}

export function code(error: unknown): ErrorCode | null {
  return DoorwardError.is(error, 'denied') ? error.code : null;
}

export const stores: Store[] = [memory(), indexedDB('workshop')];
export { connect, testStore };

export async function octoPrint(session: Session): Promise<string[]> {
  const client = new OctoPrintClient({ baseurl: 'http://octopi.local', apikey: 'key' });
  const call: Call<{ apikey: string }> = client.users.generateApiKey('ann');
  call.done(({ apikey }) => apikey.trim()).fail((xhr) => xhr.status.toFixed());
  const status = await call.then(
    () => 200,
    (error: unknown) => (error instanceof RequestError ? error.status : 0),
  );
  const { users } = await connectOctoPrint({ baseurl: 'http://octopi.local', user: 'ann', password: 'secret' });
  const either: Session['users'] = status === 200 ? users : session.users;
  return (await either.list()).users.map(({ name }) => name);
}

export async function mistakes(door: Door, session: Session): Promise<void> {
  // @ts-expect-error a store is needed
  await open({});
  // @ts-expect-error there is no such policy
  await open({ store: memory(), policy: 'lenient' });
  // @ts-expect-error a password is needed
  await session.users.add({ name: 'bob' });
  // @ts-expect-error names are strings
  await session.users.get(7);
  // @ts-expect-error there is no such event
  door.on('userVanished', () => undefined);
  // @ts-expect-error a key is never in a record
  const key: string = (await session.users.get('bob')).apikey;
  void key;
}
