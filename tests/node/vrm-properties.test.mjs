// Access tokens against a naive model, over two doors on one store: nobody sees or revokes another's, names are unique per
// owner under racing creates, and what has ended fails from the next request on.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { open } from 'doorward/faces';
import { lmdb } from 'doorward/stores/lmdb';
import { memory } from 'doorward/stores/memory';
import { folder } from './cli-helpers.mjs';

const people = ['ann', 'bob', 'root'];
const password = 'correct horse battery';
const policy = { preset: 'vrm', hashMemory: 8, hashPasses: 1 };

/** Two doors on a store, with a clock that is the test's. */
class House {
  static async over(open1, open2) {
    const house = new House();
    const options = { policy, faces: { vrm: { rateLimit: false } }, now: () => house.now };
    house.doors = [await open({ store: open1(), ...options }), await open({ store: open2(), ...options })];
    const root = await house.doors[0].setUp({ name: 'root', password, email: 'root@example.org' });
    for (const name of ['ann', 'bob']) await root.users.create({ name, password, email: `${name}@example.org` });
    house.ids = Object.fromEntries((await root.users.list()).users.map(({ name, id }) => [name, id]));
    house.bearers = Object.fromEntries(await Promise.all(people.map(async (name) => [name, await house.logIn(name)])));
    return house;
  }

  now = Date.now();
  #turn = 0;

  /** By one door and the other in turn. */
  async ask(method, path, { as, body } = {}) {
    const door = this.doors[(this.#turn += 1) % 2];
    const headers = as === undefined ? {} : { 'x-authorization': as };
    const text = body === undefined ? undefined : JSON.stringify(body);
    const reply = await door.handle(new Request(`http://localhost/v2${path}`, { method, headers, body: text }));
    return { status: reply.status, json: await reply.json() };
  }

  async logIn(name) {
    const { json } = await this.ask('POST', '/auth/login', { body: { username: `${name}@example.org`, password } });
    return `Bearer ${json.token}`;
  }

  async close() {
    for (const door of this.doors) await door.close();
  }
}

const person = fc.constantFrom(...people);
const name = fc.constantFrom('a', 'b', 'A', 'a b');
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('create'), who: person, name, life: fc.constantFrom(null, 5, 60) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('race'), who: person, name }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('revoke'), who: person, which: fc.nat(), how: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('all'), who: person, which: fc.nat(), byToken: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('logOut'), who: person }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('logOutToken'), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('pass'), seconds: fc.constantFrom(1, 5, 30) }) },
);

/** What the model knows of a token: `{ id, value, who, name, until }`. */
const alive = (house, token) => token.until === null || token.until * 1000 > house.now;

const pick = (list, which) => list[which % list.length];

const steps = {
  async create(house, tokens, { who, name, life }) {
    const until = life === null ? null : Math.floor(house.now / 1000) + life;
    const body = { name, expiry: until };
    const { json } = await house.ask('POST', '/users/me/accesstokens/create', { as: house.bearers[who], body });
    const taken = tokens.some((token) => token.who === who && token.name === name);
    assert.equal(json.success, !taken);
    if (!taken) tokens.push({ id: json.idAccessToken, value: json.token, who, name, until });
  },
  async race(house, tokens, { who, name }) {
    const ask = () => house.ask('POST', '/users/me/accesstokens/create', { as: house.bearers[who], body: { name } });
    const replies = await Promise.all([ask(), ask(), ask()]);
    const made = replies.filter(({ json }) => json.success);
    const taken = tokens.some((token) => token.who === who && token.name === name);
    assert.equal(made.length, taken ? 0 : 1, 'one of those who race');
    for (const { json } of made) tokens.push({ id: json.idAccessToken, value: json.token, who, name, until: null });
  },
  async revoke(house, tokens, { who, which, how }) {
    if (tokens.length === 0) return;
    const token = pick(tokens, which);
    const path = `/users/me/accesstokens/${token.id}`;
    const { json } = await (how
      ? house.ask('DELETE', path, { as: house.bearers[who] })
      : house.ask('GET', `${path}/revoke`, { as: house.bearers[who] }));
    assert.equal(json.data.removed, token.who === who ? 1 : 0, 'only one’s own');
    if (token.who === who) tokens.splice(tokens.indexOf(token), 1);
  },
  async all(house, tokens, { who, which, byToken }) {
    const own = tokens.filter((token) => token.who === who);
    const usable = own.filter((token) => alive(house, token));
    const as = byToken && usable.length > 0 ? `Token ${pick(usable, which).value}` : house.bearers[who];
    const { json } = await house.ask('GET', '/users/me/accesstokens/*/revoke', { as });
    assert.equal(json.data.removed, own.length);
    for (const token of own) tokens.splice(tokens.indexOf(token), 1);
  },
  async logOut(house, _tokens, { who }) {
    const before = house.bearers[who];
    await house.ask('GET', '/auth/logout', { as: before });
    assert.equal((await house.ask('GET', '/users/me', { as: before })).status, 401, 'from the next request on');
    house.bearers[who] = await house.logIn(who);
  },
  async logOutToken(house, tokens, { which }) {
    const usable = tokens.filter((token) => alive(house, token));
    if (usable.length === 0) return;
    const token = pick(usable, which);
    await house.ask('POST', '/auth/logout', { as: `Token ${token.value}` });
    tokens.splice(tokens.indexOf(token), 1);
  },
  pass(house, _tokens, { seconds }) {
    house.now += seconds * 1000;
  },
};

/** Every list and every token, as the model has them. */
async function check(house, tokens, gone) {
  for (const who of people) {
    // The id in the path has no effect.
    const path = `/users/${house.ids[pick(people, tokens.length)]}/accesstokens/list`;
    const reply = await house.ask('GET', path, { as: house.bearers[who] });
    const wanted = tokens.filter((token) => token.who === who).map(({ id, name }) => [id, name]);
    assert.deepEqual(reply.json.tokens.map((token) => [token.idAccessToken, token.name]).sort(), wanted.sort());
    const text = JSON.stringify(reply.json);
    assert.ok(![...tokens, ...gone].some(({ value }) => text.includes(value)), 'no list shows a value');
  }
  for (const token of tokens) {
    const { status, json } = await house.ask('GET', '/users/me', { as: `Token ${token.value}` });
    assert.equal(status, alive(house, token) ? 200 : 401);
    if (status === 200)
      assert.deepEqual([json.user.id, json.user.idAccessToken], [house.ids[token.who], Number(token.id)]);
  }
  for (const { value } of gone) {
    assert.equal((await house.ask('GET', '/users/me', { as: `Token ${value}` })).status, 401, 'it has ended');
  }
}

async function play(house, list) {
  const tokens = [];
  const gone = [];
  for (const one of list) {
    const before = [...tokens];
    await steps[one.do](house, tokens, one);
    gone.push(...before.filter((token) => !tokens.includes(token)));
    await check(house, tokens, gone);
  }
}

const stores = {
  memory() {
    const store = memory();
    return [() => store, () => store];
  },
  lmdb(t) {
    const path = join(folder(t), 'store.lmdb');
    return [() => lmdb(path), () => lmdb(path)];
  },
};

describe('VRM: access tokens against a model', () => {
  for (const [kind, make] of Object.entries(stores)) {
    test(kind, async (t) => {
      const property = fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (list) => {
        const house = await House.over(...make(t));
        try {
          await play(house, list);
        } finally {
          await house.close();
        }
      });
      await fc.assert(property, { numRuns: kind === 'memory' ? 40 : 12 });
    });
  }
});
