// The clients that others wrote for DeviceHive, each through the life of a user, a network, a device type and a token.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import DeviceHive from 'devicehive';
import { base, start } from './devicehive-runner.mjs';
import { inPython } from './python-client.mjs';

const { DeviceType, Network, User, UserToken, query } = DeviceHive.models;

test('the Python client from PyPI', async (t) => {
  const python = await inPython(t, 'devicehive');
  if (python === undefined) return;
  const { url } = await start(t);
  const requests = await python('devicehive_life.py', [url + base]);
  assert.ok(requests.length > 50);
  // Nobody sends this by mistake; the faces have to take it.
  assert.ok(requests.every(({ headers }) => headers['content-type'] === undefined));
});

/** The client rejects with the server's text alone. */
const refused = (call, message) =>
  assert.rejects(call, (error) => {
    assert.equal(error, message);
    return true;
  });

const ids = (list) => list.map((one) => one.id);

async function connected(t, url, credentials) {
  const client = new DeviceHive({ mainServiceURL: url, authServiceURL: url, pluginServiceURL: url });
  t.after(() => client.disconnect());
  return client.connect(credentials);
}

async function lifeOfNetwork(client) {
  const { id } = await client.network.insert(new Network({ name: 'js-network', description: 'made by JavaScript' }));
  assert.deepEqual(ids(await client.network.list(new query.NetworkListQuery({ namePattern: 'js-%' }))), [id]);
  assert.deepEqual(await client.network.count(new query.NetworkCountQuery({ name: 'js-network' })), { count: 1 });
  await client.network.update(new Network({ id, description: 'changed' }));
  const { name, description } = await client.network.get(id);
  assert.deepEqual([name, description], ['js-network', 'changed']);
  await refused(
    client.network.insert(new Network({ name: 'js-network' })),
    'Network cannot be created. Network with such name already exists',
  );
  return id;
}

async function lifeOfDeviceType(client) {
  const { id } = await client.deviceType.insert(new DeviceType({ name: 'js-type', description: 'made by JavaScript' }));
  assert.deepEqual(ids(await client.deviceType.list(new query.DeviceTypeListQuery({ name: 'js-type' }))), [id]);
  assert.deepEqual(await client.deviceType.count(new query.DeviceTypeCountQuery({ name: 'js-type' })), { count: 1 });
  await client.deviceType.update(new DeviceType({ id, name: 'js-type-2' }));
  assert.equal((await client.deviceType.get(id)).name, 'js-type-2');
  return id;
}

async function associate({ user }, id, networkId, typeId) {
  await user.assignNetwork(id, networkId);
  assert.equal((await user.getNetwork(id, networkId)).network.id, networkId);
  assert.deepEqual(ids((await user.get(id)).networks), [networkId]);
  assert.deepEqual(await user.getDeviceTypes(id), []);
  await user.assignDeviceType(id, typeId);
  assert.equal((await user.getDeviceType(id, typeId)).deviceType.id, typeId);
  await user.unassignDeviceType(id, typeId);
  await user.assignAllDeviceTypes(id);
  assert.ok(ids(await user.getDeviceTypes(id)).includes(typeId));
  await user.unassignAllDeviceTypes(id);
  assert.deepEqual(await user.getDeviceTypes(id), []);
}

async function lifeOfToken(t, url, client, userId) {
  const make = (more) => client.token.createUserToken(new UserToken({ userId, actions: ['GetCurrentUser'], ...more }));
  const { accessToken, refreshToken } = await make();
  assert.deepEqual(Object.keys(await client.token.refresh(refreshToken)), ['accessToken']);
  const narrow = new DeviceHive({ mainServiceURL: url, authServiceURL: url, autoUpdateSession: false, accessToken });
  t.after(() => narrow.disconnect());
  await narrow.connect();
  assert.equal((await narrow.user.getCurrent()).id, userId);
  await refused(narrow.user.count(), 'Access is denied');
  // The client knows this one text, and asks for a new token.
  const all = { userId: 1, actions: ['*'], networkIds: ['*'], deviceTypeIds: ['*'] };
  const past = await client.token.createUserToken(new UserToken({ ...all, expiration: '2018-01-01T00:00:00' }));
  await client.strategy.authorize(past.accessToken);
  assert.equal((await client.user.getCurrent()).login, 'dhadmin');
}

test('the JavaScript client from npm, over HTTP', async (t) => {
  const server = await start(t);
  const url = server.url + base;
  const client = await connected(t, url, { login: 'dhadmin', password: 'dhadmin_#911' });
  assert.ok((await client.info.getServerInfo()).apiVersion);
  const network = await lifeOfNetwork(client);
  const type = await lifeOfDeviceType(client);

  const made = { login: 'js-user', password: 'js-password', role: 1, status: 0, data: { k: 'v' } };
  const { id } = await client.user.insert(new User({ ...made, allDeviceTypesAvailable: false }));
  assert.deepEqual(ids(await client.user.list(new query.UserListQuery({ loginPattern: 'js-%', take: 5 }))), [id]);
  assert.deepEqual(await client.user.count(new query.UserCountQuery({ login: 'js-user' })), { count: 1 });
  await associate(client, id, network, type);
  // What was read is sent back whole, with fields that are none.
  await client.user.update(new User({ ...(await client.user.get(id)), data: { k: 2 } }));
  assert.deepEqual((await client.user.get(id)).data, { k: 2 });

  const own = await connected(t, url, { login: 'js-user', password: 'js-password' });
  assert.equal((await own.user.getCurrent()).id, id);
  await own.user.updateCurrent(new User({ data: { mine: true }, introReviewed: true }));
  assert.deepEqual((await own.user.get(id)).data, { mine: true });
  assert.deepEqual(ids(await own.network.list()), [network]);
  await refused(own.user.list(), 'Access is denied');
  await refused(own.user.updateCurrent(new User({ role: 0 })), 'Admin permissions required for this action');

  await lifeOfToken(t, url, client, id);
  await client.user.update(new User({ id, status: 2 }));
  await refused(own.user.getCurrent(), 'Unauthorized');
  await client.user.unassignNetwork(id, network);
  await client.user.delete(id);
  await refused(client.user.get(id), `User with id = ${id} not found`);
  await client.network.delete(new query.NetworkDeleteQuery({ networkId: network, force: true }));
  await client.deviceType.delete(new query.DeviceTypeDeleteQuery({ deviceTypeId: type }));
  await refused(client.network.get(network), `Network with id = ${network} not found`);
  await refused(client.deviceType.get(type), `Device type with id = ${type} not found`);
});
