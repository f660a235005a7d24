// OctoPrint's own client in a page that has no server: a service worker answers, by the faces of a door on IndexedDB.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { originalScripts } from '../node/octoprint-helpers.mjs';
import { keyStory, told } from '../node/octoprint-story.mjs';
import { bundle, launch, serve } from './harness.mjs';

test('the original client works in a page with no server, and finds everything after a reload', async (t) => {
  const { sources, reason } = await originalScripts('C');
  if (reason !== undefined) return t.skip(reason);
  const files = await bundle(new URL('harness-worker.mjs', import.meta.url));
  sources.forEach((source, at) => (files[`/original/${at}.js`] = source));
  const tags = sources.map((_, at) => `<script src="/original/${at}.js"></script>`).join('');
  files['/'] = `<!doctype html><meta charset="utf-8"><title>test</title>${tags}`;
  const server = await serve(files);
  t.after(() => server.close());
  const browser = await launch();
  t.after(() => browser.close());
  const page = await (await browser.newContext()).newPage();
  await page.goto(server.url);
  const key = await page.evaluate(async () => {
    await navigator.serviceWorker.register('/entry.js', { type: 'module' });
    const { active } = await navigator.serviceWorker.ready;
    if (navigator.serviceWorker.controller === null) {
      await new Promise((resolve) => navigator.serviceWorker.addEventListener('controllerchange', resolve));
    }
    const { port1, port2 } = new MessageChannel();
    const answered = new Promise((resolve) => (port1.onmessage = ({ data }) => resolve(data)));
    active.postMessage('set up', [port2]);
    return answered;
  });
  assert.equal(key.error, undefined);
  assert.match(key.apikey, /^dw_/);

  const run = `(${keyStory})({ Client: OctoPrintClient, baseurl: location.origin + '/', key: ${JSON.stringify(key.apikey)}, generation: 'C' })`;
  const account = told(await page.evaluate(run));
  assert.deepEqual(
    account.list.data.users.map(({ name, admin }) => [name, admin]),
    [['admin', true]],
  );
  for (const [label, status] of Object.entries({
    add: 200,
    'add again': 409,
    'update without lists': 200,
    'own currentuser': 200,
    'own promotion': 403,
    'delete oneself': 400,
    'get deleted': 404,
    permissions: 200,
    'group without lists': 200,
  })) {
    assert.equal(account[label].status, status, label);
  }

  // A new page, and the same store.
  await page.reload();
  const groups = await page.evaluate(async (apikey) => {
    const client = new globalThis.OctoPrintClient({ baseurl: `${location.origin}/`, apikey });
    return (await client.access.groups.list()).groups.map(({ key }) => key);
  }, key.apikey);
  assert.deepEqual(groups.toSorted(), ['admins', 'guests', 'k', 'readonly', 'users']);
  assert.equal((await fetch(`${server.url}api/version`)).status, 404, 'no server answers');
});
