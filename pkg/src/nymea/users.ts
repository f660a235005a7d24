import type { Params } from './link.js';
import type { NymeaUsers } from './types.js';

type Call = (method: string, params?: object) => Promise<Params>;

/** The namespace over a call. A reply is given without its `error`, which is none by then. */
export function usersOf(call: Call): NymeaUsers {
  const method =
    <Reply>(name: string) =>
    async (params?: object): Promise<Reply> => {
      const { error: _none, ...reply } = await call(`Users.${name}`, params);
      return reply as Reply;
    };
  const command = (name: string) => {
    const run = method(name);
    return async (params: object): Promise<void> => void (await run(params));
  };
  return {
    ChangePassword: command('ChangePassword'),
    ChangeUserPassword: command('ChangeUserPassword'),
    CreateUser: command('CreateUser'),
    GetTokens: method('GetTokens'),
    GetUserInfo: method('GetUserInfo'),
    GetUserTokens: method('GetUserTokens'),
    GetUsers: method('GetUsers'),
    RemoveToken: command('RemoveToken'),
    RemoveUser: command('RemoveUser'),
    SetUserInfo: command('SetUserInfo'),
    SetUserScopes: command('SetUserScopes'),
  };
}
