/** The admin page from first-run set-up to a used key, against the server and without one. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { launch } from './harness.mjs';
import {
  PASSWORD,
  addUser,
  bundleStranger,
  logIn,
  newTab,
  offlineReady,
  serveDoorward,
  serveStatic,
  setUp,
  signOut,
  titled,
  told,
  visit,
} from './page-help.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/** Set-up, a second user, his log-in, a refusal, a key: the same in both modes. Leaves bert signed in; gives the key. */
async function journey(tab) {
  await setUp(tab);
  await titled(tab, 'Users');
  await addUser(tab, 'bert', { displayName: 'Bert Example' });
  await titled(tab, 'bert · Users');
  await tab.getByRole('table', { name: 'Users' }).getByRole('link', { name: 'bert' }).waitFor();

  await signOut(tab);
  await logIn(tab, 'bert', 'wrong password');
  await tab.getByRole('alert').getByText('Name or password is wrong').waitFor();
  await logIn(tab, 'bert');
  await tab.getByRole('heading', { name: 'My account' }).waitFor();
  const nav = tab.getByRole('navigation', { name: 'Main' });
  assert.equal(await nav.getByRole('link', { name: 'Users' }).count(), 0, 'a plain user is shown the way to the users');

  // Refused, with the rule, where the address is typed all the same.
  await visit(tab, 'users');
  await tab.getByText('You may not see this').waitFor();
  assert.match(await tab.getByRole('alert').innerText(), /Decided by the rule \S+/);

  await visit(tab, 'me/tokens');
  await tab.getByRole('button', { name: 'New token' }).click();
  const dialog = tab.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Slicer');
  await dialog.getByRole('radio', { name: /Only what is chosen/ }).check();
  await dialog.getByRole('checkbox', { name: 'self.read' }).check();
  await dialog.getByLabel('Expires').selectOption('30');
  await dialog.getByRole('button', { name: 'Create' }).click();
  const key = await tab.getByLabel('Value').inputValue();
  assert.match(key, /^dw_/);
  await tab.getByRole('button', { name: 'I have kept it' }).click();
  const row = tab.getByRole('row', { name: /Slicer/ });
  await row.waitFor();
  assert.match(await row.innerText(), /self\.read/);
  assert.ok(!(await tab.content()).includes(key), 'the value is still in the page');
  return key;
}

describe('with a server', () => {
  let server;
  before(async () => {
    server = await serveDoorward();
  });
  after(() => server?.close());

  it('goes from set-up to a used key, survives a reload and a lost connection', async () => {
    const context = await browser.newContext();
    const tab = await newTab(context);
    await tab.goto(server.url);
    const key = await journey(tab);

    const { connect } = await import('doorward/remote');
    const door = await connect({ baseurl: server.url.replace(/\/$/, ''), token: key });
    const session = await door.resume();
    assert.equal(session?.me.name, 'bert');
    assert.deepEqual(session?.me.scopes, ['self.read']);
    await door.close();

    await tab.reload();
    await tab.getByRole('row', { name: /Slicer/ }).waitFor();
    // The cookie of OctoPrint's double submit is no credential, and has to be readable.
    const readable = await tab.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie]);
    assert.deepEqual(readable.slice(0, 2), [0, 0]);
    assert.match(readable[2], /^(?:csrf_token_P\d+=[^;]+)?$/);

    await context.setOffline(true);
    await tab.getByRole('link', { name: 'Profile' }).click();
    await tab.getByLabel('Display name').fill('Bert');
    await tab.getByRole('button', { name: 'Save' }).click();
    await tab.getByText('What you see may be old').waitFor();
    await context.setOffline(false);
    await tab.getByRole('button', { name: 'Save' }).click();
    await told(tab, 'Saved.');
    assert.equal(await tab.getByText('What you see may be old').count(), 0);
    tab.quiet();
    await context.close();
  });
});

describe('without a server', () => {
  let host;
  before(async () => {
    host = await serveStatic(await bundleStranger());
  });
  after(() => host?.close());

  it('goes from set-up to a used key, reloads offline and goes on', async () => {
    const own = await serveStatic(await bundleStranger());
    const context = await browser.newContext();
    const tab = await newTab(context);
    await tab.goto(`${own.url}?store=indexeddb`);
    const key = await journey(tab);

    const used = await tab.evaluate(async (token) => {
      await import('/entry.js');
      const { open, indexedDB } = globalThis.stranger;
      const door = await open({ store: indexedDB('doorward') });
      const session = await door.authenticate(token);
      const seen = { name: session.me.name, scopes: session.me.scopes, may: session.can('self.manage') };
      await door.close();
      return seen;
    }, key);
    assert.deepEqual(used, { name: 'bert', scopes: ['self.read'], may: false });

    await offlineReady(tab);
    // Both: the browser says that it is offline, and there is nobody to ask.
    await context.setOffline(true);
    await own.close();
    await tab.reload();
    await tab.getByRole('row', { name: /Slicer/ }).waitFor();
    await visit(tab, 'me');
    await tab.getByLabel('Display name').fill('Bert at sea');
    await tab.getByRole('button', { name: 'Save' }).click();
    await told(tab, 'Saved.');
    // A log-in offline needs the hash module too.
    await signOut(tab);
    await logIn(tab, 'ann');
    await visit(tab, 'users/bert');
    await tab.getByRole('button', { name: 'Lock' }).click();
    await told(tab, 'bert is locked.');
    tab.quiet();
    await context.close();
  });

  it('keeps the session in the tab, and in the browser only where that was asked for', async () => {
    const context = await browser.newContext();
    const tab = await newTab(context);
    const address = `${host.url}?store=indexeddb:stay`;
    await tab.goto(address);
    await setUp(tab);
    assert.deepEqual(await tab.evaluate(() => [localStorage.length, sessionStorage.length]), [0, 1]);
    const other = await newTab(context);
    await other.goto(address);
    await logIn(other, 'ann');
    await other.getByRole('heading', { name: 'Users', level: 1 }).waitFor();
    await signOut(other);
    await other.getByLabel('Login name').fill('ann');
    await other.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await other.getByLabel('Stay signed in').check();
    await other.getByRole('button', { name: 'Log in' }).click();
    await other.getByRole('heading', { name: 'Users', level: 1 }).waitFor();
    const third = await newTab(context);
    await third.goto(address);
    await third.getByRole('heading', { name: 'Users', level: 1 }).waitFor();
    await signOut(third);
    assert.deepEqual(await third.evaluate(() => [localStorage.length, sessionStorage.length]), [0, 0]);
    for (const one of [tab, other, third]) one.quiet();
    await context.close();
  });

  it('pages through many users, searches by prefix, and goes back', async () => {
    const context = await browser.newContext();
    const tab = await newTab(context);
    await tab.goto(`${host.url}?store=indexeddb:many`);
    await setUp(tab);
    await tab.evaluate(async () => {
      await import('/entry.js');
      const { open, indexedDB } = globalThis.stranger;
      const door = await open({ store: indexedDB('many') });
      const session = await door.authenticate(sessionStorage.getItem('doorward:session:many'));
      for (let number = 100; number < 220; number += 1) await session.users.create({ name: `user${number}` });
      await door.close();
    });
    await tab.reload();
    const rows = tab.getByRole('table', { name: 'Users' }).locator('tbody tr');
    await tab.getByText('Page 1').waitFor();
    assert.equal(await rows.count(), 50);
    await tab.getByRole('link', { name: 'Next' }).click();
    await tab.getByText('Page 2').waitFor();
    await tab.getByRole('link', { name: 'user149' }).waitFor();
    await tab.getByRole('link', { name: 'Next' }).click();
    await tab.getByText('Page 3').waitFor();
    await tab.getByRole('link', { name: 'user219' }).waitFor();
    assert.equal(await rows.count(), 21);
    await tab.getByRole('link', { name: 'Previous' }).click();
    await tab.getByText('Page 2').waitFor();
    await tab.goBack();
    await tab.getByRole('link', { name: 'user219' }).waitFor();
    await tab.getByRole('searchbox').fill('user12');
    await tab.getByRole('link', { name: 'user120' }).waitFor();
    await tab.waitForFunction(() => document.querySelectorAll('.users-table tbody tr').length === 10);
    assert.match(tab.url(), /search=user12/);
    await tab.getByRole('searchbox').fill('nobody');
    await tab.getByText('No match').waitFor();
    tab.quiet();
    await context.close();
  });

  it('shows what changed between two tabs, and a clash of edits', async () => {
    const context = await browser.newContext();
    const one = await newTab(context);
    const address = `${host.url}?store=indexeddb:clash`;
    await one.goto(address);
    await setUp(one);
    await addUser(one, 'bert');
    const two = await newTab(context);
    await two.goto(`${address}#/users/bert`);
    await logIn(two, 'ann');
    await two.getByLabel('Display name').fill('Bert of tab two');
    await one.getByLabel('Display name').fill('Bert of tab one');
    await one.getByRole('button', { name: 'Save' }).click();
    await told(one, 'Saved.');
    await two.getByRole('button', { name: 'Save' }).click();
    await two.getByText('Somebody else changed this user').waitFor();
    await two.getByText('now Bert of tab one; yours Bert of tab two').waitFor();
    await two.getByRole('button', { name: 'Reload and keep my edits' }).click();
    await two.getByRole('button', { name: 'Save' }).click();
    await told(two, 'Saved.');
    // The first tab hears of it without being asked.
    await one.waitForFunction(() =>
      [...document.querySelectorAll('input')].some((input) => input.value === 'Bert of tab two'),
    );
    one.quiet();
    two.quiet();
    await context.close();
  });

  it('shows rights with where they come from, and bad input at its field', async () => {
    const context = await browser.newContext();
    const tab = await newTab(context);
    await tab.goto(`${host.url}?store=indexeddb:rights`);
    await setUp(tab);
    await visit(tab, 'groups?new=yes');
    await tab.getByLabel('Key').fill('shop');
    await tab.getByRole('textbox', { name: /^Name/ }).fill('Workshop');
    await tab.getByRole('checkbox', { name: 'users.manage' }).check();
    await tab.getByRole('button', { name: 'Add group' }).click();
    await tab.getByRole('heading', { name: 'Workshop', level: 2 }).waitFor();

    await addUser(tab, 'bert');
    await tab.getByRole('link', { name: 'Rights' }).click();
    await tab.getByRole('checkbox', { name: 'Workshop' }).check();
    await tab.getByRole('checkbox', { name: /^audit\.read/ }).check();
    await tab.getByRole('button', { name: 'Save rights' }).click();
    await told(tab, 'The rights were changed.');
    const right = (scope) =>
      tab
        .getByRole('list', { name: 'Effective scopes' })
        .getByRole('listitem')
        .filter({ has: tab.locator(`code:text-is("${scope}")`) });
    await right('audit.read').getByText('given directly').waitFor();
    await right('users.manage').getByText('through the group Workshop').waitFor();
    await right('users.read').getByText('comes with users.manage, through the group Workshop').waitFor();
    await tab.getByLabel('May bert do').selectOption('groups.manage');
    await tab.getByRole('button', { name: 'Check' }).click();
    await tab.getByText('bert does not hold groups.manage').waitFor();

    await tab.getByRole('navigation', { name: 'Parts of bert' }).getByRole('link', { name: 'Settings' }).click();
    const json = tab.getByLabel('JSON object');
    await json.fill('[1]');
    await tab.getByRole('button', { name: 'Save settings' }).click();
    await tab.getByText('Settings have to be a JSON object').waitFor();
    assert.equal(await json.getAttribute('aria-invalid'), 'true');
    await json.fill('{"theme": "dark"}');
    await tab.getByRole('button', { name: 'Save settings' }).click();
    await told(tab, 'The settings were saved.');

    await visit(tab, 'users');
    await tab.getByRole('button', { name: 'Add user' }).click();
    const dialog = tab.getByRole('dialog');
    await dialog.getByLabel('Login name').fill('bert');
    await dialog.getByRole('button', { name: 'Add user' }).click();
    const name = dialog.getByLabel('Login name');
    await tab.waitForFunction(() => document.activeElement?.getAttribute('aria-invalid') === 'true');
    const described = await name.evaluate((input) =>
      (input.getAttribute('aria-describedby') ?? '')
        .split(' ')
        .map((id) => document.getElementById(id)?.textContent.trim()),
    );
    assert.match(described.join(), /already/);
    await tab.keyboard.press('Escape');

    await visit(tab, 'users/bert');
    await tab.getByRole('button', { name: 'Delete' }).click();
    await tab.getByRole('dialog', { name: 'Delete bert?' }).getByRole('button', { name: 'Delete bert' }).click();
    await told(tab, 'bert was deleted.');
    await visit(tab, 'audit');
    await tab.getByRole('row', { name: /User removed/ }).waitFor();
    tab.quiet();
    await context.close();
  });

  it('locks out after failed log-ins and says how long', async () => {
    const context = await browser.newContext();
    const tab = await newTab(context);
    await tab.goto(`${host.url}?store=indexeddb:lockout`);
    await setUp(tab);
    await signOut(tab);
    for (let attempt = 0; attempt < 12; attempt += 1) {
      await logIn(tab, 'ann', 'wrong password');
      await tab.getByRole('alert').waitFor();
      await tab.waitForFunction(
        () => document.querySelector('button[type=submit]')?.getAttribute('aria-disabled') !== 'true',
      );
      if ((await tab.getByRole('timer').count()) > 0) break;
    }
    assert.match(await tab.getByRole('timer').innerText(), /^Try again in \d+ (s|min|h)\.$/);
    tab.quiet();
    await context.close();
  });

  it('takes a new version at the next load, with a notice', async (t) => {
    const files = new Map();
    const own = await serveStatic(files);
    const context = await browser.newContext();
    // Also where it fails: a server left open would keep the whole file from ending.
    t.after(async () => {
      await context.close();
      await own.close();
    });
    const tab = await newTab(context);
    await tab.goto(`${own.url}?store=indexeddb:update`);
    await setUp(tab);
    await offlineReady(tab);
    await tab.reload();
    const text = async (path) => (await fetch(own.url + path)).text();
    files.set('/', Buffer.from((await text('')).replace('<title>Doorward', '<title>Newer Doorward')));
    files.set('/index.html', files.get('/'));
    files.set('/sw.js', Buffer.from((await text('sw.js')).replace(/[0-9a-f]{16}/, '0123456789abcdef')));
    await tab.evaluate(async () => (await navigator.serviceWorker.ready).update());
    await told(tab, 'A new version is here');
    await context.setOffline(true);
    await tab.reload({ waitUntil: 'commit' });
    await tab.waitForFunction(() => performance.getEntriesByType('navigation').length === 1);
    const title = await tab.evaluate(
      async () => /<title>(.*)<\/title>/.exec(await (await fetch('./index.html')).text())?.[1],
    );
    assert.equal(title, 'Newer Doorward');
    const kept = await tab.evaluate(async () => (await caches.keys()).length);
    assert.equal(kept, 2, 'the version before is not kept for open tabs, or older ones pile up');
  });

  it('never stores what the server says, and leaves the server mode alone', async (t) => {
    const own = await serveStatic();
    const context = await browser.newContext();
    t.after(async () => {
      await context.close();
      await own.close();
    });
    const tab = await newTab(context);
    await tab.goto(`${own.url}?store=indexeddb:cache`);
    await setUp(tab);
    await offlineReady(tab);
    await tab.reload();
    const before = own.asked.length;
    await tab.evaluate(() => Promise.all([fetch('/doorward/v1/status'), fetch('/doorward/v1/status'), fetch('/')]));
    assert.deepEqual(own.asked.slice(before).sort(), ['/', '/doorward/v1/status', '/doorward/v1/status']);
    const cached = await tab.evaluate(async () => {
      const keys = [];
      for (const name of await caches.keys()) keys.push(...(await (await caches.open(name)).keys()));
      return keys.map(({ url }) => new URL(url).pathname);
    });
    assert.ok(cached.includes('/index.html') && cached.some((path) => path.endsWith('.wasm')));
    assert.ok(cached.every((path) => !path.startsWith('/doorward/')));
  });
});
