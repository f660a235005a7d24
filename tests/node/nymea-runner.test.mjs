// The runner of the nymea cases, on a server that does right and on servers that do wrong.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startFake } from './nymea-fake.mjs';
import { perform, transports } from './nymea-runner.mjs';

const logIn = (name) => [
  { connect: name },
  { by: name, call: 'JSONRPC.Hello', ok: { authenticated: false } },
  {
    by: name,
    call: 'JSONRPC.Authenticate',
    params: { password: 'right' },
    ok: { success: true, token: '<token>' },
    keep: { T: '/token' },
  },
];
const subscribe = (name) => ({ by: name, call: 'JSONRPC.SetNotificationStatus', ok: { enabled: true } });
const changed = { notification: 'Users.UserChanged', params: { userInfo: { username: 'admin' } } };
const change = (by, notified) => ({ by, call: 'Users.SetUserInfo', error: 'NoError', notified });

for (const transport of transports) {
  const fake = async (t, faults) => {
    const target = await startFake(t, faults);
    return (...steps) => perform(steps.flat(), target, transport);
  };

  test(`calls, bound tokens, notifications and closing, ${transport}`, async (t) => {
    const steps = await fake(t);
    await steps(
      logIn('a'),
      { by: 'a', call: 'JSONRPC.Hello', ok: { authenticated: true }, open: ['a'] },
      logIn('b'),
      subscribe('b'),
      change('a', { a: [], b: [changed] }),
      change('b', { a: [], b: [changed] }),
      { by: 'a', raw: ['{"id":5,"method":"JSONRPC.Hello"}\n'], replies: [{ id: 5, status: 'success' }] },
      { by: 'a', call: 'Users.Forbidden', unauth: 'Forbidden: Invalid token.', closed: ['a'], open: ['b'] },
      { by: 'a', call: 'Users.Forbidden', unauth: 'Forbidden: Invalid token.', optional: true },
    );
  });

  test(`what a server does wrong is seen, ${transport}`, async (t) => {
    const steps = await fake(t);
    const wrong = [
      [{ by: 'a', call: 'JSONRPC.Hello', ok: { server: 'nymea' } }, /server: is not "nymea"/],
      [{ by: 'a', call: 'JSONRPC.Hello', err: 'Permission denied.' }, /status: is not "error"/],
      [{ by: 'a', call: 'JSONRPC.Hello', ok: {}, keep: { x: '/nothing' } }, /\/nothing/],
      [{ by: 'a', call: 'Users.Forbidden', unauth: 'Forbidden: Invalid token.', open: ['a'] }, /has closed/],
      [{ connect: 'x', refused: true }, /not closed|it was answered/],
      [change('a', { a: [changed] }), /not before the reply/],
      [[subscribe('a'), change('a', { a: [] })], /has 1 elements, wanted 0/],
    ];
    await Promise.all(wrong.map(([step, why]) => assert.rejects(steps(logIn('a'), step), why)));
  });

  test(`a notification that is missing or late is seen, ${transport}`, async (t) => {
    const scene = [logIn('a'), subscribe('a'), change('a', { a: [changed] })];
    await assert.rejects((await fake(t, { silent: true }))(...scene), /not before the reply/);
    await assert.rejects((await fake(t, { late: true }))(...scene), /not before the reply/);
  });
}
