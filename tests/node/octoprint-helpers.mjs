// OctoPrint's own JavaScript client as an oracle, and a server that writes down what it is asked.
//
// The original is licensed under the AGPL. It is fetched from the Python package index into the cache, loaded into a
// DOM of its own by these tests, and is no part of this tree or of the package.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { CookieJar, JSDOM, VirtualConsole } from 'jsdom';
import { wheel } from '../../scripts/lib/pypi.mjs';

/** The releases whose client was looked at: C and N of the specification. L was never on the index. */
const releases = {
  C: { version: '1.11.8', sha256: '21fef2f84f9b730dab905c3d22c0476f4877cadf6c129c8a75be8e5b5546241e' },
  N: { version: '2.0.0rc7', sha256: '9095a7ad89e5b62f81fe5e0159d127d63f628762b4e83ce02f3a701674fa577d' },
};

const parts = ['base', 'access', 'users', 'browser'];

function scripts(folder) {
  const js = join(folder, 'octoprint', 'static', 'js');
  const read = (...path) => readFileSync(join(js, ...path), 'utf8');
  const clients = parts.flatMap((name) => {
    try {
      return [read('app', 'client', `${name}.js`)];
    } catch (error) {
      // N has no `users.js`.
      if (error.code === 'ENOENT' && name === 'users') return [];
      throw error;
    }
  });
  return [read('lib', 'jquery', 'jquery.min.js'), read('lib', 'lodash.min.js'), ...clients];
}

/**
 * OctoPrint's client.
 * @param {'C' | 'N'} generation
 * @returns {Promise<{reason: string} | {load: (page: {url: string, cookieJar?: CookieJar}) => object}>} `load` gives the
 *   window of a page at `url`, with `OctoPrintClient` and `OctoPrint` in it; `window.close()` ends it and its requests.
 *   `reason`: why the original is not to be had here
 */
export async function originalClient(generation = 'C') {
  const { sources, reason } = await originalScripts(generation);
  if (reason !== undefined) return { reason };
  return {
    load({ url, cookieJar = new CookieJar() }) {
      // Its deprecation warnings are no result.
      const { window } = new JSDOM('<!doctype html>', {
        url,
        cookieJar,
        runScripts: 'outside-only',
        virtualConsole: new VirtualConsole(),
      });
      for (const source of sources) window.eval(source);
      return window;
    },
  };
}

/**
 * The sources of the client and its peer libraries, in the order in which a page loads them.
 * @param {'C' | 'N'} generation
 * @returns {Promise<{sources: string[], reason?: undefined} | {sources: [], reason: string}>}
 */
export async function originalScripts(generation) {
  try {
    return { sources: scripts(await wheel({ name: 'OctoPrint', ...releases[generation] })) };
  } catch (error) {
    return { sources: [], reason: `OctoPrint's own client: ${error.message}` };
  }
}

export { CookieJar };

/**
 * A server on the loopback that writes down requests and answers as told.
 * @param {(request: {method: string, path: string, headers: object, body: string}) => {status?: number, headers?: object, body?: string} | undefined} answer
 */
export async function recorder(answer = () => undefined) {
  const requests = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text) => (body += text));
    request.on('end', () => {
      const { method, url: path, headers } = request;
      const seen = { method, path, headers, body };
      requests.push(seen);
      const reply = state.answer(seen);
      // Null: never answered.
      if (reply === null) return;
      const { status = 200, headers: more = { 'content-type': 'application/json' }, body: text = '{}' } = reply ?? {};
      response.writeHead(status, more).end(status === 204 ? undefined : text);
    });
  });
  const state = {
    answer,
    requests,
    /** What was asked since the last time. */
    take: () => requests.splice(0),
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  // Longer than any test: a connection that both ends give up in the same moment fails a request for no fault of it.
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  state.port = server.address().port;
  state.url = `http://127.0.0.1:${state.port}/`;
  return state;
}
