// Rules of the specification that its cases do not show: what is told first, the flag of old, log-ins over log-ins.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openDoorward } from './octoprint-doorward.mjs';
import { send } from './vector-http.mjs';

describe('OctoPrint: rules', () => {
  let server;
  before(async () => {
    server = await openDoorward({});
  });
  after(() => server.close());

  const ask = (line, body, { type = 'application/json', key = server.masterKey, headers = {} } = {}) => {
    const [method, path] = line.split(' ');
    return send(server.url + path, {
      method,
      headers: { ...(key && { 'X-Api-Key': key }), 'Content-Type': type, ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  };

  test('a body that is none is told before what there is not, and before what may not be changed', async () => {
    for (const line of [
      'PUT /api/access/groups/nope',
      'PUT /api/access/groups/admins',
      'PATCH /api/access/users/ghost/settings',
    ]) {
      assert.equal((await ask(line, '{bad')).status, 400, line);
      assert.equal((await ask(line, '{}', { type: 'text/plain' })).status, 415, line);
    }
    assert.equal((await ask('PUT /api/access/groups/nope', {})).status, 404);
    assert.equal((await ask('PUT /api/access/groups/admins', {})).status, 403);
    assert.equal((await ask('PATCH /api/access/users/ghost/settings', {})).status, 404);
    // Of users it is the other way round.
    assert.equal((await ask('PUT /api/access/users/ghost', '{bad')).status, 404);
  });

  test('the flag of old stands for two groups', async () => {
    const groupsOf = async (name) => (await ask(`GET /api/access/users/${name}`)).json.groups.toSorted();
    const user = { name: 'old', password: 'secret-1', active: true, admin: true, groups: [] };
    assert.equal((await ask('POST /api/users', user)).status, 200);
    assert.deepEqual(await groupsOf('old'), ['admins', 'users']);
    await ask('PUT /api/users/old', { active: true, admin: false, groups: [] });
    assert.deepEqual(await groupsOf('old'), []);
    await ask('PUT /api/users/old', { active: true, admin: true });
    assert.deepEqual(await groupsOf('old'), ['admins', 'users']);
    await ask('PUT /api/users/old', { active: true, admin: true, groups: ['readonly'] });
    assert.deepEqual(await groupsOf('old'), ['admins', 'readonly', 'users']);
  });

  test('name and password that are there count, whatever they are', async () => {
    const text = 'Neither user and pass attributes nor passive flag present';
    assert.deepEqual((await ask('POST /api/login', { user: 'x' })).json, { error: text });
    for (const body of [
      { user: null, pass: null, passive: true },
      { user: null, pass: 'x' },
      { user: 1, pass: 2 },
    ]) {
      assert.equal((await ask('POST /api/login', body)).status, 403, JSON.stringify(body));
    }
  });
});
