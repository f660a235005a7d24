// What has to compile against `doorward/nymea`, and what must not.
import type { Door } from 'doorward';
import { connect, type NymeaClient, type TokenInfo, type UserInfo } from 'doorward/nymea';

export async function compiles(door: Door): Promise<string[]> {
  const client: NymeaClient = await connect('wss://hub.local/nymea', { token: 'stored', locale: 'de_DE' });
  await connect(new URL('nymeas://hub.local'), { tls: { fingerprint: '00' }, timeout: 500, reconnect: false });
  await connect(door.nymea());
  await connect(() => door.nymea({ auth: false }));
  const users: UserInfo[] = (await client.users.GetUsers()).users;
  const tokens: TokenInfo[] = (await client.users.GetTokens()).tokenInfoList;
  await client.users.CreateUser({
    username: 'a',
    password: 'b',
    scopes: ['PermissionScopeAdmin', 'PermissionScopeLater'],
  });
  const stop: () => void = client.on('Users.UserChanged', ({ userInfo }) => userInfo.scopes.join());
  client.on('disconnected', () => undefined);
  stop();
  const { finished, transactionId } = await client.requestPushButtonAuth({ deviceName: 'd' });
  await finished;
  return [client.token ?? '', client.identity?.username ?? '', `${transactionId + users.length + tokens.length}`];
}

export async function refused(client: NymeaClient): Promise<void> {
  // @ts-expect-error a password is needed
  await client.users.CreateUser({ username: 'a' });
  // @ts-expect-error scopes are a list
  await client.users.SetUserScopes({ username: 'a', scopes: 'PermissionScopeAdmin' });
  // @ts-expect-error no such event
  client.on('Users.UserVanished', () => undefined);
  // @ts-expect-error no such option
  await connect('ws://x', { tokens: '' });
  // @ts-expect-error the token is the client's
  client.token = 'x';
}
