// What a program does with OctoPrint's client, by its functions: the original under jsdom and in Chromium, and ours, against
// Doorward and the real server.
//
// A story is one function without anything from outside, so that it can run in another window. It gives what came of each
// call, by a label; `told` makes two accounts comparable.

/**
 * By a key: the ten functions of `users`, and `access`.
 * @param {{Client: Function, baseurl: string, key: string, generation: 'C' | 'N'}} given
 * @returns {Promise<Record<string, object>>}
 */
export async function keyStory({ Client, baseurl, key, generation }) {
  const account = {};
  const note = async (label, call) => {
    let running;
    try {
      running = call();
    } catch (error) {
      account[label] = { throws: error.name, message: error.message };
      return undefined;
    }
    return new Promise((resolve) => {
      running
        .done((data, how, xhr) => {
          account[label] = { status: xhr.status, data: data === undefined ? null : JSON.parse(JSON.stringify(data)) };
          resolve(data);
        })
        .fail((xhr) => {
          account[label] = { status: xhr.status, error: xhr.responseJSON?.error };
          resolve(undefined);
        });
    });
  };
  const admin = new Client({ baseurl, apikey: key });
  // 2.0 has the ten functions in `access` alone, and no flag `admin` among their arguments.
  const users = generation === 'N' ? admin.access.users : admin.users;
  const flags = (flag) => (generation === 'N' ? [] : [flag]);
  const { groups, permissions } = admin.access;

  await note('list', () => users.list());
  await note('add', () => users.add({ name: 'js', password: 'jspw' }));
  await note('get', () => users.get('js'));
  await note('add again', () => users.add({ name: 'js', password: 'jspw' }));
  await note('add with everything', () =>
    users.add({
      name: 'mé l',
      password: 'x',
      active: false,
      groups: ['readonly', 'nope'],
      permissions: ['PRINT', 'NOPE'],
    }),
  );
  await note('get with everything', () => users.get('mé l'));
  await note('update without lists', () => users.update('js', true, ...flags(false)));
  await note('get after it', () => users.get('js'));
  await note('update', () => users.update('js', true, ...flags(false), ['PRINT', 'STATUS'], ['users']));
  await note('get updated', () => users.get('js'));
  await note('changePassword', () => users.changePassword('js', 'newpw'));
  await note('changePassword of nobody', () => users.changePassword('ghost', 'newpw'));
  await note('own changePassword', () => users.changePassword('admin', 'newpw'));
  const first = await note('generateApiKey', () => users.generateApiKey('js'));
  const made = await note('generateApiKey with options', () => users.generateApiKey('js', { timeout: 20_000 }));
  account.keys = { different: first.apikey !== made.apikey, length: made.apikey.length };
  const own = new Client({ baseurl, apikey: made.apikey });
  await note('old key', () => new Client({ baseurl, apikey: first.apikey }).get('api/currentuser'));
  await note('own currentuser', () => own.get('api/currentuser'));
  await note('own get', () => own.access.users.get('js'));
  await note('own list', () => own.access.users.list());
  await note('get of another', () => own.access.users.get('admin'));
  await note('own promotion', () => own.access.users.update('js', true, ...flags(true), ['ADMIN'], ['admins']));
  await note('own changePassword by key', () => own.access.users.changePassword('js', 'third', 'newpw'));
  await note('wrong current password', () => own.access.users.changePassword('js', 'fourth', 'nonsense'));
  await note('own saveSettings', () => own.access.users.saveSettings('js', { own: true }));
  await note('getSettings', () => users.getSettings('js'));
  await note('saveSettings', () => users.saveSettings('js', { a: { x: 1, y: 2 }, l: [1, null], 'd.e': undefined }));
  await note('saveSettings once more', () => users.saveSettings('js', { a: { x: 9 } }));
  await note('saveSettings of nothing', () => users.saveSettings('js'));
  await note('getSettings saved', () => users.getSettings('js'));
  await note('resetApiKey', () => users.resetApiKey('js'));
  await note('resetApiKey again', () => users.resetApiKey('js'));
  await note('key that was reset', () => own.get('api/currentuser'));
  await note('update to inactive', () => users.update('js', false, ...flags(false), [], []));
  await note('get inactive', () => users.get('js'));
  await note('delete', () => users.delete('js'));
  await note('get deleted', () => users.get('js'));
  await note('delete oneself', () => users.delete('admin'));
  await note('delete with a space', () => users.delete('mé l'));
  await note('no name', () => users.get(''));
  await note('no password', () => users.add({ name: 'js' }));

  await note('permissions', () => permissions.list());
  await note('groups', () => groups.list());
  await note('group without lists', () => groups.add({ key: 'k', name: 'n' }));
  await note('group of nulls', () => groups.get('k'));
  await note('group', () =>
    groups.add({
      key: 'lab',
      name: 'Lab',
      description: 'd',
      permissions: ['PRINT', 'NOPE'],
      subgroups: ['readonly'],
      default: true,
    }),
  );
  await note('group again', () => groups.add({ key: 'lab', name: 'Lab', permissions: [], subgroups: [] }));
  await note('get group', () => groups.get('lab'));
  await note('update group', () =>
    groups.update({ key: 'lab', permissions: ['SYSTEM'], subgroups: [], default: true, description: 'e' }),
  );
  await note('update group of nothing', () => groups.update({ key: 'lab' }));
  await note('get updated group', () => groups.get('lab'));
  await note('update admins', () => groups.update({ key: 'admins', permissions: [] }));
  await note('delete group', () => groups.delete('lab'));
  await note('get deleted group', () => groups.get('lab'));
  await note('delete users', () => groups.delete('users'));
  await note('no key', () => groups.get());
  await note('no name of a group', () => groups.add({ key: 'x' }));
  return account;
}

/**
 * By a cookie, in a page of the server that has the CSRF cookie already, with `alice` and `admin` of the fixture.
 * @param {{Client: Function, baseurl: string, passwords: Record<string, string>}} given
 * @returns {Promise<Record<string, object>>}
 */
export async function cookieStory({ Client, baseurl, passwords }) {
  const account = {};
  const note = (label, call) =>
    new Promise((resolve) => {
      call()
        .done((data, how, xhr) => resolve((account[label] = { status: xhr.status, data })))
        .fail((xhr) => resolve((account[label] = { status: xhr.status, error: xhr.responseJSON?.error })));
    });
  const client = new Client({ baseurl });
  const { browser, access } = client;
  const whoAmI = (label) => note(label, () => client.get('api/currentuser'));

  await note('guest', () => browser.passiveLogin());
  await note('guest lists', () => access.users.list());
  await note('wrong password', () => browser.login('alice', 'nonsense'));
  await note('alice', () => browser.login('alice', passwords.alice));
  await whoAmI('who is alice');
  await note('alice lists', () => access.users.list());
  await note('alice saves settings', () => access.users.saveSettings('alice', { mine: 1 }));
  await note('alice asks for a key', () => access.users.generateApiKey('alice'));
  await note('alice drops it', () => access.users.resetApiKey('alice'));
  await note('without the token', () => client.delete('api/access/users/alice/apikey', { crossDomain: true }));
  await note('with another token', () =>
    client.delete('api/access/users/alice/apikey', { crossDomain: true, headers: { 'X-CSRF-Token': 'nonsense' } }),
  );
  await note('logout', () => browser.logout());
  await whoAmI('nobody');
  await note('nobody deletes', () => access.users.delete('bob'));
  await note('admin', () => browser.login('admin', passwords.admin, true));
  await note('admin again', () => browser.passiveLogin());
  await note('admin lists', () => access.users.list());
  await note('admin adds', () => access.users.add({ name: 'js', password: 'x', groups: ['users'] }));
  await note('admin deletes', () => access.users.delete('js'));
  await note('last logout', () => browser.logout());
  await note('nobody lists', () => access.users.list());
  return account;
}

/** Lists of which the order means nothing (spec 2.11). */
const unordered = new Set(['groups', 'permissions', 'subgroups', 'group', 'role', 'default_groups']);
/** What no two servers say alike. */
const varying = new Set(['apikey', 'session', '_credentials_seen']);

const byName = (left, right) => {
  const of = (item) => (typeof item === 'string' ? item : (item.name ?? item.key));
  return of(left) < of(right) ? -1 : 1;
};

function comparable(value, key) {
  if (varying.has(key) && value !== null && value !== false) return `some ${key}`;
  if (Array.isArray(value)) {
    const items = value.map((item) => comparable(item));
    return unordered.has(key) || key === 'users' ? items.sort(byName) : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, item]) => [name, comparable(item, name)]);
  return Object.fromEntries(entries.sort(([left], [right]) => (left < right ? -1 : 1)));
}

/** Texts of errors that are part of the contract (spec 2); the others are a sentence of each server's own. */
const texts = new Set([
  'CSRF validation failed',
  'You cannot delete yourself',
  'Invalid current password',
  'current password is missing',
]);

/** An account without what varies from server to server and from run to run. */
export function told(account) {
  // Values of another window have other prototypes.
  const here = JSON.parse(JSON.stringify(account));
  const entries = Object.entries(here).map(([label, { error, ...outcome }]) => [
    label,
    { ...comparable(outcome), ...(texts.has(error) && { error }) },
  ]);
  return Object.fromEntries(entries);
}
