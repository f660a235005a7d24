/** Who may hold the whole store, by `serve --share-store`. */
import { DoorwardError, type Door } from 'doorward';

/**
 * Is the request's token an access token with all rights? Sessions and API keys are not taken: they are in browsers and
 * in configuration files, and this is more than any of them needs.
 * @throws DoorwardError as `authenticate`
 */
export async function isAdministrators(door: Door, request: Request): Promise<boolean> {
  const token = /^Bearer +(\S+) *$/i.exec(request.headers.get('authorization') ?? '')?.[1];
  if (token === undefined) {
    throw new DoorwardError('unknownToken', 'no credential was given', { details: { by: 'credential' } });
  }
  const session = await door.authenticate(token);
  try {
    return session.me.token.kind === 'access' && session.can('admin');
  } finally {
    session.close();
  }
}
