/**
 * Several processes at the same few names; then one winner a name, indexes that agree with the records, and an audit that
 * holds all of it.
 */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { openLocal } from 'doorward/faces';
import { tokenRaceTime, userRaceTime } from './lengths.mjs';
import { openStore } from './open.mjs';
import { afterRace } from './race-deeds.mjs';
import { judge } from './race-verdict.mjs';
import { inVrm, password, vrmOptions } from './vrm.mjs';

const racers = 8;

/** Lets the processes go at one moment; what each of them says in the end. */
async function race(program, url, time) {
  const children = Array.from({ length: racers }, (_, at) =>
    fork(new URL(program, import.meta.url), ['--url', url, '--time', String(time), '--seed', String(at)]),
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
  const timeout = 140_000;

  test(`${name}: ${racers} processes race for the same names`, { timeout }, async () => {
    const { door: first } = await openLocal({ store: openStore(url, 'race') });
    await first.close();
    const done = (await race('race.mjs', url, userRaceTime)).flatMap((report) => report.done);

    const store = openStore(url, 'race');
    const { door, session } = await openLocal({ store });
    judge(done, await afterRace(store, session));
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
    const reports = await race('race-tokens.mjs', url, tokenRaceTime);
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
