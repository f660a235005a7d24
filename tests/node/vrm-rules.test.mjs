// What the specification says beside its cases, over real HTTP: who asks, bodies, log-in, limits, odd requests.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Secret, TOTP } from 'otpauth';
import { Shared, startWorld } from './vector-targets.mjs';
import { ask, isFault } from './vrm-ask.mjs';
import { logIn, start, vector } from './vrm-runner.mjs';

const shared = new Shared(start);
after(() => shared.close());

describe('VRM: who is asking', () => {
  test('one reply for every credential that does not hold', async () => {
    const target = await shared.get();
    const jwt = await logIn(target.url, vector.logins.ann);
    const { json } = await ask(target, 'POST /users/7/accesstokens/create', { as: 'ann', body: { name: 'kind' } });
    const changed = `${jwt.slice(0, -2)}${jwt.endsWith('AA') ? 'BB' : 'AA'}`;
    const replies = [];
    for (const header of [
      'Bearer',
      'Bearer ',
      jwt,
      `Basic ${jwt}`,
      `Bearer ${jwt} x`,
      `Bearer ${jwt}, Bearer ${jwt}`,
      `Token ${jwt}`,
      `Bearer ${json.token}`,
      `Bearer ${changed}`,
      `Token ${json.token.toUpperCase()}`,
      'Token x',
      'Bearer a.b.c',
      `Bearer ${'a'.repeat(7000)}`,
      'Token dw_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    ]) {
      const reply = await ask(target, 'GET /users/me', { as: `${header} ` });
      isFault(reply, 401, header.slice(0, 60));
      replies.push(reply.text);
    }
    assert.equal(new Set(replies).size, 1);
    for (const scheme of ['bearer', 'BEARER', 'bEaReR']) {
      assert.equal((await ask(target, 'GET /users/me', { as: `${scheme} ${jwt}` })).status, 200, scheme);
    }
    for (const scheme of ['token', 'TOKEN']) {
      assert.equal((await ask(target, 'GET /users/me', { as: `${scheme} ${json.token}` })).status, 200, scheme);
    }
    assert.ok(jwt.length > 100 && jwt.split('.').length === 3);
  });

  test('authentication comes before what is asked for, and that before the body', async () => {
    const target = await shared.get();
    for (const line of [
      'POST /users/7/accesstokens/create',
      'POST /users/x/accesstokens/create',
      'GET /users/x/installations',
      'GET /users/7/accesstokens/x/revoke',
      'POST /users/7/addsite',
      'POST /users/7/get-site-id',
      'GET /auth/logout',
    ])
      isFault(await ask(target, line, { body: line.startsWith('POST') ? '{' : undefined }), 401, line);
    isFault(await ask(target, 'POST /users/8/accesstokens/create', { as: 'ann', body: '{' }), 403, 'rights first');
    isFault(await ask(target, 'GET /users/8/installations?idSite=abc', { as: 'ann' }), 403, 'rights first');
    isFault(await ask(target, 'GET /users/8/accesstokens/abc/revoke', { as: 'ann' }), 403, 'rights first');
  });

  test('unknown routes and wrong verbs', async () => {
    const target = await shared.get();
    for (const path of [
      '/',
      '/users',
      '/users/7',
      '/nowhere',
      '/users/7/search',
      '/auth',
      '/users/%ff/installations',
      '/installations/101',
    ])
      isFault(await ask(target, `GET ${path}`, { as: 'ann' }), 404, path);
    for (const line of [
      'POST /users/me',
      'GET /users/7/addsite',
      'POST /users/7/accesstokens/list',
      'POST /users/7/accesstokens/1/revoke',
      'GET /users/7/accesstokens/1',
      'GET /auth/login',
      'POST /auth/loginAsDemo',
      'DELETE /auth/logout',
      'PATCH /users/7/installations',
      'OPTIONS /users/me',
      'PUT /users/me',
    ])
      isFault(await ask(target, line, { as: 'ann' }), 405, line);
    const head = await ask(target, 'HEAD /users/me', { as: 'ann' });
    assert.deepEqual([head.status, head.text], [200, '']);
    // Nobody ends anything by a look.
    for (const path of ['/auth/logout', '/auth/loginAsDemo', '/users/me/accesstokens/*/revoke'])
      assert.equal((await ask(target, `HEAD ${path}`, { as: 'ann' })).status, 405, path);
  });
});

describe('VRM: bodies', () => {
  test('what is no JSON object', async () => {
    const target = await shared.get();
    for (const line of [
      'POST /users/7/accesstokens/create',
      'POST /users/7/addsite',
      'POST /users/7/get-site-id',
      'POST /auth/login',
    ])
      for (const body of [undefined, '', '{', '[]', '5', 'null', '"x"', 'a=b', '{"name":"\\ud800"}', '{"a":1}x'])
        isFault(await ask(target, line, { as: 'ann', body }), 400, `${line} ${body}`);
  });

  test('any content type, or none', async () => {
    const target = await shared.get();
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'nonsense',
    ]) {
      const body = { installation_identifier: 'c0619ab00101' };
      const reply = await ask(target, 'POST /users/7/get-site-id', {
        as: 'ann',
        body,
        headers: { 'content-type': type },
      });
      assert.equal(Number(reply.json.records?.site_id), 101, type);
    }
  });

  test('fields of the wrong kind', async () => {
    const target = await shared.get();
    const past = Math.floor(Date.now() / 1000) - 1;
    const keyed = async (line, body, field) => {
      const reply = await ask(target, line, { as: 'ann', body });
      isFault(reply, 400, JSON.stringify(body));
      assert.equal(typeof reply.json.errors[field], 'string', reply.text);
    };
    for (const name of [undefined, null, '', '   ', 5, true, [], {}, 'x'.repeat(129)])
      await keyed('POST /users/7/accesstokens/create', { name }, 'name');
    for (const expiry of ['1893456000', 1.5, true, [], past, 0, -5, 1e17])
      await keyed('POST /users/7/accesstokens/create', { name: 'n', expiry }, 'expiry');
    for (const line of ['POST /users/7/addsite', 'POST /users/7/get-site-id'])
      for (const installation_identifier of [undefined, null, '', 5, [], {}])
        await keyed(line, { installation_identifier }, 'installation_identifier');
    for (const body of [
      {},
      { username: 'a@b' },
      { password: 'x' },
      { username: 5, password: 'x' },
      { username: 'a@b', password: 5 },
      { username: '', password: 'x' },
    ])
      isFault(await ask(target, 'POST /auth/login', { body }), 400, JSON.stringify(body));
    const { username, password } = vector.logins.ann;
    for (const more of [{ remember_me: 'yes' }, { sms_token: [] }, { sms_token: true }])
      isFault(
        await ask(target, 'POST /auth/login', { body: { username, password, ...more } }),
        400,
        JSON.stringify(more),
      );
    assert.deepEqual(
      (await ask(target, 'GET /users/7/accesstokens/list', { as: 'ann' })).json.tokens.filter(
        ({ name }) => name === 'n',
      ),
      [],
    );
    isFault(await ask(target, 'POST /auth/login', { body: `{"username":"${'x'.repeat(1 << 20)}"}` }), 413, 'too large');
  });
});

describe('VRM: log-in', () => {
  test('by address alone, in any letter case; everything else is refused alike', async () => {
    const target = await shared.get();
    const { password } = vector.logins.ann;
    const attempt = (username, password) => ask(target, 'POST /auth/login', { body: { username, password } });
    assert.equal((await attempt('ANN@Example.org', password)).json.idUser, 7);
    const texts = [];
    for (const [username, given] of [
      ['ann', password],
      ['ann@example.org', 'x'],
      ['nobody@example.org', password],
      ['ann@example.org', 'x'.repeat(2000)],
      ['x'.repeat(5000), 'x'],
      ['\u0000ann@example.org', password],
    ]) {
      const reply = await attempt(username, given);
      isFault(reply, 401, username.slice(0, 20));
      texts.push(reply.text);
    }
    assert.equal(new Set(texts).size, 1);
  });

  test('longer where it is to be remembered', async () => {
    const target = await shared.get();
    const life = async (body) => {
      const { json } = await ask(target, 'POST /auth/login', { body: { ...vector.logins.ann, ...body } });
      const { iat, exp } = JSON.parse(Buffer.from(json.token.split('.')[1], 'base64url').toString());
      return exp - iat;
    };
    assert.deepEqual(
      [await life({}), await life({ remember_me: true }), await life({ remember_me: null, x: 1 })],
      [86400, 2592000, 86400],
    );
  });

  test('a second factor: missing, wrong, once, and too often wrong', async (t) => {
    const target = await start(t);
    const { given } = target;
    const log = (more) =>
      ask(target, 'POST /auth/login', {
        body: { username: 'tia@example.org', password: given['tia password'], ...more },
      });
    for (const sms_token of [undefined, null, '', ' ']) {
      const { status, json } = await log({ sms_token });
      assert.deepEqual(
        [status, json],
        [200, { token: null, idUser: 10, verification_mode: 'totp', verification_sent: false, status: 'ok' }],
      );
    }
    const code = new TOTP({ secret: Secret.fromBase32(given['tia secret']) }).generate();
    isFault(await log({ sms_token: code, password: 'wrong' }), 401, 'the password first');
    isFault(await log({ sms_token: '000000x' }), 401, 'no code');
    assert.equal((await log({ sms_token: `${code.slice(0, 3)} ${code.slice(3)}` })).status, 200);
    isFault(await log({ sms_token: code }), 401, 'used before');
    for (let i = 0; i < 4; i += 1) isFault(await log({ sms_token: '12345' }), 401, 'wrong');
    const waiting = await log({ sms_token: '12345' });
    isFault(waiting, 429, 'too often');
    assert.match(waiting.headers['retry-after'], /^\d+$/);
    assert.equal((await log({})).json.token, null, 'the password alone still says that a code is needed');
  });

  test('log-out ends the one credential', async () => {
    const target = await shared.get();
    const [one, other] = [await logIn(target.url, vector.logins.bob), await logIn(target.url, vector.logins.bob)];
    const { json } = await ask(target, 'POST /users/me/accesstokens/create', {
      as: `Bearer ${one}`,
      body: { name: 'logged out' },
    });
    assert.deepEqual((await ask(target, 'GET /auth/logout', { as: `Bearer ${one}` })).json, { token: '' });
    isFault(await ask(target, 'GET /auth/logout', { as: `Bearer ${one}` }), 401, 'ended before');
    assert.equal((await ask(target, 'GET /users/me', { as: `Bearer ${other}` })).status, 200);
    assert.deepEqual((await ask(target, 'POST /auth/logout', { as: `Token ${json.token}` })).json, { token: '' });
    isFault(await ask(target, 'GET /users/me', { as: `Token ${json.token}` }), 401, 'the token is revoked');
    const { tokens } = (await ask(target, 'GET /users/8/accesstokens/list', { as: `Bearer ${other}` })).json;
    assert.ok(!tokens.some(({ name }) => name === 'logged out'));
  });

  test('the demo account makes nothing; there is none without a user 22 called demo', async (t) => {
    const target = await shared.get();
    const { json } = await ask(target, 'GET /auth/loginAsDemo');
    assert.equal(json.idUser, 22);
    const as = `Bearer ${json.token}`;
    isFault(await ask(target, 'POST /users/22/accesstokens/create', { as, body: { name: 'x' } }), 403, 'create');
    isFault(
      await ask(target, 'POST /users/22/addsite', { as, body: { installation_identifier: 'c0619ab00901' } }),
      403,
      'addsite',
    );
    const { records } = (await ask(target, 'GET /users/22/installations', { as })).json;
    assert.deepEqual(
      records.map(({ idSite, accessLevel, owner }) => [idSite, accessLevel, owner]),
      [[150, 0, true]],
    );
    const others = (world) => startWorld(t, { policy: 'vrm', world });
    const users = [
      [
        { id: 1, name: 'root', admin: true },
        { id: 22, name: 'ann' },
      ],
      [
        { id: 1, name: 'root', admin: true },
        { id: 22, name: 'demo', admin: true },
      ],
      [
        { id: 1, name: 'root', admin: true },
        { id: 21, name: 'demo' },
      ],
    ];
    for (const list of users)
      isFault(await ask(await others({ users: list }), 'GET /auth/loginAsDemo'), 400, JSON.stringify(list[1]));
    const off = await startWorld(t, {
      policy: 'vrm',
      world: { users: [{ id: 22, name: 'demo', groups: [] }] },
      set: ['vrm.demo=false'],
    });
    isFault(await ask(off, 'GET /auth/loginAsDemo'), 400, 'turned off');
  });
});

describe('VRM: limits', () => {
  test('by credential, or by address', async (t) => {
    const target = await start(t);
    const flood = async (as, count) => {
      let over = 0;
      for (let i = 0; i < count; i += 20) {
        const replies = await Promise.all(Array.from({ length: 20 }, () => ask(target, 'GET /users/me', { as })));
        over += replies.filter(({ status }) => status === 429).length;
      }
      return over;
    };
    await ask(target, 'GET /users/me', { as: 'ann' });
    await ask(target, 'GET /users/me', { as: 'bob' });
    assert.ok((await flood('ann', 260)) > 0);
    assert.equal((await ask(target, 'GET /users/me', { as: 'bob' })).status, 200, 'another credential');
    assert.ok((await flood('Token x', 260)) > 0, 'what does not hold counts by address');
    // Several, as some may be let through again by now.
    const nobodys = await Promise.all(Array.from({ length: 20 }, () => ask(target, 'GET /auth/loginAsDemo')));
    const refused = nobodys.find(({ status }) => status === 429);
    assert.ok(refused !== undefined, 'and so does who has none');
    isFault(refused, 429, 'and so does who has none');
  });

  test('and none where they are turned off', async (t) => {
    const users = [{ id: 1, name: 'root', email: 'root@example.org', password: 'password of root', admin: true }];
    const target = await startWorld(t, { policy: 'vrm', world: { users }, set: ['vrm.rateLimit=false'] });
    for (let i = 0; i < 15; i += 1) {
      const replies = await Promise.all(Array.from({ length: 20 }, () => ask(target, 'GET /users/me', { as: 'root' })));
      assert.ok(replies.every(({ status }) => status === 200));
    }
  });
});

test('VRM: nothing a client can send is a 5xx', async () => {
  const target = await shared.get();
  const { hostname, port } = new URL(target.url);
  const raw = (text) =>
    new Promise((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => socket.end(text));
      let got = '';
      socket
        .setEncoding('latin1')
        .on('data', (part) => (got += part))
        .on('close', () => resolve(got))
        .on('error', reject);
    });
  const head = `Host: ${hostname}:${port}\r\nConnection: close\r\n`;
  for (const line of [
    'GET /v2/users/%zz/installations',
    'GET /v2//',
    'GET /v2/%',
    'GET /v2/users/me?%',
    'TRACE /v2/users/me',
    'PROPFIND /v2/users/me',
    'GET /v2/users/me#x',
    'GET /v2/users/\\x/addsite',
    'GET /v2/../v2/users/me',
    `GET /v2/${'a'.repeat(6000)}`,
  ]) {
    const answer = await raw(`${line} HTTP/1.1\r\n${head}\r\n`);
    const status = Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);
    assert.ok(status >= 200 && status < 500, `${line}: ${answer.slice(0, 200)}`);
  }
  const odd = await raw(
    `POST /v2/users/7/addsite HTTP/1.1\r\n${head}x-authorization: \xff\xfe\r\nContent-Length: 2\r\n\r\n{}`,
  );
  assert.match(odd, /^HTTP\/1\.1 401/);
});

describe('VRM: values at their edges', () => {
  const create = (target, body) => ask(target, 'POST /users/7/accesstokens/create', { as: 'ann', body });

  test('a name is counted without the blanks around it, and compared with them', async () => {
    const target = await shared.get();
    const name = ` ${'z'.repeat(128)} `;
    assert.equal((await create(target, { name })).json.success, true);
    assert.equal((await create(target, { name: name.trim() })).json.success, true);
    assert.equal((await create(target, { name })).json.error_code, 'not_unique');
    for (const wrong of ['z'.repeat(129), '  ', 'a\u0007', 'a\u0000b', 'a\u007f']) {
      const reply = await create(target, { name: wrong });
      isFault(reply, 400, JSON.stringify(wrong));
      assert.deepEqual(Object.keys(reply.json.errors), ['name']);
    }
  });

  test('a site of more digits than any has is none of them', async () => {
    const target = await shared.get();
    for (const id of ['9'.repeat(60), '-5', '0']) {
      const { status, json } = await ask(target, `GET /users/7/installations?idSite=${id}`, { as: 'ann' });
      assert.deepEqual([status, json.records], [200, []], id);
    }
    for (const id of ['x', '1.0', '%2B101', '', '-']) {
      isFault(await ask(target, `GET /users/7/installations?idSite=${id}`, { as: 'ann' }), 400, id);
    }
  });

  test('an expiry is a whole number, however it is written', async () => {
    const target = await shared.get();
    assert.equal((await create(target, { name: 'float', expiry: 4102444800.5 })).status, 400);
    assert.equal((await create(target, { name: 'whole', expiry: 4102444800 })).json.success, true);
  });

  test('the last use of a token is told of each request, not of one in a while', async () => {
    const target = await shared.get();
    const { json } = await create(target, { name: 'used' });
    const as = `Token ${json.token}`;
    const lastSeen = async () => {
      const { json: list } = await ask(target, 'GET /users/7/accesstokens/list', { as });
      return list.tokens.find(({ idAccessToken }) => idAccessToken === json.idAccessToken).lastSeen;
    };
    const first = await lastSeen();
    await sleep(1100);
    assert.ok((await lastSeen()) > first);
  });

  test('the base itself is no route, and says so as the protocol does', async () => {
    const target = await shared.get();
    for (const path of ['', '/', '/nope']) isFault(await ask(target, `GET ${path}`, { as: 'ann' }), 404, path);
  });
});
