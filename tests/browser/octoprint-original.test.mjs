// OctoPrint's own client, by script tags in a page: against `doorward serve`, and against a service worker with no server.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request as send } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { openDoorward } from '../node/octoprint-doorward.mjs';
import { originalScripts } from '../node/octoprint-helpers.mjs';
import { cookieStory, keyStory, told } from '../node/octoprint-story.mjs';
import { bundle, launch, serve } from './harness.mjs';

const original = await originalScripts('C');
const passwords = { admin: 'adminpw', alice: 'alicepw' };

/** A page with the client, and its scripts as they are in the package. */
function pageOf(sources) {
  const names = sources.map((_, at) => `/original/${at}.js`);
  const tags = names.map((name) => `<script src="${name}"></script>`).join('');
  const page = `<!doctype html><meta charset="utf-8"><title>story</title>${tags}`;
  return { page, files: Object.fromEntries(names.map((name, at) => [name, sources[at]])) };
}

/** One origin of a server and the test's own files, which come first. */
async function inFront(target, files) {
  const { hostname, port } = new URL(target);
  const server = createServer((incoming, outgoing) => {
    const file = files[incoming.url];
    if (file !== undefined) {
      const type = incoming.url.endsWith('.js') ? 'text/javascript' : 'text/html';
      return outgoing.writeHead(200, { 'content-type': type }).end(file);
    }
    const { method, url: path, headers } = incoming;
    const passed = send({ hostname, port, method, path, headers }, (reply) => {
      outgoing.writeHead(reply.statusCode, reply.rawHeaders);
      reply.pipe(outgoing);
    });
    passed.on('error', () => outgoing.destroy());
    incoming.pipe(passed);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    close: () => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve))),
  };
}

/** Runs a story in the page. */
const run = (tab, story, given) =>
  tab.evaluate(`(${story})({ Client: OctoPrintClient, baseurl: location.origin, ...${JSON.stringify(given)} })`);

describe("OctoPrint's own client in Chromium", { skip: original.reason ?? false }, () => {
  const accounts = {};
  let browser;
  before(async () => (browser = await launch()));
  after(() => browser?.close());

  test('against doorward serve: by a key, and by a cookie', async (t) => {
    const doorward = await openDoorward({ settings: { rateLimiter: false }, steps: [] });
    t.after(() => doorward.close());
    const { page, files } = pageOf(original.sources);
    const front = await inFront(doorward.url, { ...files, '/story.html': page });
    t.after(() => front.close());
    const tab = await browser.newPage();
    t.after(() => tab.close());
    // The cookie of the double submit is a page's of the server.
    await tab.goto(`${front.url}login/`);
    await tab.goto(`${front.url}story.html`);
    accounts.key = told(await run(tab, keyStory, { key: doorward.keys.admin, generation: 'C' }));
    accounts.cookie = told(await run(tab, cookieStory, { passwords }));
    assert.equal(accounts.key.list.data.users.length, 3);
    assert.equal(accounts.key['own list'].status, 403);
    assert.deepEqual(accounts.key['get'].data.groups, []);
    assert.equal(accounts.key['update without lists'].status, 200);
    assert.equal(accounts.cookie.alice.data.name, 'alice');
    assert.equal(accounts.cookie['without the token'].error, 'CSRF validation failed');
    assert.equal(accounts.cookie['admin adds'].status, 200);
    assert.equal(accounts.cookie['nobody lists'].status, 403);
    assert.doesNotMatch(await tab.evaluate('document.cookie'), /session_P|remember_token/);
  });

  test('with no server: a door in a service worker answers the same', async (t) => {
    const { page, files } = pageOf(original.sources);
    const worker = await bundle(new URL('harness-octoprint-worker.mjs', import.meta.url));
    const server = await serve({ ...worker, ...files, '/': page });
    t.after(() => server.close());
    const context = await browser.newContext();
    t.after(() => context.close());
    const tab = await context.newPage();
    await tab.goto(server.url);
    const controlled = () => tab.waitForFunction(() => navigator.serviceWorker.controller !== null);
    await tab.evaluate(async () => {
      await navigator.serviceWorker.register('/entry.js', { type: 'module' });
      await navigator.serviceWorker.ready;
    });
    await controlled();
    assert.match(await tab.evaluate('document.cookie'), /csrf_token_P\d+=/, 'set before the first request');

    // Set-up, as OctoPrint's wizard does it; then the accounts of the other test.
    const keys = await tab.evaluate(async (passwords) => {
      const client = new globalThis.OctoPrintClient({ baseurl: globalThis.location.origin });
      const admin = { user: 'admin', pass1: passwords.admin, pass2: passwords.admin };
      await client.post('plugin/corewizard/acl', admin, { dataType: 'text' });
      await client.browser.login('admin', passwords.admin);
      const { users } = client.access;
      await users.add({ name: 'alice', password: passwords.alice, groups: ['users'] });
      await users.add({ name: 'bob', password: 'bobpw', groups: ['users'], active: false });
      const keys = {};
      for (const name of ['admin', 'alice', 'bob']) keys[name] = (await users.generateApiKey(name)).apikey;
      await client.browser.logout();
      return keys;
    }, passwords);
    assert.deepEqual(told(await run(tab, keyStory, { key: keys.admin, generation: 'C' })), accounts.key);
    assert.deepEqual(told(await run(tab, cookieStory, { passwords })), accounts.cookie);

    // Nothing of it has met a server.
    assert.equal((await fetch(`${server.url}api/currentuser`)).status, 404);

    await tab.reload();
    await controlled();
    const after = await tab.evaluate(
      async ([key, password]) => {
        const baseurl = globalThis.location.origin;
        const byKey = await new globalThis.OctoPrintClient({ baseurl, apikey: key }).get('api/currentuser');
        const login = await new globalThis.OctoPrintClient({ baseurl }).browser.login('admin', password, true);
        return [byKey.name, login._login_mechanism];
      },
      [keys.admin, passwords.admin],
    );
    assert.deepEqual(after, ['admin', 'password']);

    // The browser may end the worker at any time: what lives in its memory is gone, the store and the cookies are not.
    const devtools = await context.newCDPSession(tab);
    await devtools.send('ServiceWorker.enable');
    await devtools.send('ServiceWorker.stopAllWorkers');
    const back = await tab.evaluate(async () => {
      const client = new globalThis.OctoPrintClient({ baseurl: globalThis.location.origin });
      const { name, _login_mechanism: how } = await client.browser.passiveLogin();
      const { users } = await client.access.users.list();
      await client.browser.logout();
      const nobody = await client.get('api/currentuser');
      return { name, how, users: users.map((user) => user.name).sort(), nobody: nobody.name };
    });
    assert.deepEqual(back, { name: 'admin', how: 'remember_me', users: ['admin', 'alice', 'bob'], nobody: null });
    assert.doesNotMatch(await tab.evaluate('document.cookie'), /remember_token|session_P/);

    // A page that lost its cookies gets on: the worker makes a new one for the double submit.
    await context.clearCookies();
    const again = await tab.evaluate(async (password) => {
      const client = new globalThis.OctoPrintClient({ baseurl: globalThis.location.origin });
      const { name } = await client.browser.login('admin', password);
      await client.browser.logout();
      return name;
    }, passwords.admin);
    assert.equal(again, 'admin');
  });
});
