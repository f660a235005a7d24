/**
 * Several processes at the same few names; then one winner a name, indexes that agree with the records, and an audit that
 * holds all of it.
 */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { openLocal } from 'doorward/faces';
import { raceTime } from './lengths.mjs';
import { openStore } from './open.mjs';
import { inVrm, password, vrmOptions } from './vrm.mjs';

const racers = 8;

const count = (list) => list.reduce((all, one) => all.set(one, (all.get(one) ?? 0) + 1), new Map());

async function entries(store, prefix) {
  const found = [];
  for (;;) {
    const after = found.at(-1)?.key;
    const { ranges } = await store.read([{ prefix, ...(after && { after }) }]);
    found.push(...ranges[0]);
    if (ranges[0].length < 1000) return found;
  }
}

/** Lets the processes go at one moment; what each of them says in the end. */
async function race(program, url) {
  const children = Array.from({ length: racers }, (_, at) =>
    fork(new URL(program, import.meta.url), ['--url', url, '--time', String(raceTime), '--seed', String(at)]),
  );
  await Promise.all(children.map((child) => once(child, 'message')));
  const results = children.map((child) => once(child, 'message'));
  const exits = children.map((child) => once(child, 'exit'));
  for (const child of children) child.send('go');
  const reports = (await Promise.all(results)).map(([report]) => report);
  for (const [code] of await Promise.all(exits)) assert.equal(code, 0);
  return reports;
}

/** Nothing is wrong with the store, by Doorward's own check. */
async function isInOrder(session) {
  const { findings, uncounted } = await session.check();
  assert.deepEqual(findings, []);
  assert.equal(uncounted, false);
}

/**
 * @param {string} name of the adapter
 * @param {string} url as `openStore` takes it
 */
export function testRaces(name, url) {
  const timeout = raceTime + 120_000;

  test(`${name}: ${racers} processes race for the same names`, { timeout }, async () => {
    const { door: first } = await openLocal({ store: openStore(url, 'race') });
    await first.close();
    const acknowledged = count((await race('race.mjs', url)).flatMap(({ done }) => done));
    assert.ok((acknowledged.get('userAdded') ?? 0) > 10, JSON.stringify([...acknowledged]));

    const store = openStore(url, 'race');
    const { door, session } = await openLocal({ store });
    await isInOrder(session);
    const { users } = await session.users.list();
    assert.equal(new Set(users.map(({ name }) => name.toLowerCase())).size, users.length, 'one winner a name');
    const audit = (await entries(store, ['audit'])).map(({ value }) => JSON.parse(value));
    const told = count(audit.filter(({ ok }) => ok).map(({ what }) => what));
    for (const what of ['userAdded', 'userChanged', 'userRemoved']) {
      assert.equal(told.get(what) ?? 0, acknowledged.get(what) ?? 0, `the audit tells of every ${what}`);
    }
    assert.equal((acknowledged.get('userAdded') ?? 0) - (acknowledged.get('userRemoved') ?? 0), users.length);
    // The check sees what is wrong here as well: not that it looked at another place.
    await store.commit({ checks: [], mutations: [{ set: ['name', 'ghost'], value: '[1,"ghost"]' }] });
    assert.deepEqual(
      (await session.check({ repair: true })).findings.map(({ fault, place, mended }) => [fault, place, mended]),
      [['leftover', 'ghost', true]],
    );
    await isInOrder(session);
    await door.close();
  });

  test(`${name}: ${racers} processes race for the names of access tokens`, { timeout }, async () => {
    const store = openStore(url, 'tokens');
    const { door, session } = await openLocal({ store, ...vrmOptions });
    for (const name of ['ann', 'bob']) {
      await session.users.create({ name, email: `${name}@example.org`, password });
    }
    const reports = await race('race-tokens.mjs', url);
    const made = reports.flatMap(({ made }) => made);
    const revoked = new Set(reports.flatMap(({ revoked }) => revoked));
    assert.ok(made.length > 10, `${made.length} were made`);
    assert.ok(reports.reduce((all, { refused }) => all + refused, 0) > 0, 'names were refused: it was a race');
    for (const who of ['ann', 'bob']) {
      const ask = await inVrm(door, who);
      const { json } = await ask('GET', '/users/me/accesstokens/list');
      const names = json.tokens.map(({ name }) => name);
      assert.equal(new Set(names).size, names.length, `${who}: one of a name: ${names}`);
      const left = made.filter((token) => token.who === who && !revoked.has(token.id)).map(({ id }) => id);
      assert.deepEqual(json.tokens.map(({ idAccessToken }) => idAccessToken).sort(), left.sort(), who);
    }
    await isInOrder(session);
    await door.close();
  });
}
