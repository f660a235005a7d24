// What has to compile against `doorward/vrm`, and what must not.
import { connect, DoorwardError, type AccessTokenRecord, type Connection } from 'doorward/vrm';

export async function compiles(): Promise<number[]> {
  const vrm: Connection = await connect({ baseurl: 'http://localhost:8080', token: 'a'.repeat(64) });
  await connect({ baseurl: '/', username: 'ann@example.org', password: 'pw', code: '123456', remember: true });
  const { id, token }: { id: number; token: string } = await vrm.accessTokens.create({
    name: 'x',
    expires: new Date(),
  });
  const records: AccessTokenRecord[] = await vrm.accessTokens.list();
  await vrm.accessTokens.revoke(id);
  await vrm.accessTokens.revoke('*');
  const [site] = await vrm.users.installations({ extended: true, idSite: 5 });
  const alarm: boolean | undefined = site?.alarm;
  const found: number | null = await vrm.users.getSiteId('c0619ab00101');
  if (DoorwardError.is(null, 'lockedOut')) return [];
  return [records.length, token.length, found ?? 0, Number(alarm)];
}

export async function refused(vrm: Connection): Promise<void> {
  // @ts-expect-error a credential is needed
  await connect({ baseurl: '/' });
  // @ts-expect-error a token or a password, not both
  await connect({ baseurl: '/', token: 'x', username: 'ann', password: 'pw' });
  // @ts-expect-error a name goes with a password
  await connect({ baseurl: '/', username: 'ann' });
  // @ts-expect-error a name is needed
  await vrm.accessTokens.create({});
  // @ts-expect-error no list shows a value
  (await vrm.accessTokens.list())[0]?.token;
  // @ts-expect-error an optional key has to be asked for
  (await vrm.users.installations())[0]?.alarm;
}
