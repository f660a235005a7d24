import type { Sender } from './request.js';
import type { AccessTokenRecord, CreatedAccessToken, NewAccessToken } from './types.js';
import { badArgument, listOf, maybeNumberOf, millis, numberOf, objectOf, textOf } from './values.js';

/** One's own access tokens; those of others are out of reach for everybody (spec 2.1 to 2.3). */
export interface AccessTokens {
  /** @throws DoorwardError `alreadyExists` where the name is in use, `invalidArgument` */
  create(token: NewAccessToken): Promise<CreatedAccessToken>;
  /** In order of creation, expired ones too. */
  list(): Promise<AccessTokenRecord[]>;
  /** One by its id, or `*` for all, the one that asks among them. What is not there is no error: `removed` is 0. */
  revoke(id: number | '*'): Promise<{ removed: number }>;
}

function secondsOf(expires: number | Date): number {
  const at = expires instanceof Date ? expires.getTime() : expires;
  if (typeof at !== 'number' || !Number.isFinite(at)) throw badArgument('expires', '`expires` has to be a time');
  return Math.floor(at / 1000);
}

export function accessTokensOf(sender: Sender, user: number): AccessTokens {
  const base = `/users/${user}/accesstokens`;
  return {
    async create({ name, expires }) {
      if (typeof name !== 'string' || name.trim() === '') throw badArgument('name', '`name` has to be a text');
      const expiry = expires === undefined || expires === null ? {} : { expiry: secondsOf(expires) };
      const reply = await sender.send('POST', `${base}/create`, { body: { name, ...expiry }, soft: 'alreadyExists' });
      return {
        id: numberOf('idAccessToken', reply['idAccessToken']),
        token: textOf('token', reply['token']),
      };
    },
    async list() {
      const { tokens } = await sender.send('GET', `${base}/list`);
      return listOf('tokens', tokens).map((token) => ({
        id: numberOf('idAccessToken', token['idAccessToken']),
        name: textOf('name', token['name']),
        scope: textOf('scope', token['scope']),
        created: numberOf('createdOn', token['createdOn']) * 1000,
        expires: millis(maybeNumberOf('expires', token['expires'])),
        lastSeen: millis(maybeNumberOf('lastSeen', token['lastSeen'])),
        lastSuccessfulAuth: millis(maybeNumberOf('lastSuccessfulAuth', token['lastSuccessfulAuth'])),
      }));
    },
    async revoke(id) {
      if (id !== '*' && !(Number.isSafeInteger(id) && id >= 0)) throw badArgument('id', '`id` has to be an id or `*`');
      const { data } = await sender.send('GET', `${base}/${id}/revoke`);
      return { removed: numberOf('removed', objectOf('data', data)['removed']) };
    },
  };
}
