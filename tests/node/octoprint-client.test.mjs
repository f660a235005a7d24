// OctoPrintClient by its specification: the cases of the vector, and what a promise of it is.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { after, before, beforeEach, describe, test } from 'node:test';
import fc from 'fast-check';
import { InvalidArgumentError, OctoPrint, OctoPrintClient, RequestError } from 'doorward/octoprint';
import { answering, cases, digest, expected, optionsOf, outcome, specified } from './octoprint-cases.mjs';
import { recorder } from './octoprint-helpers.mjs';

let server;
let client;
before(async () => {
  server = await recorder();
});
after(() => server.close());
beforeEach(() => {
  server.answer = () => undefined;
  server.take();
  client = new OctoPrintClient({ baseurl: server.url, apikey: 'KEY' });
});

describe('the cases of the specification', () => {
  test('are all there', () => {
    const ids = Array.from({ length: 26 }, (_, at) => `J${String(at + 1).padStart(2, '0')}`);
    assert.deepEqual(
      specified.map(({ id }) => id),
      ids,
    );
  });

  for (const { id, title, steps } of cases) {
    test(`${id}: ${title}`, async () => {
      for (const step of steps) {
        server.answer = answering(step, server.port);
        const asked = new OctoPrintClient({ ...optionsOf(step, server.url), generation: step.generation });
        if (step.cookie) await asked.get('login/', { dataType: 'text' });
        server.take();
        const came = await outcome(asked, step);
        const wanted = expected(step);
        if (wanted.throws && wanted.throws.message === undefined) delete came.throws?.message;
        assert.deepEqual(came, wanted);
        assert.deepEqual(server.take().map(digest), step.request ? [step.request] : []);
      }
    });
  }
});

describe('an instance', () => {
  test('keeps its parts, and shares nothing with others', () => {
    const other = new OctoPrintClient();
    assert.equal(client.users, client.users);
    assert.equal(client.access, client.access);
    assert.equal(client.access.users, client.access.users);
    assert.equal(client.browser, client.browser);
    assert.notEqual(client.access, other.access);
    assert.deepEqual(other.options, { baseurl: undefined, apikey: undefined, locale: undefined });
    assert.equal(other.getBaseUrl(), 'undefined/');
  });

  test('reads its options at every call', async () => {
    client.options.apikey = 'OTHER';
    client.options.locale = 'de';
    client.options.apiVersion = '2.0';
    await client.users.list();
    const [{ headers }] = server.take();
    assert.equal(headers['x-api-key'], 'OTHER');
    assert.equal(headers['x-locale'], 'de');
    assert.equal(headers['x-octoprint-api-version'], '2.0');
  });

  test('there is a default one', async () => {
    assert.ok(OctoPrint instanceof OctoPrintClient);
    OctoPrint.options.baseurl = server.url;
    await OctoPrint.access.permissions.list();
    assert.equal(server.take()[0].path, '/api/access/permissions');
  });

  test('what is missing is an InvalidArgumentError', () => {
    assert.equal(OctoPrintClient.InvalidArgumentError, InvalidArgumentError);
    const error = new OctoPrintClient.InvalidArgumentError('x');
    assert.ok(error instanceof Error);
    assert.deepEqual([error.name, error.message, typeof error.stack], ['InvalidArgumentError', 'x', 'string']);
  });
});

describe('a call', () => {
  const refusing = () => (server.answer = () => ({ status: 409, body: '{"error":"taken"}' }));

  test('is a native promise with the callbacks of old code', async () => {
    const call = client.users.list();
    assert.ok(call instanceof Promise);
    const heard = [];
    const same = call
      .done((...args) => heard.push(['done', args.length, args[1], args[2].getResponseHeader('content-type')]))
      .fail(() => heard.push(['fail']))
      .always((data) => heard.push(['always', data]));
    assert.equal(same, call);
    assert.deepEqual(await call, {});
    assert.deepEqual(heard, [
      ['done', 3, 'success', 'application/json'],
      ['always', {}],
    ]);
    call.done(undefined, [() => heard.push('late')]);
    assert.equal(heard.at(-1), 'late');
    let ended = false;
    assert.deepEqual(await call.finally(() => (ended = true)), {});
    assert.ok(ended);
  });

  test('what then, catch and finally give has the callbacks too', async () => {
    const doubled = await new Promise((resolve) =>
      client.users
        .list()
        .then(() => 21)
        .finally(() => {})
        .then((n) => n * 2)
        .done(resolve),
    );
    assert.equal(doubled, 42);
    refusing();
    const statuses = await new Promise((resolve) =>
      client.users
        .list()
        .then(() => assert.fail('it succeeded'))
        .fail((xhr, textStatus, reason) => resolve([xhr.status, textStatus, reason])),
    );
    assert.deepEqual(statuses, [409, 'error', 'Conflict']);
    assert.equal(await client.users.list().catch((error) => error.status), 409);
  });

  test('fails with an Error that has the fields of a jqXHR', async () => {
    refusing();
    const error = await client.users.list().then(
      () => assert.fail('it succeeded'),
      (reason) => reason,
    );
    assert.ok(error instanceof RequestError && error instanceof Error);
    const { name, message, status, statusText, responseText, responseJSON, textStatus } = error;
    assert.deepEqual(
      { name, message, status, statusText, responseText, responseJSON, textStatus },
      {
        name: 'RequestError',
        message: 'taken',
        status: 409,
        statusText: 'Conflict',
        responseText: '{"error":"taken"}',
        responseJSON: { error: 'taken' },
        textStatus: 'error',
      },
    );
  });

  test('takes the plain text of a legacy server for the message, and no page', async () => {
    const failing = async (type, body) => {
      server.answer = () => ({ status: 400, headers: { 'content-type': type }, body });
      return (await client.users.list().catch((error) => error)).message;
    };
    assert.equal(await failing('text/plain; charset=utf-8', 'No such user\n'), 'No such user');
    assert.equal(await failing('text/html', '<h1>Bad Request</h1>'), 'Bad Request');
  });

  test('fails with status 0 where nobody answers, in time or at all', async () => {
    server.answer = () => null;
    const failed = async (call) => {
      const { status, statusText, textStatus } = await call.catch((error) => error);
      return [status, statusText, textStatus];
    };
    assert.deepEqual(await failed(client.get('api/x', { timeout: 30 })), [0, 'timeout', 'timeout']);
    const call = client.get('api/x');
    call
      .finally(() => {})
      .fail(() => {})
      .abort();
    assert.deepEqual(await failed(call), [0, 'abort', 'abort']);
    assert.deepEqual(await failed(client.get('api/x', { signal: AbortSignal.abort() })), [0, 'abort', 'abort']);
    assert.deepEqual(await failed(client.get('http://127.0.0.1:1/')), [0, 'error', 'error']);
    call.abort();
  });

  // The default of Node for a failure that nobody handles is to end the process, so each of these is one. It is not
  // waited for in one go: a loop that stands still lets both ends of a kept connection run out at once.
  const script = async (code) => {
    const program = `import { OctoPrintClient } from 'doorward/octoprint';
      process.on('unhandledRejection', (error) => console.log('unhandled', error.textStatus));
      const call = new OctoPrintClient({ baseurl: 'http://127.0.0.1:1/', apikey: 'k' }).users.list();
      ${code}`;
    const cwd = fileURLToPath(new URL('.', import.meta.url));
    const child = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], { cwd });
    assert.equal(child.stderr, '');
    return child.stdout.trim().split('\n').filter(Boolean);
  };

  for (const [code, seen] of [
    ['', ['unhandled error']],
    ['call.done(() => {}).done(() => {});', ['unhandled error']],
    ['call.done(() => {}).then(() => {}).done(() => {});', ['unhandled error']],
    ["call.done(() => {}).fail(() => console.log('fail'));", ['fail']],
    ["call.fail(() => {}).done(() => {}).always(() => console.log('always')).done(() => {});", ['always']],
    ["try { await call; } catch { console.log('caught'); }", ['caught']],
    ["call.then(() => {}).fail(() => console.log('fail'));", ['fail']],
  ]) {
    test(`a failure is reported once or handled: \`${code || 'nothing'}\``, async () =>
      assert.deepEqual(await script(code), seen));
  }

  test('an error of one callback takes nothing from the next, and surfaces', async () => {
    const code = `process.on('uncaughtException', (error) => console.log('uncaught', error.message));
      call.fail(() => { throw new Error('mine'); }, () => console.log('next')).fail(() => console.log('last'));`;
    assert.deepEqual(await script(code), ['next', 'last', 'uncaught mine']);
  });
});

describe('properties', () => {
  const functions = [
    (name, opts) => client.access.users.get(name, opts),
    (name, opts) => client.access.users.delete(name, opts),
    (name, opts) => client.access.users.getSettings(name, opts),
    (name, opts) => client.access.groups.get(name, opts),
    (name, opts) => client.access.users.changePassword(name, 'p', opts),
    (name, opts) => client.access.users.generateApiKey(name, opts),
    (name, opts) => client.access.users.saveSettings(name, { a: undefined }, opts),
    (name, opts) => client.access.users.update(name, true, false, opts),
  ];
  const names = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1 }),
    fc.constantFrom('a/b', '%2e', '..%2f', '?', '#', '\\', '../x'),
  );

  test('every name arrives as one segment, whole', async () => {
    const wellFormed = (name) => name.isWellFormed() && name !== '.' && name !== '..';
    await fc.assert(
      fc.asyncProperty(names.filter(wellFormed), fc.constantFrom(...functions), async (name, call) => {
        await call(name);
        const [{ path }] = server.take();
        const [, api, access, of, segment, ...rest] = path.split('/');
        assert.deepEqual([api, access, decodeURIComponent(segment)], ['api', 'access', name]);
        assert.ok(['users', 'groups'].includes(of));
        assert.ok(rest.length <= 1);
      }),
    );
  });

  test('a name that no address can have is refused', () => {
    for (const name of ['.', '..', '\ud800', 'a\udfffb']) {
      for (const call of functions) assert.throws(() => call(name), InvalidArgumentError);
    }
    assert.deepEqual(server.take(), []);
  });

  test('options are never changed', async () => {
    const options = fc.record(
      {
        headers: fc.dictionary(fc.constantFrom('X-One', 'X-Two', 'Cache-Control'), fc.constantFrom('a', 'b'), {
          noNullPrototype: true,
        }),
        timeout: fc.integer({ min: 1000, max: 9000 }),
        crossDomain: fc.boolean(),
        dataType: fc.constantFrom('json', 'text'),
        contentType: fc.constantFrom('text/plain', false),
      },
      { requiredKeys: [], noNullPrototype: true },
    );
    const freeze = (value) => {
      for (const inner of Object.values(value)) if (typeof inner === 'object') Object.freeze(inner);
      return Object.freeze(value);
    };
    await fc.assert(
      fc.asyncProperty(options, fc.constantFrom(...functions), async (opts, call) => {
        const before = structuredClone(opts);
        freeze(opts);
        await call('a', opts);
        await call('b', opts);
        assert.deepEqual(opts, before);
        const [first, second] = server.take();
        assert.notEqual(first.path, second.path);
      }),
    );
  });
});

describe('cookies in Node', () => {
  /** As OctoPrint does: a page sets the CSRF cookie, a log-in the session. */
  const octoprint = ({ method, path, headers, body }) => {
    const cookie = (name) => new RegExp(`(?:^|; )${name}_P${server.port}=([^;]*)`).exec(headers.cookie ?? '')?.[1];
    if (path === '/login/') {
      return { headers: { 'set-cookie': `csrf_token_P${server.port}=s%2Bigned; Path=/; SameSite=Lax` }, body: '<p>' };
    }
    if (method !== 'GET' && (cookie('csrf_token') !== 's%2Bigned' || headers['x-csrf-token'] !== 's+igned')) {
      return { status: 400, body: '{"error":"CSRF validation failed"}' };
    }
    if (path === '/api/login' && JSON.parse(body).user) {
      const session = `session_P${server.port}=secret; HttpOnly; Path=/; SameSite=Lax`;
      return {
        headers: { 'set-cookie': [session, 'elsewhere=x; Path=/other', 'foreign=x; Domain=example.org'] },
        body: '{}',
      };
    }
    if (path === '/api/logout') return { headers: { 'set-cookie': `session_P${server.port}=; Max-Age=0; Path=/` } };
    if (path === '/api/away') return { status: 307, headers: { location: 'http://127.0.0.1:1/' }, body: '' };
    if (path === '/api/round') return { status: 302, headers: { location: '/api/round' }, body: '' };
    return { body: JSON.stringify({ session: cookie('session') ?? null }) };
  };

  beforeEach(() => {
    server.answer = octoprint;
    client = new OctoPrintClient({ baseurl: server.url });
  });

  test('a log-in fetches the CSRF cookie first, and later calls are of the session', async () => {
    await client.browser.login('ann', 'pw', true);
    assert.deepEqual(
      server.take().map(({ method, path }) => `${method} ${path}`),
      ['GET /login/', 'POST /api/login'],
    );
    assert.equal(client.getCookie('csrf_token'), 's+igned');
    assert.equal(client.getCookie('session'), false, 'what no script may read is not shown');
    assert.deepEqual(await client.get('api/x'), { session: 'secret' });
    assert.deepEqual(await client.delete('api/x'), { session: 'secret' });
    for (const { headers } of server.take()) assert.doesNotMatch(headers.cookie, /elsewhere|foreign/);
    await client.browser.login('ann', 'pw');
    await client.browser.logout();
    assert.deepEqual(await client.get('api/x'), { session: null });
    assert.ok(
      server.take().every(({ path }) => path !== '/login/'),
      'the page is asked for once',
    );
  });

  test('another client, another origin, and a client without credentials get none', async () => {
    await client.browser.login('ann', 'pw');
    assert.deepEqual(await new OctoPrintClient({ baseurl: server.url }).get('api/x'), { session: null });
    const other = await recorder();
    await client.get(`${other.url}api/x`);
    assert.equal(other.take()[0].headers.cookie, undefined);
    other.close();
    client.options.credentials = 'omit';
    assert.deepEqual(await client.get('api/x'), { session: null });
  });

  test('a redirect is followed within the origin, with method, body and key', async () => {
    client = new OctoPrintClient({ baseurl: server.url, apikey: 'KEY', generation: 'L' });
    const moved = { status: 307, headers: { location: '/api/access/users' } };
    server.answer = ({ path, body }) => (path === '/api/users' ? moved : { body });
    assert.deepEqual(await client.users.add({ name: 'n', password: 'p' }), {
      ...{ name: 'n', password: 'p' },
      ...{ active: true, admin: false },
    });
    assert.equal(server.take().at(-1).headers['x-api-key'], 'KEY');
    server.answer = octoprint;
    assert.equal((await client.get('api/away').catch((error) => error)).status, 0);
    assert.equal((await client.get('api/round').catch((error) => error)).status, 0);
  });

  test('a server without that page still gets the log-in', async () => {
    server.answer = ({ path }) => (path === '/login/' ? { status: 404, body: '' } : undefined);
    assert.deepEqual(await client.browser.login('ann', 'pw'), {});
  });
});
