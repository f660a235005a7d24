// Clients against the real OctoPrint 1.11 and against Doorward: the same calls have to end the same, field by field.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { OctoPrintClient, connect } from 'doorward/octoprint';
import { openDoorward } from './octoprint-doorward.mjs';
import { originalClient } from './octoprint-helpers.mjs';
import { openReal, tryInstall } from './octoprint-real.mjs';
import { cookieStory, keyStory, told } from './octoprint-story.mjs';

const { dir, missing } = await tryInstall();

const passwords = { admin: 'adminpw', alice: 'alicepw' };

/** Where the real one crashes on null lists (spec 2.1), and Doorward takes them for absent or empty. */
const crashes = { 'update without lists': 500, 'group without lists': 500 };
/** What follows from that. */
const consequences = { 'group of nulls': 404, 'delete group of nulls': 404 };

function compareKeys(doorward, real) {
  for (const [label, outcome] of Object.entries(doorward)) {
    const status = crashes[label] ?? consequences[label];
    if (status === undefined) assert.deepEqual(outcome, real[label], label);
    else assert.deepEqual([outcome.status, real[label].status], [200, status], label);
  }
  assert.deepEqual(Object.keys(real), Object.keys(doorward));
}

/** The ten functions of a session's users, by `connect`. */
async function connectStory(server) {
  const account = {};
  const note = async (label, call) => {
    try {
      account[label] = (await call()) ?? null;
    } catch (error) {
      account[label] = { code: error.code, throws: error.name };
    }
    return account[label];
  };
  const { users } = await connect({ baseurl: server.url, apikey: server.keys.admin });
  await note('list', () => users.list());
  await note('add', () => users.add({ name: 'js', password: 'jspw' }));
  await note('add again', () => users.add({ name: 'js', password: 'jspw' }));
  await note('get', () => users.get('js'));
  await note('update', () => users.update('js', true, true));
  await note('get updated', () => users.get('js'));
  await note('update lists', () => users.update('js', false, false, ['PRINT'], ['readonly']));
  await note('get inactive', () => users.get('js'));
  await note('edit', () => users.edit('js', { status: 'active', groups: ['users'], scopes: [] }));
  await note('unknown group', () => users.update('js', true, false, null, ['nope']));
  await note('changePassword', () => users.changePassword('js', 'another'));
  const { apikey } = await users.generateApiKey('js');
  account.key = apikey.length;
  await note('get with a key', () => users.get('js'));
  const own = (await connect({ baseurl: server.url, apikey })).users;
  await note('own get', () => own.get('js'));
  await note('own list', () => own.list());
  await note('own password', () => own.changePassword('js', 'third'));
  await note('own password, wrong', () => own.changePassword('js', 'third', 'wrong'));
  await note('own password, right', () => own.changePassword('js', 'third', 'another'));
  await note('saveSettings', () => users.saveSettings('js', { a: { x: 1 }, b: null }));
  await note('saveSettings of nothing', () => users.saveSettings('js'));
  await note('getSettings', () => users.getSettings('js'));
  await note('resetApiKey', () => users.resetApiKey('js'));
  await note('get without a key', () => users.get('js'));
  const byPassword = await connect({ baseurl: server.url, user: 'js', password: 'third' });
  await note('by password', () => byPassword.users.get('js'));
  await note('own password, by password', () => byPassword.users.changePassword('js', 'fourth', 'third'));
  await note('the session lives on', () => byPassword.users.getSettings('js'));
  await byPassword.browser.logout();
  await note('after log-out', () => byPassword.users.get('js'));
  await note('delete', () => users.delete('js'));
  await note('get deleted', () => users.get('js'));
  await note('delete oneself', () => users.delete('admin'));
  return account;
}

describe('beside the real OctoPrint', { skip: missing, timeout: 300_000 }, () => {
  let servers;
  before(async () => {
    const [doorward, real] = await Promise.all([
      openDoorward({ settings: { rateLimiter: false }, steps: [] }),
      openReal(dir),
    ]);
    servers = { doorward, real };
  });
  after(() => Promise.all(Object.values(servers ?? {}).map((server) => server.close())));

  test('connect: all ten functions', async () => {
    const [doorward, real] = [await connectStory(servers.doorward), await connectStory(servers.real)];
    assert.equal(doorward.key, 43);
    assert.deepEqual(doorward.getSettings, { a: { x: 1 }, b: null });
    assert.equal(doorward['own list'].code, 'denied');
    assert.equal(doorward['own password'].code, 'currentPasswordRequired');
    assert.deepEqual(told({ doorward }), told({ doorward: real }));
  });

  test('our client: by a key', async () => {
    const by = ({ url, keys }) => keyStory({ Client: OctoPrintClient, baseurl: url, key: keys.admin, generation: 'C' });
    compareKeys(told(await by(servers.doorward)), told(await by(servers.real)));
  });

  test('our client: by a cookie', async () => {
    const by = ({ url }) => cookieStory({ Client: OctoPrintClient, baseurl: url, passwords });
    assert.deepEqual(told(await by(servers.doorward)), told(await by(servers.real)));
  });

  test("OctoPrint's own client: by a key and by a cookie", async (t) => {
    const original = await originalClient('C');
    if (original.reason) return t.skip(original.reason);
    const by = async ({ url, keys }) => {
      const window = original.load({ url: `${url}/` });
      const Client = window.OctoPrintClient;
      const byKey = await window.eval(`(${keyStory})`)({ Client, baseurl: url, key: keys.admin, generation: 'C' });
      for (const path of ['login/', ''])
        if (window.document.cookie === '') await new Client({ baseurl: url }).get(path, { dataType: 'text' });
      const byCookie = await window.eval(`(${cookieStory})`)({ Client, baseurl: url, passwords });
      window.close();
      return { byKey: told(byKey), byCookie: told(byCookie) };
    };
    const [doorward, real] = [await by(servers.doorward), await by(servers.real)];
    compareKeys(doorward.byKey, real.byKey);
    assert.deepEqual(doorward.byCookie, real.byCookie);
  });
});
