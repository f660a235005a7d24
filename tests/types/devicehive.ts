// What has to compile against `doorward/devicehive`, and what must not.
import { connect, type Connection, type Tokens, type User, type UserWithNetworks } from 'doorward/devicehive';

export async function compiles(kept: Tokens): Promise<string[]> {
  const url = 'https://example.org/dh/rest';
  const connection: Connection = await connect({
    url,
    login: 'ann',
    password: 'pw',
    onTokens: (now) => now.accessToken,
  });
  await connect({ url, accessToken: kept.accessToken });
  await connect({ url, refreshToken: 'x' });
  const { user } = connection;
  const all: User[] = await user.list({ loginPattern: 'a%', sortField: 'login', sortOrder: 'DESC', take: 20, skip: 0 });
  const one: UserWithNetworks = await user.get(1);
  const { id } = await user.insert({ login: 'bob', password: 'bob-pw', role: 1, data: { a: [1, null] } });
  await user.update(id, { status: 2, data: null });
  return [...all.map(({ login }) => login), ...one.networks.map(({ name }) => name)];
}

export async function refused(url: string, { user }: Connection): Promise<void> {
  // @ts-expect-error a password is needed
  await connect({ url, login: 'ann' });
  // @ts-expect-error one way is enough
  await connect({ url, login: 'ann', password: 'pw', accessToken: 'x' });
  // @ts-expect-error a role there is not
  await user.insert({ login: 'bob', password: 'bob-pw', role: 2 });
  // @ts-expect-error no field of a user's
  await user.update(1, { lastLogin: null });
}
