/** The session API below `/doorward/v1`: what the admin page and `doorward/remote` speak. */
import { DoorwardError } from 'doorward';
import type { Door, Me, Session } from 'doorward';
import { Hono, type Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { checkFields, readBody } from './body.js';
import { streamEvents } from './events.js';
import { checkOrigin, isSecure } from './guards.js';
import { callOperation, isChange } from './operations.js';
import { reply } from './reply.js';

export const apiPath = '/doorward/v1';

const credentialFields = { name: 'string!', password: 'string!', device: 'string', cookie: 'boolean' } as const;
const logInFields = { ...credentialFields, code: 'string' } as const;

interface LogIn {
  name: string;
  password: string;
  displayName?: string;
  email?: string;
  device?: string;
  code?: string;
  cookie?: boolean;
}

/** Cookies know no ports: two servers on one machine must not take each other's. */
function cookieName(c: Context): string {
  const port = /:(\d+)$/.exec(c.req.header('host') ?? '')?.[1];
  return port === undefined ? 'doorward' : `doorward_${port}`;
}

function credential(c: Context): { token: string; fromCookie: boolean } {
  const header = c.req.header('authorization');
  if (header !== undefined) {
    const token = /^Bearer +(\S+) *$/i.exec(header)?.[1];
    if (token === undefined)
      throw new DoorwardError('invalidToken', 'the authorization header has to be `Bearer` and a token');
    return { token, fromCookie: false };
  }
  const token = getCookie(c, cookieName(c));
  if (token === undefined || token === '') {
    throw new DoorwardError('unknownToken', 'no credential was given', { details: { by: 'credential' } });
  }
  return { token, fromCookie: true };
}

/** The session of a request, authenticated afresh: a token revoked a moment ago does no more. */
async function withSession<T>(c: Context, door: Door, work: (session: Session) => Promise<T>): Promise<T> {
  const { token, fromCookie } = credential(c);
  if (c.req.method !== 'GET') checkOrigin(c, fromCookie);
  const session = await door.authenticate(token);
  try {
    return await work(session);
  } finally {
    session.close();
  }
}

/** Answers a log-in: with a cookie the page's scripts cannot read, or with the token for who asks for it. */
function welcome(c: Context, session: Session, cookie: boolean): Response {
  const me: Me = session.me;
  const token = session.token;
  session.close();
  if (token === null) throw new DoorwardError('internal');
  if (!cookie) return reply(c, { token, me });
  const maxAge =
    me.token.expires === null ? undefined : Math.max(0, Math.floor((me.token.expires - me.token.created) / 1000));
  setCookie(c, cookieName(c), token, {
    httpOnly: true,
    sameSite: 'Strict',
    secure: isSecure(c),
    path: apiPath,
    // Browsers keep no cookie longer than 400 days.
    ...(maxAge === undefined ? {} : { maxAge: Math.min(maxAge, 34_560_000) }),
  });
  return reply(c, { me });
}

/** The routes of the session API. */
export function sessionApi(door: Door, stopping: AbortSignal): Hono {
  const api = new Hono();

  api.get('/status', (c) =>
    reply(c, { doorward: 1, needsSetup: door.needsSetup, policy: door.policy, scopes: door.scopes }),
  );

  api.post('/setup', async (c) => {
    checkOrigin(c, false);
    const body = await readBody(c);
    checkFields(body, { ...credentialFields, displayName: 'string', email: 'string' });
    const { cookie, ...administrator } = body as unknown as LogIn;
    return welcome(c, await door.setUp(administrator), cookie !== false);
  });

  api.post('/login', async (c) => {
    checkOrigin(c, false);
    const body = await readBody(c);
    checkFields(body, logInFields);
    const { name, password, device, code, cookie } = body as unknown as LogIn;
    const options = { ...(device !== undefined && { device }), ...(code !== undefined && { code }) };
    const session = await door.logIn(name, password, options);
    return welcome(c, session, cookie !== false);
  });

  api.post('/logout', async (c) => {
    await readBody(c);
    // The cookie goes in any case: a session that is over already must not stay in the browser.
    if (getCookie(c, cookieName(c)) !== undefined) {
      checkOrigin(c, true);
      deleteCookie(c, cookieName(c), { path: apiPath });
    }
    await withSession(c, door, (session) => session.logOut());
    return reply(c, {});
  });

  api.get('/me', (c) => withSession(c, door, async (session) => reply(c, session.me)));

  api.post('/call', (c) =>
    withSession(c, door, async (session) => {
      const body = await readBody(c);
      checkFields(body, { op: 'string!', args: 'array' });
      const { op, args = [] } = body as { op: string; args?: unknown[] };
      const before = isChange(op) ? JSON.stringify(session.me) : '';
      const result = await callOperation(session, op, args);
      const { me } = session;
      // A change that touched the caller's own rights: the client decides by them, so it gets them at once.
      const changed = before !== '' && before !== JSON.stringify(me);
      return reply(c, { result: result ?? null, ...(changed && { me }) });
    }),
  );

  api.get('/events', (c) => {
    const { token } = credential(c);
    return streamEvents(c, door, token, stopping);
  });

  return api;
}
