// OctoPrint's own client in a real browser against `doorward serve`: by key and by cookie.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request as send } from 'node:http';
import { test } from 'node:test';
import { openDoorward } from '../node/octoprint-doorward.mjs';
import { originalScripts } from '../node/octoprint-helpers.mjs';
import { vector } from '../node/octoprint-runner.mjs';
import { cookieStory, keyStory, told } from '../node/octoprint-story.mjs';
import { launch } from './harness.mjs';

/** One origin: the page of the test and the original's scripts, and behind them the server. */
async function front(t, target, sources) {
  const tags = sources.map((_, at) => `<script src="/original/${at}.js"></script>`).join('');
  const own = {
    '/test': ['text/html', `<!doctype html><meta charset="utf-8"><title>test</title>${tags}`],
    ...Object.fromEntries(sources.map((source, at) => [`/original/${at}.js`, ['text/javascript', source]])),
  };
  const proxy = createServer((request, response) => {
    const found = own[request.url];
    if (found !== undefined) return response.setHeader('content-type', found[0]).end(found[1]);
    const { method, headers, url } = request;
    const passed = send(new URL(url, target), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.rawHeaders);
      answer.pipe(response);
    });
    passed.on('error', () => response.destroy());
    request.pipe(passed);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  t.after(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  return `http://127.0.0.1:${proxy.address().port}`;
}

const passwords = Object.fromEntries(vector.fixture.users.map(({ name, password }) => [name, password]));

test('by key and by cookie, in Chromium', async (t) => {
  const { sources, reason } = await originalScripts('C');
  if (reason !== undefined) return t.skip(reason);
  const server = await openDoorward({ settings: { rateLimiter: false }, steps: [] });
  t.after(() => server.close());
  const origin = await front(t, server.url, sources);
  const browser = await launch();
  t.after(() => browser.close());
  const page = await (await browser.newContext()).newPage();
  // Any page of the server sets the cookie of the double submit.
  await page.goto(`${origin}/login/`);
  await page.goto(`${origin}/test`);
  const tell = async (story, given) =>
    told(
      await page.evaluate(
        `(${story})({ ...${JSON.stringify(given)}, Client: OctoPrintClient, baseurl: location.origin })`,
      ),
    );

  const cookie = await tell(cookieStory, { passwords });
  for (const [label, status] of Object.entries({
    'guest lists': 403,
    'wrong password': 403,
    alice: 200,
    'alice lists': 403,
    'alice saves settings': 200,
    'without the token': 400,
    'with another token': 400,
    'nobody deletes': 403,
    admin: 200,
    'admin lists': 200,
    'admin adds': 200,
    'nobody lists': 403,
  })) {
    assert.equal(cookie[label].status, status, label);
  }
  assert.equal(cookie['who is alice'].data.name, 'alice');

  const key = await tell(keyStory, { key: server.masterKey, generation: 'C' });
  assert.equal(key.list.status, 200);
  assert.equal(key['update without lists'].status, 200);
  assert.equal(key['own promotion'].status, 403);
  assert.equal(key['delete oneself'].error, 'You cannot delete yourself');
});
