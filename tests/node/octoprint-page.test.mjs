// The client as a bundler makes it for a page: without what only Node needs, and with the cookies of the page.
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';
import { build } from 'vite';

const entry = '\0page';
let code;
let page;
before(async () => {
  const source = "export * from 'doorward/octoprint';";
  const importer = fileURLToPath(import.meta.url);
  const output = await build({
    configFile: false,
    logLevel: 'silent',
    root: fileURLToPath(new URL('.', import.meta.url)),
    build: {
      write: false,
      rolldownOptions: { input: entry, output: { format: 'es' }, preserveEntrySignatures: 'strict' },
    },
    plugins: [
      {
        name: 'page',
        enforce: 'pre',
        async resolveId(id, from) {
          if (id === entry) return entry;
          return from === entry ? await this.resolve(id, importer, { skipSelf: true }) : null;
        },
        load: (id) => (id === entry ? source : null),
      },
    ],
  });
  const chunks = [output].flat().flatMap((bundle) => bundle.output);
  assert.equal(chunks.length, 1);
  code = chunks[0].code;
  page = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  globalThis.document = { cookie: 'other=1; csrf_token_P8080=to%2Bken', baseURI: 'http://host:8080/app/' };
  globalThis.location = { origin: 'http://host:8080' };
});
after(() => {
  delete globalThis.document;
  delete globalThis.location;
});

/** The requests of what `use` does with a client. */
async function requests(baseurl, use) {
  const seen = [];
  const fetch = async (url, { method = 'GET', headers, credentials }) => {
    seen.push([method, url, new Headers(headers).get('x-csrf-token'), credentials]);
    return new Response('{}');
  };
  await use(new page.OctoPrintClient({ baseurl, fetch }));
  return seen;
}

test('nothing of Node is in it', () => {
  assert.doesNotMatch(code, /getSetCookie|set-cookie|node:/i);
  assert.match(code, /document\.cookie/);
});

test('the CSRF token is that of the page', async () => {
  assert.deepEqual(await requests('http://host:8080/', (client) => client.users.delete('x')), [
    ['DELETE', 'http://host:8080/api/access/users/x', 'to+ken', 'same-origin'],
  ]);
  assert.deepEqual(await requests('/', (client) => client.browser.logout()), [
    ['POST', '/api/logout', 'to+ken', 'same-origin'],
  ]);
});

test('a page without one asks for it, where the cookie would be its own', async () => {
  globalThis.document.cookie = '';
  const asked = async (baseurl) =>
    (await requests(baseurl, (client) => client.browser.login('u', 'p'))).map(([, url]) => url);
  assert.deepEqual(await asked('/octo'), ['/octo/login/', '/octo/api/login']);
  assert.deepEqual(await asked('http://elsewhere/'), ['http://elsewhere/api/login']);
});
