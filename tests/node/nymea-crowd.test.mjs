// A thousand connections on one server, each authenticated and subscribed: one change reaches all.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Connection } from './nymea-connection.mjs';
import { startIn, transports } from './nymea-runner.mjs';

const count = 1000;

async function ask(connection, method, params, token) {
  const place = await connection.replyTo(connection.request(method, params, token), method);
  assert.notEqual(place, -1, `${method}: closed`);
  return connection.log[place].params;
}

test(`${count} connections hear of one change, once each`, { timeout: 120_000 }, async (t) => {
  const { urls } = await startIn(t, 'A');
  const first = await Connection.open(urls.TCP);
  t.after(() => first.end());
  await ask(first, 'JSONRPC.Hello');
  const { token } = await ask(first, 'JSONRPC.Authenticate', {
    username: 'admin',
    password: 'Admin123',
    deviceName: 'first',
  });
  const crowd = [];
  t.after(() => crowd.forEach((one) => one.end()));
  const join = async (at) => {
    const one = await Connection.open(urls[transports[at % 2]]);
    crowd.push(one);
    assert.equal((await ask(one, 'JSONRPC.Hello', undefined, token)).authenticated, true);
    assert.equal((await ask(one, 'JSONRPC.SetNotificationStatus', { enabled: true }, token)).enabled, true);
  };
  for (let at = 0; at < count; at += 50) await Promise.all(Array.from({ length: 50 }, (_, i) => join(at + i)));
  assert.equal(crowd.length, count);
  await ask(first, 'Users.SetUserInfo', { email: 'to@all' }, token);
  await Promise.all(crowd.map((one) => one.until(() => one.notifications().length > 0, 'the change')));
  // And everybody is still served, and was told once.
  await Promise.all(crowd.map((one) => ask(one, 'JSONRPC.KeepAlive', { sessionId: 's' }, token)));
  const told = new Set(crowd.flatMap((one) => one.notifications()).map((one) => JSON.stringify(one)));
  assert.equal(told.size, 1);
  assert.equal(crowd.flatMap((one) => one.notifications()).length, count);
  assert.match([...told][0], /"Users\.UserChanged".*"to@all"/);
});
