// Rules of the specification that its cases do not show: what is told first, and what is looked at where.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { base, start, vector } from './devicehive-runner.mjs';
import { send } from './vector-http.mjs';

const password = 'Password can contain only from 6 to 128 symbols!';
const taken = 'User with such login already exists. Please, select another one';
const admins = 'Admin permissions required for this action';
const parameters = 'Invalid request parameters';
const own = 'You can not delete a user or access key that you use to authenticate this request';
const violations =
  'Error! Make sure, that the passed object is correct and properly structured. Validation failed: \nOn property ';
const long = 'p'.repeat(129);

/** A server, and what asks it: `ask(who, 'GET /user', body)` gives the status, and the body or an error's message. */
async function house(t) {
  const { url } = await start(t);
  const tokens = {};
  const ask = async (who, request, body) => {
    const [method, path] = request.split(' ');
    const reply = await send(`${url}${base}${path}`, {
      method,
      headers: { 'Content-Type': 'application/json', ...(who && { Authorization: `Bearer ${tokens[who]}` }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return [reply.status, reply.json?.message ?? reply.json];
  };
  for (const [who, login] of Object.entries({ admin: 'A', cli: 'C' })) {
    const [, { accessToken }] = await ask(undefined, 'POST /token', vector.logins[login]);
    tokens[who] = accessToken;
  }
  const grant = async (who, userId, rights) => {
    const [status, { accessToken }] = await ask('admin', 'POST /token/create', { userId, ...rights });
    assert.equal(status, 201);
    tokens[who] = accessToken;
  };
  const table = async (who, rows) => {
    for (const [request, body, status, told] of rows) {
      const [came, message] = await ask(who, request, body);
      const what = `${who}: ${request} ${JSON.stringify(body)}`;
      assert.equal(came, status, `${what}: ${JSON.stringify(message)}`);
      if (typeof told === 'string') assert.ok(String(message).startsWith(told), `${what}: ${message}`);
      else if (told !== undefined) assert.deepEqual(message, told, what);
    }
  };
  return { ask, grant, table };
}

test('a count takes the filters of its list and ignores how that would be cut and sorted', async (t) => {
  const { table } = await house(t);
  const all = { count: 4 };
  await table('admin', [
    ['GET /user/count?take=0', undefined, 200, all],
    ['GET /user/count?take=-1&skip=x&sortField=bad&sortOrder=bad', undefined, 200, all],
    ['GET /user/count?role=0', undefined, 200, { count: 1 }],
    ['GET /user/count?role=x', undefined, 400, parameters],
    ['GET /user?take=x', undefined, 400, parameters],
    ['GET /network/count?take=-1&sortField=bad', undefined, 200, { count: 2 }],
    ['GET /network?role=x&status=y&take=0', undefined, 200, []],
  ]);
});

test('an update is looked at step by step: the old password, the login, the password, the numbers', async (t) => {
  const { ask, table } = await house(t);
  const before = await ask('admin', 'GET /user/11');
  await table('admin', [
    ['PUT /user/11', { login: 'bob', password: '12345' }, 403, taken],
    ['PUT /user/11', { login: 'ab', password: '12345' }, 400, 'Field cannot be empty'],
    ['PUT /user/11', { login: 'bob', status: 3, role: 2 }, 403, taken],
    ['PUT /user/11', { password: 'newpw123', oldPassword: 'bad', role: 7 }, 403, 'Invalid credentials'],
    ['PUT /user/11', { password: '12345', role: 2 }, 400, password],
    ['PUT /user/11', { password: long, oldPassword: 'bad' }, 403, 'Invalid credentials'],
    ['PUT /user/11', { role: 2, status: 3 }, 400, `${violations}role (value: 2)`],
    ['PUT /user/11', { data: [] }, 400, "'parameters' must be JSON Object!"],
    ['PUT /user/999', { role: 'x' }, 400, parameters],
    ['PUT /user/999', [], 400, parameters],
    ['PUT /user/999', {}, 404, 'User with id = 999 not found'],
    ['PUT /network/999', [], 400, parameters],
  ]);
  await table('cli', [
    ['PUT /user/current', { password: long }, 403, 'Old password is required!'],
    ['PUT /user/current', { password: long, oldPassword: 'wrong' }, 403, 'Invalid credentials'],
    ['PUT /user/current', { data: 'x', password: 'goodpw1' }, 403, 'Old password is required!'],
    ['PUT /user/current', { login: [] }, 400, parameters],
  ]);
  assert.deepEqual(await ask('admin', 'GET /user/11'), before, 'what was refused has changed nothing');
  await table('admin', [['PUT /user/11', { login: `   cli   ${' '.repeat(130)}` }, 204]]);
});

test('every violation has a line of its own, with what was sent but for passwords', async (t) => {
  const { ask } = await house(t);
  const sent = { login: 'l'.repeat(129), role: 5, status: 9, password: `${long}secret` };
  const [status, message] = await ask('admin', 'POST /user', sent);
  assert.equal(status, 400);
  const lines = message.split('\n');
  assert.equal(lines.filter((line) => line.startsWith('On property ')).length, 4);
  assert.ok(message.includes('On property role (value: 5)') && !message.includes('secret'));
  const [, places] = await ask('admin', 'POST /network', { name: long, description: long });
  assert.equal(places.split('\n').filter((line) => line.startsWith('On property ')).length, 2);
});

test('a number that no id can be is one that nobody has', async (t) => {
  const { table } = await house(t);
  await table('admin', [
    ['GET /user/-1', undefined, 404, 'User with id = -1 not found'],
    ['DELETE /user/-1', undefined, 404, 'User with id = -1 not found'],
    ['GET /network/-1', undefined, 404, 'Network with id = -1 not found'],
    ['GET /user/1.0', undefined, 404, 'HTTP 404 Not Found'],
  ]);
  await table('cli', [
    ['GET /user/-1', undefined, 403, 'User with id = -1 not found'],
    ['PUT /user/-1', {}, 403, admins],
  ]);
});

test('what a client with a token that holds more may do', async (t) => {
  const { grant, table } = await house(t);
  const everything = { actions: ['*'], networkIds: ['*'], deviceTypeIds: ['*'] };
  await grant('strong', 11, everything);
  await table('strong', [
    ['GET /user/count', undefined, 200, { count: 4 }],
    ['GET /user?take=0', undefined, 200, []],
    ['POST /user', { login: 'new', password: 'new-pw-1', role: 1 }, 403, admins],
    ['PUT /user/12', {}, 403, admins],
    ['DELETE /user/11', undefined, 403, own],
    ['DELETE /user/12', undefined, 403, admins],
    ['GET /user/11/network/1', undefined, 200],
    ['GET /user/12/network/1', undefined, 403, admins],
    ['PUT /user/11/network/22', undefined, 403, admins],
    ['PUT /network/1', { description: 'new' }, 204],
    ['PUT /network/22', { description: 'new' }, 404, 'Network with id = 22 not found'],
    ['DELETE /network/999', undefined, 404, 'Network with id = 999 not found'],
    ['POST /network', {}, 400, `${violations}name (value: null)`],
    ['POST /network', { name: 'by-cli' }, 201],
  ]);
  await grant('narrow', 11, { actions: ['ManageNetwork', 'GetNetwork'], networkIds: [1] });
  await table('narrow', [['PUT /network/22', {}, 403, 'Access is denied']]);
});

test('whole numbers are whole numbers, however they are written', async (t) => {
  const { ask } = await house(t);
  const [status, { accessToken }] = await ask('admin', 'POST /token/create', {
    userId: 11,
    actions: ['GetNetwork', 99, '99999999999999999999'],
    networkIds: ['n'.repeat(40), 7],
    expiration: 1_900_000_000_000,
  });
  assert.equal(status, 201);
  const { payload } = JSON.parse(Buffer.from(accessToken.split('.')[1], 'base64url'));
  assert.deepEqual([payload.a, payload.n, payload.e], [[2], ['n'.repeat(40), '7'], 1_900_000_000_000]);
  assert.deepEqual((await ask('admin', 'POST /token/create', { userId: 11, actions: [1.5] }))[0], 400);
});
