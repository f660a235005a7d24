/** DeviceHive's face, without the network: what a door's `handle` does a second. */
import assert from 'node:assert/strict';
import { open } from 'doorward/faces';
import { memory } from 'doorward/stores/memory';
import { compare } from './measure.mjs';
import { people } from './people.mjs';

const base = 'http://localhost/dh/rest';
const admin = { login: 'admin', password: 'correct horse battery' };

const asked = (path, { method = 'GET', token, body } = {}) =>
  new Request(base + path, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });

async function answer(door, request, status) {
  const response = await door.handle(request);
  const text = await response.text();
  if (response.status !== status) throw new Error(`${response.status}: ${text.slice(0, 200)}`);
  return JSON.parse(text);
}

export const devicehive = {
  name: 'devicehive',
  title: "DeviceHive's user API",
  async run({ rounds, batch, users, progress }) {
    const { data, count } = await people(users, progress);
    const door = await open({ store: memory({ data }), policy: 'devicehive' });
    const cheap = await open({
      store: memory({ data }),
      policy: { preset: 'devicehive', hashMemory: 8, hashPasses: 1 },
    });
    try {
      const logIn = (at) => () => answer(at, asked('/token', { method: 'POST', body: admin }), 201);
      const { accessToken: token, refreshToken } = await logIn(door)();
      // The first log-in through the other door hashes the password anew, at its own price.
      await logIn(cheap)();
      const refresh = () => answer(door, asked('/token/refresh', { method: 'POST', body: { refreshToken } }), 201);
      const current = () => answer(door, asked('/user/current', { token }), 200);
      const list = async () => {
        const found = await answer(door, asked('/user?loginPattern=user%25&sortField=login&take=100', { token }), 200);
        return found.length;
      };
      assert.equal(await list(), 100);
      assert.equal((await current()).login, 'admin');
      const rows = await compare(
        [
          { name: '`GET /user/current`', per: 1, run: current },
          { name: '`POST /token/refresh`', per: 1, run: refresh },
          { name: '`POST /token`, without the cost of the hash', per: 1, run: logIn(cheap) },
          {
            name: `\`GET /user\`, 100 of ${count.toLocaleString('en')} by the beginning of the login`,
            per: 1,
            run: list,
          },
        ],
        { rounds, batch },
      );
      return [
        { id: 'devicehive', title: "DeviceHive's user API, memory store", unit: 'request', perSecond: true, rows },
      ];
    } finally {
      await Promise.all([door.close(), cheap.close()]);
    }
  },
};
