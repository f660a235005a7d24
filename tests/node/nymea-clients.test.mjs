// What clients in the field do, as the specification tells it: no registry has one that speaks to a plain listener, so
// their sequences and their spellings are driven by a raw connection.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Connection } from './nymea-connection.mjs';
import { run, start, transports, vector } from './nymea-runner.mjs';
import { check, fill } from './vector-match.mjs';

const { given } = vector;

/** One client writes these over many lines, with no newline at the end. */
async function pretty(connection, method, params, token) {
  const id = connection.log.length + 1;
  connection.write(JSON.stringify({ id, method, params, token }, undefined, 4));
  return connection.log[await connection.replyTo(id, method)];
}

async function plain(connection, method, params, token) {
  const reply = connection.log[await connection.replyTo(connection.request(method, params, token), method)];
  check(reply, { status: 'success' }, method);
  return reply.params;
}

const ann = { username: 'Ann', password: 'Annie123' };

async function firstStart(url) {
  const connection = await Connection.open(url);
  check(await plain(connection, 'JSONRPC.Hello', { locale: 'en_GB' }), { initialSetupRequired: true }, 'hello');
  check(await pretty(connection, 'JSONRPC.CreateUser', ann), { params: { error: 'UserErrorNoError' } }, 'set-up');
  const entered = await pretty(connection, 'JSONRPC.Authenticate', { ...ann, deviceName: 'Phone' });
  check(entered, { params: { success: true, token: '<token>', username: 'ann' } }, 'log-in');
  const { token } = entered.params;
  await plain(connection, 'JSONRPC.SetNotificationStatus', { namespaces: ['Users'] }, token);
  check(await plain(connection, 'Users.GetUsers', {}, token), { users: [{ username: 'ann' }] }, 'users');
  return { connection, token };
}

for (const transport of transports) {
  test(`the first start, and later ones, ${transport}`, async (t) => {
    const { urls } = await start(t);
    const { connection, token } = await firstStart(urls[transport]);
    connection.end();
    const later = await Connection.open(urls[transport]);
    t.after(() => later.end());
    const known = await plain(later, 'JSONRPC.Hello', {}, token);
    check(known, fill({ authenticated: true, username: 'ann', permissionScopes: '${ALL6}' }, given), 'hello');
    await plain(later, 'Users.ChangePassword', { newPassword: 'Annie1234' }, token);
    // A stored token that is no longer good: a hello without, then a log-in.
    check(await plain(later, 'JSONRPC.Hello', {}, 'bm9uc2Vuc2U='), { authenticated: false }, 'hello');
    await plain(later, 'JSONRPC.Hello', {});
    const again = { ...ann, password: 'Annie1234', deviceName: 'Phone' };
    const entered = await pretty(later, 'JSONRPC.Authenticate', again);
    check(entered, { params: { success: true } }, 'log-in');
    const { tokenInfoList } = await plain(later, 'Users.GetTokens', {}, entered.params.token);
    assert.deepEqual(
      tokenInfoList.map((info) => info.deviceName),
      ['Phone', 'Phone'],
    );
  });

  test(`a log-in by the button, ${transport}`, async (t) => {
    const { urls, control } = await start(t);
    await control({ do: 'nymea.agent', on: true });
    const connection = await Connection.open(urls[transport]);
    t.after(() => connection.end());
    check(await plain(connection, 'JSONRPC.Hello'), { pushButtonAuthAvailable: true }, 'hello');
    const asked = await pretty(connection, 'JSONRPC.RequestPushButtonAuth', { deviceName: 'Panel' });
    check(asked, { params: { success: true, transactionId: 1 } }, 'request');
    await control({ do: 'nymea.press' });
    await connection.until(() => connection.notifications().length >= 2, 'the button was pressed');
    const [{ params }] = connection.notifications();
    await plain(connection, 'Users.GetUsers', {}, params.token);
  });

  test(`what introspection says is what there is, ${transport}`, async (t) => {
    const { urls } = await start(t);
    const { connection, token } = await firstStart(urls[transport]);
    t.after(() => connection.end());
    const { methods, notifications, types, enums, flags } = await plain(connection, 'JSONRPC.Introspect', {}, token);
    const own = Object.keys(methods).filter((name) => name.startsWith('Users.'));
    assert.deepEqual(own.sort(), [
      ...['Users.ChangePassword', 'Users.ChangeUserPassword', 'Users.CreateUser', 'Users.GetTokens'],
      ...['Users.GetUserInfo', 'Users.GetUserTokens', 'Users.GetUsers', 'Users.RemoveToken', 'Users.RemoveUser'],
      ...['Users.SetUserInfo', 'Users.SetUserScopes'],
    ]);
    for (const name of ['UserAdded', 'UserChanged', 'UserRemoved', 'PushButtonAuthFinished'])
      assert.ok(`Users.${name}` in notifications, name);
    assert.deepEqual(enums.PermissionScope, ['PermissionScopeNone', ...given.ALL6]);
    assert.deepEqual(flags.PermissionScopes, ['$ref:PermissionScope']);
    assert.ok('UserInfo' in types && 'TokenInfoList' in types);
    for (const name of own) {
      const { params, permissionScope } = methods[name];
      assert.equal(permissionScope, name === 'Users.GetUserInfo' ? 'PermissionScopeNone' : 'PermissionScopeAdmin');
      const needed = Object.keys(params)
        .filter((key) => !/^(?:[rd]:)*o:/.test(key))
        .sort();
      const id = connection.request(name, needed.length === 0 ? { '!': 1 } : {}, token);
      const { error } = connection.log[await connection.replyTo(id, name)];
      const why = needed.length === 0 ? 'Invalid key: !' : `Missing required key: ${needed[0]}`;
      assert.ok(error.startsWith(`Invalid params: ${why} in ${name}, param `), error);
    }
  });

  test(`what a user may see comes and goes, ${transport}`, async (t) => {
    const carl = (allowedThingIds) => ({
      notification: 'Users.UserChanged',
      params: { userInfo: { username: 'carl', scopes: ['PermissionScopeControlThings'], allowedThingIds } },
    });
    const allow = (ids) => ({ username: 'carl', scopes: ['PermissionScopeControlThings'], allowedThingIds: ids });
    const steps = [
      { by: 'a', call: 'Users.CreateUser', params: { ...allow(['${T1}']), password: 'Carl1234' }, error: 'NoError' },
      { connect: 'c' },
      { by: 'c', call: 'JSONRPC.Hello', ok: {} },
      {
        by: 'c',
        call: 'JSONRPC.Authenticate',
        params: { username: 'carl', password: 'Carl1234', deviceName: 'dev-c' },
        ok: { success: true },
      },
      { check: 'n', notified: { n: [{ notification: 'Users.UserAdded' }] } },
      {
        by: 'a',
        call: 'Users.SetUserScopes',
        params: allow(['${T2}']),
        error: 'NoError',
        notified: {
          n: [carl(['${T2}'])],
          // Nothing that he enabled: these are his own things.
          c: [
            { notification: 'Integrations.ThingAdded', params: { thing: { id: '${T2}' } } },
            { notification: 'Integrations.ThingRemoved', params: { thingId: '${T1}' } },
          ],
        },
      },
      { remove: { kind: 'thing', id: '${T2}' }, notified: { n: [carl([])] } },
    ];
    await run({ start: 'AN', steps }, await start(t), transport);
  });
}
