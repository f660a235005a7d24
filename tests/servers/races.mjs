/** Eight processes at the same few users; then one winner a name, indexes that agree, and an audit that holds all of it. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { openLocal } from 'doorward/faces';
import { raceTime } from './lengths.mjs';

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

/**
 * @param {string} name of the adapter
 * @param {string} url as `race.mjs` takes it
 * @param {() => import('doorward/contract').Store} open
 */
export function testRaces(name, url, open) {
  test(`${name}: ${racers} processes race for the same names`, { timeout: raceTime + 120_000 }, async () => {
    const { door: first } = await openLocal({ store: open() });
    await first.close();
    const children = Array.from({ length: racers }, (_, at) =>
      fork(new URL('race.mjs', import.meta.url), ['--url', url, '--time', String(raceTime), '--seed', String(at)]),
    );
    await Promise.all(children.map((child) => once(child, 'message')));
    const results = children.map((child) => once(child, 'message'));
    const exits = children.map((child) => once(child, 'exit'));
    for (const child of children) child.send('go');
    const reports = (await Promise.all(results)).map(([report]) => report);
    for (const [code] of await Promise.all(exits)) assert.equal(code, 0);
    const acknowledged = count(reports.flatMap(({ done }) => done));
    assert.ok((acknowledged.get('userAdded') ?? 0) > 10, JSON.stringify([...acknowledged]));

    const store = open();
    const users = (await entries(store, ['user'])).map(({ key, value }) => ({ ...JSON.parse(value), id: key[1] }));
    const byName = await entries(store, ['name']);
    assert.equal(new Set(users.map(({ name }) => name.toLowerCase())).size, users.length, 'one winner a name');
    assert.deepEqual(
      byName.map(({ key, value }) => [key[1], JSON.parse(value)[0]]).sort(),
      users.map(({ id, name }) => [name.toLowerCase(), Number(id)]).sort(),
      'the index of names agrees with the records',
    );
    const ids = new Set(users.map(({ id }) => id));
    for (const prefix of [['reach'], ['tokenCount'], ['owned'], ['sealed']]) {
      for (const { key } of await entries(store, prefix)) assert.ok(ids.has(key[1]), `${key} has its user`);
    }
    for (const { key } of await entries(store, ['member'])) assert.ok(ids.has(key[2]), `${key} has its user`);
    const audit = (await entries(store, ['audit'])).map(({ value }) => JSON.parse(value));
    const told = count(audit.filter(({ ok }) => ok).map(({ what }) => what));
    for (const what of ['userAdded', 'userChanged', 'userRemoved']) {
      assert.equal(told.get(what) ?? 0, acknowledged.get(what) ?? 0, `the audit tells of every ${what}`);
    }
    const counted = (await entries(store, ['auditCount'])).reduce((all, { value }) => all + Number(value), 0);
    assert.equal(counted, audit.length, 'the audit is counted right');
    assert.equal((acknowledged.get('userAdded') ?? 0) - (acknowledged.get('userRemoved') ?? 0), users.length);
    await store.close();
  });
}
