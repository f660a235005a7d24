import { DoorwardError } from '../errors.js';
import type { Sender } from './request.js';
import type { ExtendedInstallation, Installation, InstallationsOptions, VrmUser } from './types.js';
import { badArgument, listOf, maybeNumberOf, numberOf, objectOf, textOf } from './values.js';

/** The `users` operations beside the access tokens (spec 2.4 to 2.7). */
export interface VrmUsers {
  me(): Promise<VrmUser>;
  /** @throws DoorwardError `denied` for somebody else's where that is not one's business, `notFound` */
  installations(options?: InstallationsOptions & { extended?: false }): Promise<Installation[]>;
  installations(options: InstallationsOptions & { extended: true }): Promise<ExtendedInstallation[]>;
  /**
   * Makes a site of a gateway that nobody has claimed; gives its id.
   * @throws DoorwardError `notFound`, `alreadyExists` where it is one's own already, `denied` where it is another's
   */
  addSite(identifier: string): Promise<number>;
  /** The site of a gateway among one's own; null where there is none. */
  getSiteId(identifier: string): Promise<number | null>;
}

export async function readMe(sender: Sender): Promise<VrmUser> {
  const user = objectOf('user', (await sender.send('GET', '/users/me'))['user']);
  return {
    id: numberOf('id', user['id']),
    name: textOf('name', user['name']),
    email: textOf('email', user['email']),
    country: textOf('country', user['country']),
    accessLevel: numberOf('accessLevel', user['accessLevel']),
    idAccessToken: maybeNumberOf('idAccessToken', user['idAccessToken']),
  };
}

function identify(identifier: unknown): { installation_identifier: string } {
  if (typeof identifier !== 'string' || identifier === '') {
    throw badArgument('identifier', '`identifier` has to be a text');
  }
  return { installation_identifier: identifier };
}

const siteId = (records: unknown): number => numberOf('site_id', objectOf('records', records)['site_id']);

export function usersOf(sender: Sender, user: number): VrmUsers {
  const installations = async (
    options: InstallationsOptions & { extended?: boolean } = {},
  ): Promise<ExtendedInstallation[]> => {
    const { user: whose = user, idSite, extended = false } = options;
    const query = new URLSearchParams({
      ...(extended && { extended: '1' }),
      ...(idSite !== undefined && { idSite: String(idSite) }),
    });
    const path = `/users/${encodeURIComponent(whose)}/installations`;
    const { records } = await sender.send('GET', query.size === 0 ? path : `${path}?${query.toString()}`);
    return listOf('records', records) as unknown as ExtendedInstallation[];
  };
  return {
    me: () => readMe(sender),
    installations,
    async addSite(identifier) {
      const reply = await sender.send('POST', `/users/${user}/addsite`, { body: identify(identifier) });
      return siteId(reply['records']);
    },
    async getSiteId(identifier) {
      const body = identify(identifier);
      try {
        const reply = await sender.send('POST', `/users/${user}/get-site-id`, { body, soft: 'notFound' });
        return siteId(reply['records']);
      } catch (error) {
        if (DoorwardError.is(error, 'notFound')) return null;
        throw error;
      }
    },
  };
}
