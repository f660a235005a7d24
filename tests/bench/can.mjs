/** Permission checks and filters. */
import assert from 'node:assert/strict';
import { compare } from './measure.mjs';
import { accesscontrol, casbin, casl, cedar, doorward, held, questions, reached, scopes, things } from './rights.mjs';

/** A candidate that answers every question; the count keeps an engine from dropping the loop. */
const asker = (name, asked, answer) => ({
  name,
  answer,
  asked,
  per: asked.length,
  run: () => {
    let allowed = 0;
    for (const question of asked) if (answer(question)) allowed += 1;
    return allowed;
  },
});

/** All answer alike, some yes and some no; a slow peer is asked fewer of the same questions. */
function agree(candidates) {
  const [ours] = candidates;
  const expected = ours.asked.map(ours.answer);
  assert.ok(expected.includes(true) && expected.includes(false));
  for (const { name, asked, answer } of candidates) {
    assert.deepEqual(asked.map(answer), expected.slice(0, asked.length), name);
  }
}

export const can = {
  name: 'can',
  title: 'permission checks',
  async run({ rounds, batch }) {
    const asked = questions(4096);
    const few = asked.slice(0, 64);
    const { door, session } = await doorward();
    const { subject, byScope, byCondition, byType } = await casl();
    const enforcers = await casbin();
    const authorized = await cedar();
    const granted = await accesscontrol();
    const handles = session.intern('thing', things);
    const handleOf = new Map(things.map((id, at) => [id, handles[at]]));

    // The least a language can do: what is asked by number is looked up in bits, what is asked by name in sets.
    const numberOf = new Map(scopes.map((scope, at) => [scope, at]));
    const bits = held.reduce((all, scope) => all | (1 << numberOf.get(scope)), 0);
    const heldSet = new Set(held);
    const reachedSet = new Set(reached);
    const reachedBits = new Uint32Array(Math.ceil(Math.max(...handles) / 32) + 1);
    for (const id of reached) reachedBits[handleOf.get(id) >> 5] |= 1 << (handleOf.get(id) & 31);
    const inReach = (handle) => (reachedBits[handle >> 5] & (1 << (handle & 31))) !== 0;

    const numbered = asked.map(({ scope, id }) => ({ scope, handle: handleOf.get(id), number: numberOf.get(scope) }));
    const refs = asked.map(({ scope, id }) => ({ scope, thing: { kind: 'thing', id } }));
    const tagged = few.map(({ scope, id }) => ({ scope, thing: subject('thing', { id }) }));

    const forms = [
      {
        id: 'can-scope',
        title: '`can(scope)`',
        candidates: [
          asker('Doorward', asked, ({ scope }) => session.can(scope)),
          asker('@casl/ability', asked, ({ scope }) => byScope.can(scope)),
          asker('accesscontrol', few, ({ scope }) => granted(scope)),
          asker('cedar-wasm', few, ({ scope }) => authorized.byScope(scope)),
          asker('casbin', few, ({ scope }) => enforcers.byScope.enforceSync('ann', scope)),
          asker('baseline: a JavaScript Set', asked, ({ scope }) => heldSet.has(scope)),
          asker('baseline: a JavaScript bit mask', numbered, ({ number }) => (bits & (1 << number)) !== 0),
        ],
      },
      {
        id: 'can-resource',
        title: '`can(scope, { kind, id })`',
        candidates: [
          asker('Doorward', refs, ({ scope, thing }) => session.can(scope, thing)),
          asker('@casl/ability, a subject type per id', asked, ({ scope, id }) => byType.can(scope, id)),
          asker('@casl/ability, a condition', tagged, ({ scope, thing }) => byCondition.can(scope, thing)),
          asker('cedar-wasm', few, ({ scope, id }) => authorized.byThing(scope, id)),
          asker('casbin', few, ({ scope, id }) => enforcers.byThing.enforceSync('ann', id, scope)),
          asker('baseline: two JavaScript Sets', asked, ({ scope, id }) => heldSet.has(scope) && reachedSet.has(id)),
        ],
      },
      {
        id: 'can-handle',
        title: '`can(scope, handle)`',
        candidates: [
          asker('Doorward', numbered, ({ scope, handle }) => session.can(scope, handle)),
          asker('@casl/ability, a subject type per id', asked, ({ scope, id }) => byType.can(scope, id)),
          asker(
            'baseline: JavaScript bit masks',
            numbered,
            ({ number, handle }) => (bits & (1 << number)) !== 0 && inReach(handle),
          ),
        ],
      },
    ];
    const tables = [];
    for (const { id, title, candidates } of forms) {
      agree(candidates);
      tables.push({ id, title, unit: 'check', rows: await compare(candidates, { rounds, batch }) });
    }
    await door.close();
    return tables;
  },
};

export const filter = {
  name: 'filter',
  title: 'filters of 10,000 ids',
  async run({ rounds, batch }) {
    const { door, session } = await doorward();
    const { byType } = await casl();
    const scope = held[0];
    const ids = things.filter((_, at) => at % 10 === 0);
    const handles = session.intern('thing', ids);
    const idOf = new Map(ids.map((id, at) => [handles[at], id]));
    const heldSet = new Set(held);
    const reachedSet = new Set(reached);
    const reachedBits = new Uint8Array(Math.max(...handles) + 1);
    ids.forEach((id, at) => (reachedBits[handles[at]] = reachedSet.has(id) ? 1 : 0));
    const maskLoop = () => {
      const found = new Uint32Array(handles.length);
      let count = 0;
      for (const handle of handles) if (reachedBits[handle] === 1) found[count++] = handle;
      return found.slice(0, count);
    };
    const candidate = (name, run) => ({ name, per: ids.length, run });
    const ours = candidate('Doorward, handles', () => session.filter(scope, handles));
    const peers = [
      candidate('@casl/ability, a subject type per id', () => ids.filter((id) => byType.can(scope, id))),
      candidate('baseline: a JavaScript Set', () => (heldSet.has(scope) ? ids.filter((id) => reachedSet.has(id)) : [])),
    ];
    const mask = candidate('baseline: a JavaScript loop over bytes', maskLoop);
    const strings = candidate('Doorward, ids as strings', () => session.filter(scope, 'thing', ids));

    const expected = ids.filter((id) => reachedSet.has(id));
    assert.ok(expected.length > 0 && expected.length < ids.length);
    for (const { name, run } of [strings, ...peers]) assert.deepEqual(run(), expected, name);
    for (const { name, run } of [ours, mask])
      assert.deepEqual(
        Array.from(run(), (handle) => idOf.get(handle)),
        expected,
        name,
      );

    const rows = await compare([ours, strings, ...peers, mask], { rounds, batch });
    await door.close();
    return [{ id: 'filter', title: '`filter` of 10,000 ids', unit: 'id', rows }];
  },
};
