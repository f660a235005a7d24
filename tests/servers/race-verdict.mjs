/** What has to be so after a race for the names of users. */
import assert from 'node:assert/strict';
import { count } from './race-deeds.mjs';

/**
 * One winner a name, indexes that agree with the records, and an audit that holds every acknowledged change.
 * @param {string[]} done what was acknowledged to all of them
 * @param {Awaited<ReturnType<typeof import('./race-deeds.mjs').afterRace>>} after
 */
export function judge(done, { findings, uncounted, users, told }) {
  const acknowledged = count(done);
  assert.ok((acknowledged.get('userAdded') ?? 0) > 10, JSON.stringify([...acknowledged]));
  assert.deepEqual(findings, []);
  assert.equal(uncounted, false);
  assert.equal(new Set(users.map((name) => name.toLowerCase())).size, users.length, 'one winner a name');
  const inAudit = new Map(told);
  for (const what of ['userAdded', 'userChanged', 'userRemoved']) {
    assert.equal(inAudit.get(what) ?? 0, acknowledged.get(what) ?? 0, `the audit tells of every ${what}`);
  }
  assert.equal((acknowledged.get('userAdded') ?? 0) - (acknowledged.get('userRemoved') ?? 0), users.length);
}
