// As much of OctoPrint's users API as the tests of `connect` need, by its specification: no test of a server.

const json = (status, body) => ({ status, body: JSON.stringify(body) });
const failed = (status, error) => json(status, { error });

/** One server of its own memory, at `port`, with the administrator `ann`. */
export function octoprint(port) {
  const users = new Map();
  const sessions = new Map();
  let serial = 0;
  const groups = [
    { key: 'admins', name: 'Admins', default: false, permissions: ['ADMIN'] },
    { key: 'users', name: 'Operator', default: true, permissions: ['PRINT'] },
  ];
  const add = (name, password, more = {}) => {
    const plain = { active: true, groups: ['users'], permissions: [], settings: {}, apikey: null };
    users.set(name, { name, password, ...plain, ...more });
  };
  add('ann', 'annpw', { groups: ['users', 'admins'], apikey: 'key-of-ann' });

  const isAdmin = (user) => user.groups.includes('admins') || user.permissions.includes('ADMIN');
  const record = ({ password: _, ...user }) => {
    const admin = isAdmin(user);
    return { ...user, admin, needs: { group: user.groups }, roles: admin ? ['user', 'admin'] : ['user'], user: true };
  };
  const list = () => json(200, { users: [...users.values()].reverse().map(record) });
  const known = (keys) => keys.filter((key) => groups.some((group) => group.key === key));

  const routes = {
    'GET ': () => list(),
    'POST ': ({ body }) => {
      if (users.has(body.name)) return failed(409, 'exists');
      const { name, password, active, groups: wanted, permissions = [] } = body;
      const defaults = groups.filter((group) => group.default).map(({ key }) => key);
      add(name, password, { active, groups: wanted ? known(wanted) : defaults, permissions });
      return list();
    },
    'GET user': ({ user }) => json(200, record(user)),
    'PUT user': ({ user, body }) => {
      if (body.groups === null || body.permissions === null) return { status: 500, body: 'crashed' };
      for (const field of ['groups', 'permissions', 'active']) if (field in body) user[field] = body[field];
      return list();
    },
    'DELETE user': ({ user, caller }) => {
      if (user === caller) return failed(400, 'You cannot delete yourself');
      users.delete(user.name);
      return list();
    },
    'PUT password': ({ user, caller, body }) => {
      if (user === caller && !body.current) return failed(400, 'current password is missing');
      if (user === caller && body.current !== user.password) return failed(403, 'Invalid current password');
      user.password = body.password;
      for (const [id, name] of sessions) if (name === user.name) sessions.delete(id);
      return json(200, {});
    },
    'POST apikey': ({ user }) => json(200, { apikey: (user.apikey = `key-${++serial}`) }),
    'DELETE apikey': ({ user }) => ((user.apikey = null), json(200, {})),
    'GET settings': ({ user }) => json(200, user.settings),
    'PATCH settings': ({ user, body }) => (Object.assign(user.settings, body), json(200, {})),
  };

  function login(body) {
    const user = users.get(body.user);
    if (user === undefined || user.password !== body.pass) return failed(403, 'Forbidden');
    const id = `session-${++serial}`;
    sessions.set(id, user.name);
    const cookie = `session_P${port}=${id}; HttpOnly; Path=/; SameSite=Lax`;
    return { ...json(200, record(user)), headers: { 'set-cookie': cookie } };
  }

  function answer({ method, path, headers, body: text }) {
    const cookie = (name) => new RegExp(`(?:^|; )${name}_P${port}=([^;]*)`).exec(headers.cookie ?? '')?.[1];
    if (path === '/login/') return { headers: { 'set-cookie': `csrf_token_P${port}=signed; Path=/` }, body: '<p>' };
    const byKey = [...users.values()].find(({ apikey }) => apikey !== null && apikey === headers['x-api-key']);
    const caller = users.get(sessions.get(cookie('session'))) ?? byKey;
    const checked = cookie('csrf_token') === 'signed' && headers['x-csrf-token'] === 'signed';
    if (method !== 'GET' && caller !== byKey && !checked) return failed(400, 'CSRF validation failed');
    const body = text === '' ? {} : JSON.parse(text);
    if (path === '/api/login') return login(body);
    if (path === '/api/logout') return (sessions.delete(cookie('session')), json(200, {}));
    if (path === '/api/access/permissions') return json(200, { permissions: [{ key: 'ADMIN' }, { key: 'PRINT' }] });
    if (path === '/api/access/groups') return json(200, { groups });
    const [, segment, part = 'user'] = /^\/api\/access\/users(?:\/([^/]+)(?:\/(\w+))?)?$/.exec(path) ?? [];
    const name = segment === undefined ? undefined : decodeURIComponent(segment);
    const route = routes[`${method} ${name === undefined ? '' : part}`];
    if (caller === undefined || !(isAdmin(caller) || caller.name === name)) return failed(403, 'Forbidden');
    const user = users.get(name);
    if (name !== undefined && user === undefined) return failed(404, 'Not Found');
    return route?.({ user, caller, body }) ?? failed(405, 'Method Not Allowed');
  }

  return { answer, add, keyOf: (name) => users.get(name).apikey };
}
