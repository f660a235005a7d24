// Rules of the specification that its cases do not show: framing, the order of checks, values, deadlines, the brake.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from './nymea-connection.mjs';
import { start, startIn, transports } from './nymea-runner.mjs';
import { check } from './vector-match.mjs';

const admin = { username: 'admin', password: 'Admin123', deviceName: 'dev' };

/** A connection that has said hello, and asks by `ask`. */
async function greeted(t, url, token) {
  const connection = await Connection.open(url);
  t.after(() => connection.end());
  connection.token = token;
  connection.ask = async (method, params, ...other) => {
    const id = connection.request(method, params, ...(other.length > 0 ? other : [connection.token]));
    const place = await connection.replyTo(id, method);
    return place === -1 ? undefined : connection.log[place];
  };
  await connection.ask('JSONRPC.Hello');
  return connection;
}

async function logIn(t, url, who = admin) {
  const connection = await greeted(t, url);
  const { params } = await connection.ask('JSONRPC.Authenticate', who);
  assert.equal(params.success, true);
  connection.token = params.token;
  return connection;
}

const raw = async (connection, text, count) => {
  const had = connection.log.length;
  connection.write(text);
  await connection.until(() => connection.log.length >= had + count, text.slice(0, 60));
  await sleep(50);
  return connection.log.slice(had);
};

// All at once: some wait for ten seconds.
describe('nymea: rules', { concurrency: 16 }, () => {
  for (const transport of transports) {
    test(`framing, ${transport}`, async (t) => {
      const { urls } = await startIn(t, 'A');
      const a = await logIn(t, urls[transport]);
      const keep = (id, sessionId) =>
        JSON.stringify({ id, method: 'JSONRPC.KeepAlive', params: { sessionId }, token: a.token });

      const braces = await raw(a, `${keep(1, '}{"\\}{')}${keep(2, '\n')}  ${keep(3, 'é€😀')}`, 3);
      assert.deepEqual(
        braces.map(({ id, params }) => [id, params.sessionId]),
        [
          [1, '}{"\\}{'],
          [2, '\n'],
          [3, 'é€😀'],
        ],
      );
      // A raw newline in a text: answered, and all up to it is given up.
      const broken = await raw(a, `{"id":4,"method":"JSONRPC.Ke\nepAlive"}\n${keep(5, 'x')}`, 3);
      check(broken[0], { id: -1, status: 'error', error: { '<begins>': 'Failed to parse JSON data: ' } }, 'newline');
      check(broken.at(-1), { id: 5, status: 'success' }, 'behind it');
      for (const text of ['[1,2]\n', 'hello\n', '}\n', '"{"\n']) {
        const [reply] = await raw(a, text, 1);
        check(reply, { id: -1, status: 'error', error: { '<begins>': 'Failed to parse JSON data: ' } }, text);
      }
      const many = Array.from({ length: 200 }, (_, i) => keep(1000 + i, `${i}`)).join('\n');
      const replies = await raw(a, many, 200);
      assert.deepEqual(
        replies.map(({ id }) => id),
        Array.from({ length: 200 }, (_, i) => 1000 + i),
      );
      // One message of nearly 1 MiB, in parts.
      const long = keep(6, 'l'.repeat(1_048_000));
      a.write(long.slice(0, 400_000));
      await sleep(20);
      const [large] = await raw(a, long.slice(400_000), 1);
      assert.equal(large.params.sessionId.length, 1_048_000);
      const over = `{"id":7,"x":"${'l'.repeat(1_048_570)}"`;
      a.write(over);
      await a.isClosed('over 1 MiB');
      if (transport === 'TCP') return;
      const b = await logIn(t, urls[transport]);
      b.binary(keep(1, 'x'));
      await sleep(100);
      assert.equal(b.closed, false);
      check(await b.ask('JSONRPC.KeepAlive', { sessionId: 'y' }), { status: 'success' }, 'a binary frame is ignored');
    });

    test(`the order of checks, and values, ${transport}`, async (t) => {
      const { urls } = await startIn(t, 'AB');
      const a = await logIn(t, urls[transport]);
      const bob = { username: 'bob', password: 'Bobby123', deviceName: 'dev' };
      const b = await logIn(t, urls[transport], bob);
      const error = async (connection, method, params) => (await connection.ask(method, params)).error;
      const denied = 'Permission denied.';
      assert.equal(await error(b, 'Users.RemoveUser', {}), denied);
      assert.equal(await error(b, 'Foo.Bar'), denied);
      assert.equal(await error(b, 'JSONRPC.Nope'), denied);
      assert.equal(await error(a, 'users.GetUsers'), 'No such namespace');
      assert.equal(await error(a, 'Users.getUsers'), 'No such method');
      assert.equal(await error(a, '.'), 'No such namespace');
      const where = 'in Users.CreateUser, param';
      const given = { username: 'carl', password: 'Carl1234' };
      for (const [params, text] of [
        [{}, `Missing required key: password ${where} password`],
        [{ username: 'x', zzz: 1 }, `Missing required key: password ${where} password`],
        [{ ...given, scopes: ['Nope'], aaa: 1 }, `Invalid key: aaa ${where} `],
        [
          { ...given, scopes: ['Nope'], zzz: 1 },
          `Expected enum value for PermissionScope but got Nope ${where} scopes.`,
        ],
        [
          { ...given, scopes: ['permissionscopeadmin'] },
          `Expected enum value for PermissionScope but got permissionscopeadmin ${where} scopes.`,
        ],
      ]) {
        assert.equal(await error(a, 'Users.CreateUser', params), `Invalid params: ${text}`);
      }
      const [noObject] = await raw(
        a,
        JSON.stringify({ id: 1, method: 'Users.GetUserInfo', params: [1], token: a.token }),
        1,
      );
      check(noObject, { status: 'success', params: { error: 'UserErrorNoError' } }, 'parameters that are no object');
      for (const [text, reply] of [
        ['{"id":null,"method":"A.b"}', { id: 0, error: "Error parsing command. Missing 'id'" }],
        ['{"id":"x"}', { id: 0, error: "Error parsing command. Missing 'id'" }],
        [
          '{"id":3,"method":"A.b.c"}',
          { id: 3, error: "Error parsing method. Got: 'A.b.c'', Expected: 'Namespace.method'" },
        ],
      ]) {
        check((await raw(a, text, 1))[0], { status: 'error', ...reply }, text);
      }
      const outcome = async (connection, method, params) => (await connection.ask(method, params)).params?.error;
      // Numbers become text.
      assert.equal(await outcome(a, 'Users.CreateUser', { username: 12345, password: 'Carl1234' }), 'UserErrorNoError');
      assert.equal(
        await outcome(a, 'Users.CreateUser', { username: 'ÄÖ abc', password: 'Carl1234' }),
        'UserErrorNoError',
      );
      assert.equal(await outcome(a, 'Users.RemoveUser', { username: 'äö ABC' }), 'UserErrorNoError');
      assert.equal(
        await outcome(a, 'Users.ChangeUserPassword', { username: 'ghost', newPassword: 'weak' }),
        'UserErrorBadPassword',
      );
      assert.equal(
        await outcome(a, 'Users.ChangeUserPassword', { username: 'x', newPassword: 'weak' }),
        'UserErrorInvalidUserId',
      );
      assert.equal(await outcome(a, 'Users.RemoveUser', { username: 'x' }), 'UserErrorInvalidUserId');
      assert.equal(await outcome(a, 'Users.RemoveUser', { username: 'x'.repeat(100_000) }), 'UserErrorInvalidUserId');
      assert.equal(
        await outcome(a, 'Users.RemoveUser', { username: "'; drop table users; --" }),
        'UserErrorInvalidUserId',
      );
      assert.equal(
        await outcome(a, 'Users.SetUserScopes', { username: 'ghost', scopes: ['PermissionScopeExecuteRules'] }),
        'UserErrorInconsistantScopes',
      );
      assert.equal(
        await outcome(a, 'Users.SetUserScopes', {
          username: 'BOB',
          scopes: ['PermissionScopeControlThings', 'PermissionScopeControlThings', 'PermissionScopeNone'],
        }),
        'UserErrorNoError',
      );
      check((await b.ask('Users.GetUserInfo')).params.userInfo.scopes, ['PermissionScopeControlThings'], 'scopes');
      assert.equal(await outcome(a, 'Users.SetUserInfo', { username: 'BOB', displayName: '' }), 'UserErrorNoError');
      const list = await a.ask('Users.GetUserTokens', { username: 'BOB' });
      assert.equal(list.params.tokenInfoList.length, 2);
      const tokenId = list.params.tokenInfoList[1].id;
      assert.equal(
        await outcome(a, 'Users.RemoveToken', { tokenId: `{${tokenId.toUpperCase()}}` }),
        'UserErrorNoError',
      );
      assert.match(
        await error(a, 'Users.RemoveToken', { tokenId: 'x' }),
        /^Invalid params: Invalid Uuid: x in Users.RemoveToken, param tokenId\.$/,
      );
      // The own account's tokens, by another's hand: the reply still arrives.
      assert.equal(
        await outcome(a, 'Users.ChangeUserPassword', { username: 'ADMIN', newPassword: 'Admin1234' }),
        'UserErrorNoError',
      );
      check(await a.ask('Users.GetUsers'), { status: 'unauthorized', error: 'Forbidden: Invalid token.' }, 'ended');
      await a.isClosed('the own token');
    });

    test(`what a change tells, and to whom, ${transport}`, async (t) => {
      const { urls } = await startIn(t, 'A');
      const a = await logIn(t, urls[transport]);
      await a.ask('JSONRPC.SetNotificationStatus', { enabled: true });
      const told = [];
      const watch = async (method, params) => {
        const had = a.log.length;
        await a.ask(method, params);
        const news = a.log.slice(had);
        assert.ok(!('notification' in news.at(-1)), `${method}: the reply comes last`);
        told.push(
          news
            .slice(0, -1)
            .map(({ notification, params }) => [notification, params.userInfo?.username ?? params.username]),
        );
      };
      await watch('JSONRPC.CreateUser', { username: 'Dora', password: 'Dora1234' });
      await watch('Users.SetUserInfo', {});
      await watch('Users.SetUserScopes', { username: 'DORA', scopes: [] });
      await watch('Users.SetUserScopes', { username: 'dora', scopes: [] });
      await watch('Users.ChangeUserPassword', { username: 'dora', newPassword: 'Dora12345' });
      await watch('Users.RemoveUser', { username: 'DoRa' });
      assert.deepEqual(told, [
        [['Users.UserAdded', 'dora']],
        [['Users.UserChanged', 'admin']],
        [['Users.UserChanged', 'dora']],
        [['Users.UserChanged', 'dora']],
        [],
        [['Users.UserRemoved', 'dora']],
      ]);
      // One more each time, from 0: also for what nobody heard.
      const ids = a.notifications().map(({ id }) => id);
      assert.deepEqual(
        ids,
        ids.map((_, i) => ids[0] + i),
      );
      await a.ask('JSONRPC.Hello');
      await watch('Users.SetUserInfo', { email: 'e' });
      assert.equal(told.at(-1).length, 1, 'what was chosen outlives a hello');
      // The last one goes, and the initial setup is back.
      const last = await a.ask('Users.RemoveUser', { username: 'admin' });
      check(last.params, { error: 'UserErrorNoError' }, 'the last user');
      check((await a.ask('JSONRPC.Hello', undefined, undefined)).params, { initialSetupRequired: true }, 'setup');
      check(await a.ask('JSONRPC.CreateUser', admin, undefined), { status: 'error' }, 'an undeclared key');
      const { deviceName: _, ...first } = admin;
      check((await a.ask('JSONRPC.CreateUser', first, undefined)).params, { error: 'UserErrorNoError' }, 'anew');
    });

    test(`lockdown: which failures, and who is hit, ${transport}`, async (t) => {
      const { urls } = await startIn(t, 'A');
      const url = urls[transport];
      const a = await logIn(t, url);
      const x = await greeted(t, url);
      const y = await greeted(t, url);
      check((await x.ask('JSONRPC.Hello', undefined, 'not a token!')).params, { authenticated: false }, 'bad token');
      await x.staysOpen('the first failure');
      check(await a.ask('JSONRPC.KeepAlive', { sessionId: 's' }), { status: 'success' }, 'who is there');
      for (const one of [url, urls.open]) {
        const late = await Connection.open(one);
        if (!late.closed) late.request('JSONRPC.Hello');
        await late.isClosed('a new connection');
        assert.deepEqual(late.log, []);
      }
      await y.ask('JSONRPC.Authenticate', { username: '', password: '', deviceName: '' });
      await y.isClosed('the second failure, on another connection');
      check(
        (await a.ask('Users.CreateUser', { username: 'x', password: '' })).params,
        { error: 'UserErrorInvalidUserId' },
        'no guess',
      );
      await sleep(3100);
      const z = await greeted(t, url);
      // Names and passwords of any length are guesses.
      for (const who of [{ username: 'n'.repeat(50_000) }, { password: 'p'.repeat(50_000) }]) {
        const guesser = await greeted(t, url);
        check(
          (await guesser.ask('JSONRPC.Authenticate', { ...admin, ...who })).params,
          { success: false },
          'a long guess',
        );
        const next = await Connection.open(url);
        if (!next.closed) next.request('JSONRPC.Hello');
        await next.isClosed('lockdown by a long guess');
        await sleep(3100);
      }
      check(await z.ask('JSONRPC.Authenticate', admin), { params: { success: true } }, 'an old connection');
    });

    test(`a connection that says nothing is closed after 10 s, ${transport}`, async (t) => {
      const { urls } = await start(t);
      const begun = Date.now();
      const silent = await Connection.open(urls[transport]);
      const half = await Connection.open(urls[transport]);
      t.after(() => [silent, half].forEach((one) => one.end()));
      half.write('{"id":1,');
      const patient = await greeted(t, urls[transport]);
      await sleep(9000);
      assert.ok(!silent.closed && !half.closed);
      await silent.isClosed('the deadline');
      await half.isClosed('the deadline');
      assert.ok(Date.now() - begun < 11_500);
      await patient.staysOpen('who has said hello');
      assert.deepEqual(silent.log, []);
    });
  }

  test('a listener without authentication: the caller where there is one, anybody else otherwise', async (t) => {
    const { urls } = await startIn(t, 'AB');
    const x = await greeted(t, urls.open);
    const none = { params: { error: 'UserErrorPermissionDenied', userInfo: '<absent>', tokenInfoList: '<absent>' } };
    for (const [method, params] of [
      ['Users.ChangePassword', { newPassword: 'Fresh123' }],
      ['Users.ChangeUserPassword', { username: 'bob', newPassword: 'Fresh123' }],
      ['Users.GetUserInfo'],
      ['Users.GetTokens'],
      ['Users.GetUserTokens', { username: 'bob' }],
      ['Users.RemoveToken', { tokenId: '99999999-9999-4999-8999-999999999999' }],
      ['Users.SetUserInfo', { displayName: 'x' }],
    ]) {
      check(await x.ask(method, params), none, method);
    }
    check(await x.ask('Users.Nope'), { error: 'No such method' }, 'unknown');
    check(await x.ask('JSONRPC.Version'), { status: 'success' }, 'version');
    const scopes = ['PermissionScopeControlThings'];
    check(
      await x.ask('Users.SetUserScopes', { username: 'bob', scopes }),
      { params: { error: 'UserErrorNoError' } },
      'scopes',
    );
    const bob = { username: 'bob', password: 'Bobby123', deviceName: 'd' };
    x.token = (await x.ask('JSONRPC.Authenticate', bob)).params.token;
    check(
      await x.ask('Users.SetUserInfo', { displayName: 'Bob' }),
      { params: { error: 'UserErrorNoError' } },
      'himself',
    );
    check(await x.ask('Users.SetUserInfo', { username: 'admin', email: 'x' }), none, 'another');
    check(await x.ask('Users.SetUserInfo', { username: 'ghost', email: 'x' }), none, 'nobody');
    check(
      await x.ask('Users.ChangePassword', { newPassword: 'Bobby1234' }),
      { params: { error: 'UserErrorNoError' } },
      'password',
    );
    check(await x.ask('Users.GetTokens'), { params: { tokenInfoList: { '<length>': 2 } } }, 'tokens');
    const first = await Connection.open(urls.open);
    t.after(() => first.end());
    first.request('Users.GetUsers');
    await first.isClosed('no hello');
    check(first.log, [{ error: 'Handshake required. Call JSONRPC.Hello first.' }], 'no hello');
  });

  for (const transport of transports) {
    test(`before the greeting, and its locale, ${transport}`, async (t) => {
      const { urls } = await startIn(t, 'A');
      for (const [method, told] of [
        ['JSONRPC.RequestPushButtonAuth', 'Invalid params: '],
        ['Foo', 'Error parsing method. '],
      ]) {
        const x = await Connection.open(urls[transport]);
        t.after(() => x.end());
        x.request(method, {});
        await x.isClosed(method);
        check(x.log[0], { status: 'error', error: { '<begins>': told } }, method);
      }
      const a = await greeted(t, urls[transport]);
      const locale = async (params) => (await a.ask('JSONRPC.Hello', params)).params.locale;
      assert.equal(await locale(), 'en_US');
      assert.equal(await locale({ locale: 'xx_YY' }), 'C');
      assert.equal(await locale({ locale: 'fr_FR' }), 'fr_FR');
      assert.equal(await locale(), 'fr_FR', 'the connection keeps it');
    });

    test(`things are kept in their order, and devices say their names, ${transport}`, async (t) => {
      const { urls } = await startIn(t, 'AB');
      const a = await logIn(t, urls[transport]);
      const [first, second] = ['22222222-2222-4222-8222-222222222222', '11111111-1111-4111-8111-111111111111'];
      const scopes = ['PermissionScopeControlThings'];
      for (const ids of [
        [first, second],
        [second, first],
        [first, second, first],
      ]) {
        await a.ask('Users.SetUserScopes', { username: 'bob', scopes, allowedThingIds: ids });
        const { params } = await a.ask('Users.GetUsers');
        const bob = params.users.find(({ username }) => username === 'bob');
        assert.deepEqual(bob.allowedThingIds, [...new Set(ids)]);
      }
      const deviceName = `${'x'.repeat(200)}\n\ty`;
      const b = await logIn(t, urls[transport], { ...admin, deviceName });
      const { params } = await b.ask('Users.GetTokens');
      assert.ok(params.tokenInfoList.some((token) => token.deviceName === deviceName));
    });
  }
});
