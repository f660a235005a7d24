// OctoPrint's own JavaScript client, and ours, against Doorward: by key and by cookie. What comes of each call is the same
// for both, but for what the client's documentation names.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { OctoPrintClient } from 'doorward/octoprint';
import { openDoorward } from './octoprint-doorward.mjs';
import { CookieJar, originalClient } from './octoprint-helpers.mjs';
import { vector } from './octoprint-runner.mjs';
import { cookieStory, keyStory, told } from './octoprint-story.mjs';

const windows = [];
after(() => windows.forEach((window) => window.close()));

async function doorward(t) {
  const server = await openDoorward({ settings: { rateLimiter: false }, steps: [] });
  t.after(() => server.close());
  return server;
}

const passwords = Object.fromEntries(vector.fixture.users.map(({ name, password }) => [name, password]));

/** The original client in a page of the server, with the cookies that its pages set. */
async function original(t, url, generation) {
  const client = await originalClient(generation);
  if (client.reason !== undefined) {
    t.skip(client.reason);
    return undefined;
  }
  const cookieJar = new CookieJar();
  const page = await fetch(`${url}/login/`);
  for (const line of page.headers.getSetCookie()) await cookieJar.setCookie(line, url);
  const window = client.load({ url: `${url}/`, cookieJar });
  windows.push(window);
  return window.OctoPrintClient;
}

for (const generation of ['C', 'N']) {
  test(`by a key, generation ${generation}: the original and ours`, async (t) => {
    const { url, masterKey: key } = await doorward(t);
    const Client = await original(t, url, generation);
    if (Client === undefined) return;
    const theirs = told(await keyStory({ Client, baseurl: url, key, generation }));
    const other = await doorward(t);
    const Ours = class extends OctoPrintClient {
      constructor(options) {
        super({ ...options, generation });
      }
    };
    const ours = told(await keyStory({ Client: Ours, baseurl: other.url, key: other.masterKey, generation }));
    assert.deepEqual(ours, theirs);

    assert.equal(theirs.list.status, 200);
    assert.deepEqual(theirs.get.data.groups, [], 'J25: the client sends no groups, so there are none');
    assert.equal(theirs['update without lists'].status, 200, 'J10, as suggested');
    assert.equal(theirs['group without lists'].status, 200, 'J24, as suggested: null is an empty list');
    assert.equal(theirs['delete oneself'].error, 'You cannot delete yourself');
    assert.deepEqual(theirs.keys, { different: true, length: 43 });
    assert.equal(theirs['own promotion'].status, 403);
    assert.equal(theirs['no name'].throws, 'InvalidArgumentError');
  });
}

test('by a cookie: the original and ours', async (t) => {
  const { url } = await doorward(t);
  const Client = await original(t, url, 'C');
  if (Client === undefined) return;
  const theirs = told(await cookieStory({ Client, baseurl: url, passwords }));
  const other = await doorward(t);
  const ours = told(await cookieStory({ Client: OctoPrintClient, baseurl: other.url, passwords }));
  assert.deepEqual(ours, theirs);
  assert.equal(theirs['wrong password'].status, 403);
  assert.equal(theirs['who is alice'].data.name, 'alice');
  assert.equal(theirs['alice lists'].status, 403);
  assert.equal(theirs['without the token'].status, 400);
  assert.equal(theirs['with another token'].status, 400);
  assert.equal(theirs.nobody.data.name, null);
  assert.equal(theirs['admin adds'].status, 200);
  assert.equal(theirs['nobody lists'].status, 403);
});
