// Ours beside OctoPrint's own client: the same calls have to arrive as the same requests and end the same way, but for
// the differences that stand in the vector with their reason.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { OctoPrintClient } from 'doorward/octoprint';
import { answering, cases, digest, optionsOf, outcome } from './octoprint-cases.mjs';
import { CookieJar, originalClient, recorder } from './octoprint-helpers.mjs';

for (const generation of ['C', 'N']) {
  const original = await originalClient(generation);
  if (original.reason) {
    test(`OctoPrint's own client, generation ${generation}`, { skip: original.reason }, () => {});
    continue;
  }

  describe(`OctoPrint's own client, generation ${generation}`, { concurrency: false }, () => {
    let server;
    let page;
    before(async () => {
      server = await recorder();
      page = original.load({ url: server.url });
    });
    after(() => {
      page.close();
      server.close();
    });

    /** N has no `users` but those of `access`. */
    const renamed = (call) => (generation === 'N' ? call.replace(/^users\./, 'access.users.') : call);

    async function ours(step) {
      const client = new OctoPrintClient({ ...optionsOf(step, server.url), generation });
      if (step.cookie) await client.get('login/', { dataType: 'text' });
      server.take();
      const came = await outcome(client, step);
      return { came, requests: server.take().map(digest) };
    }

    /** All on one page, but for those that need a cookie of it. */
    async function theirs(step) {
      const cookieJar = new CookieJar();
      if (step.cookie) await cookieJar.setCookie(`csrf_token_P${server.port}=${step.cookie}; Path=/`, server.url);
      const window = step.cookie ? original.load({ url: server.url, cookieJar }) : page;
      const client = new window.OctoPrintClient(optionsOf(step, server.url));
      const came = await outcome(client, step, () => window.eval('({})'));
      if (window !== page) window.close();
      return { came, requests: server.take().map(digest) };
    }

    for (const { id, title, steps } of cases) {
      test(`${id}: ${title}`, async () => {
        for (const given of steps) {
          const step = { ...given, call: renamed(given.call) };
          server.answer = answering(step, server.port);
          const mine = await ours(step);
          const other = await theirs(step);
          // What is missing in an `add` without an argument is told by the engine, of another window here.
          if (mine.came.throws?.name === 'TypeError') {
            assert.equal(other.came.throws?.name, 'TypeError');
            continue;
          }
          assert.deepEqual(mine.came, other.came);
          const { request: differences = {}, [generation]: own } = step.original ?? {};
          assert.deepEqual(
            mine.requests.map((request) => ({ ...request, ...differences, ...own })),
            other.requests,
          );
          if (step.original) assert.notDeepEqual(mine.requests, other.requests, 'a difference that is none any more');
        }
      });
    }
  });
}
