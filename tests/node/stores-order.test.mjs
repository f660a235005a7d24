// The memory store keeps its keys in parts: thousands of them, in every order of coming and going.
import assert from 'node:assert/strict';
import test from 'node:test';
import { limits } from 'doorward';
import { memory } from 'doorward/stores/memory';

const count = 6000;
const keyOf = (at) => ['k', String(at).padStart(6, '0')];
const inSteps = (list) =>
  Array.from({ length: Math.ceil(list.length / limits.mutations) }, (_, at) =>
    list.slice(at * limits.mutations, (at + 1) * limits.mutations),
  );

async function commitAll(store, mutations) {
  for (const part of inSteps(mutations)) await store.commit({ checks: [], mutations: part });
}

/** All pages of a walk. */
async function walk(store, { after, reverse, limit = limits.rangeEntries }) {
  const found = [];
  for (let last = after; ; last = found.at(-1)) {
    const range = { prefix: ['k'], limit, reverse, ...(last && { after: last }) };
    const [entries] = (await store.read([range])).ranges;
    found.push(...entries.map(({ key }) => key));
    if (entries.length < limit) return found;
  }
}

/** @param {number[]} there what has to be there, in order */
async function agree(store, there) {
  const keys = there.map(keyOf);
  assert.deepEqual(await walk(store, {}), keys);
  assert.deepEqual(await walk(store, { reverse: true, limit: 97 }), [...keys].reverse());
  // From keys that are there and from keys that are not, across the ends of parts.
  for (const from of [0, 1, 255, 256, 257, 511, 512, 513, 2999, 3000, count - 1, count]) {
    const after = keyOf(from);
    const above = there.filter((at) => at > from).map(keyOf);
    const under = there.filter((at) => at < from).map(keyOf);
    assert.deepEqual(await walk(store, { after }), above);
    assert.deepEqual(await walk(store, { after, reverse: true }), under.reverse());
  }
}

const ways = {
  'in order': (at) => at,
  'the other way round': (at) => count - 1 - at,
  'all over the place': (at) => (at * 2903) % count,
};

for (const [name, way] of Object.entries(ways)) {
  test(`thousands of keys, ${name}`, async () => {
    const store = memory();
    const order = Array.from({ length: count }, (_, at) => way(at));
    const there = Array.from({ length: count }, (_, at) => at);
    await commitAll(
      store,
      order.map((at) => ({ set: keyOf(at), value: String(at) })),
    );
    await agree(store, there);
    await commitAll(
      store,
      order.filter((at) => at % 5 !== 0).map((at) => ({ delete: keyOf(at) })),
    );
    await agree(
      store,
      there.filter((at) => at % 5 === 0),
    );
    // Set again, and anew.
    await commitAll(
      store,
      order.filter((at) => at % 2 === 0).map((at) => ({ set: keyOf(at), value: 'again' })),
    );
    await agree(
      store,
      there.filter((at) => at % 5 === 0 || at % 2 === 0),
    );
    await commitAll(
      store,
      order.map((at) => ({ delete: keyOf(at) })),
    );
    await agree(store, []);
    await store.close();
  });
}
