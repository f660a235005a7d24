// Two tabs, each with its own door on one IndexedDB database.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bundle, launch, serve } from './harness.mjs';

let browser;
let server;
let tabs;

before(async () => {
  server = await serve(await bundle(new URL('harness-door.mjs', import.meta.url)));
  browser = await launch();
  const context = await browser.newContext();
  tabs = [];
  for (let tab = 0; tab < 2; tab++) {
    const page = await context.newPage();
    await page.goto(server.url);
    await page.waitForFunction(() => globalThis.open !== undefined);
    tabs.push(page);
  }
});

after(async () => {
  await browser?.close();
  await server?.close();
});

test('two tabs that set up at once make one administrator', async () => {
  const ended = await Promise.all(
    tabs.map((tab, at) =>
      tab.evaluate(async (at) => {
        globalThis.door = await globalThis.open('race');
        try {
          globalThis.session = await globalThis.door.setUp({ name: `ann${at}`, password: 'correct horse' });
          return globalThis.session.me.id;
        } catch (error) {
          return error.code;
        }
      }, at),
    ),
  );
  assert.deepEqual(ended.map(String).sort(), ['1', 'setupDone']);
  const winner = ended.indexOf(1);
  await tabs[1 - winner].evaluate(async (name) => {
    globalThis.session = await globalThis.door.logIn(name, 'correct horse');
  }, `ann${winner}`);
});

test('two tabs that add the same users have one winner a name', async () => {
  const ended = await Promise.all(
    tabs.map((tab) =>
      tab.evaluate(async () => {
        const names = Array.from({ length: 20 }, (_, at) => `user${at}`);
        const all = await Promise.allSettled(names.map((name) => globalThis.session.users.create({ name })));
        return all.map(({ status, reason }) => (status === 'fulfilled' ? 'made' : reason.code));
      }),
    ),
  );
  for (let at = 0; at < 20; at++) {
    assert.deepEqual(ended.map((codes) => codes[at]).sort(), ['alreadyExists', 'made']);
  }
  const counts = await Promise.all(
    tabs.map((tab) => tab.evaluate(async () => (await globalThis.session.users.list()).users.length)),
  );
  assert.deepEqual(counts, [21, 21]);
});

test('a change in one tab is heard in the other, and bites there', async () => {
  const [one, two] = tabs;
  const key = await one.evaluate(async () => {
    await globalThis.session.users.edit('user0', { scopes: ['printer.start'] });
    return (await globalThis.session.users.generateApiKey('user0')).apikey;
  });
  await two.evaluate(async (key) => {
    globalThis.key = await globalThis.door.authenticate(key);
    globalThis.heard = [];
    globalThis.door.on('userChanged', ({ name }) => globalThis.heard.push(name));
  }, key);
  assert.equal(await two.evaluate(() => globalThis.key.can('printer.start')), true);
  await one.evaluate(() => globalThis.session.users.edit('user0', { scopes: [] }));
  await two.waitForFunction(() => !globalThis.key.can('printer.start') && globalThis.heard.includes('user0'));
  await one.evaluate(() => globalThis.session.users.remove('user0'));
  assert.equal(
    await two.evaluate(() =>
      globalThis.key.users.get('user0').then(
        () => 'there',
        (error) => error.code,
      ),
    ),
    'unknownToken',
  );
});

test('a reload finds everything again', async () => {
  const [one] = tabs;
  const token = await one.evaluate(() => globalThis.session.token);
  await one.reload();
  await one.waitForFunction(() => globalThis.open !== undefined);
  const ids = await one.evaluate(async (token) => {
    const door = await globalThis.open('race');
    const session = await door.authenticate(token);
    return (await session.users.list({ limit: 2, order: 'id' })).users.map(({ id }) => id);
  }, token);
  assert.equal(ids[0], 1);
});
