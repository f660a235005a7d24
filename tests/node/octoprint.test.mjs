// The conformance cases of OctoPrint's user management, against `doorward serve`.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { match } from './octoprint-match.mjs';
import { openDoorward } from './octoprint-doorward.mjs';
import { SharedServers, callAs } from './octoprint-shared.mjs';
import { inTurn, isApart, permissions, runCase, titleOf, vector } from './octoprint-runner.mjs';

test('every case of the specification is there', () => {
  const wanted = [
    ['S', 30],
    ['U', 51],
    ['G', 21],
  ].flatMap(([letter, count]) =>
    Array.from({ length: count }, (_, index) => letter + String(index + 1).padStart(2, '0')),
  );
  assert.deepEqual([...new Set(vector.cases.map(({ id }) => id))], wanted);
  const titles = vector.cases.map(titleOf);
  assert.equal(new Set(titles).size, titles.length);
});

test('the vector speaks its own language', () => {
  const request = ['on', 'as', 'load', 'do', 'headers', 'cookies', 'json', 'form', 'text', 'type', 'follow'];
  const known = {
    case: ['id', 'variant', 'title', 'note', 'settings', 'fixture', 'after', 'apart', 'skip', 'steps'],
    step: [...request, 'expect', 'upstream', 'save', 'note', 'wait', 'restart', 'file'],
    expect: ['status', 'error', 'body', 'text', 'headers', 'cookies', 'note'],
  };
  const check = (kind, value, where) =>
    Object.keys(value ?? {}).forEach((key) => assert.ok(known[kind].includes(key), `${where}: ${kind}: ${key}`));
  for (const found of vector.cases) {
    const where = titleOf(found);
    check('case', found, where);
    assert.ok(found.steps.length > 0, where);
    for (const step of found.steps) {
      check('step', step, where);
      check('expect', step.expect, where);
      check('expect', step.upstream, where);
      if (step.do === undefined) continue;
      assert.match(step.do, /^[A-Z]+ \/\S+$/, where);
      assert.ok(step.expect.status !== undefined || step.save !== undefined, `${where}: nothing expected`);
    }
  }
});

// Failed log-ins of one case must not lock out the next one.
const shared = new SharedServers(() => openDoorward({ settings: { rateLimiter: false }, steps: [] }));

/** Why a case is left out of a quick run. */
const tooLong = ({ steps }) =>
  process.env.DOORWARD_QUICK === '1' && steps.some(({ wait = 0 }) => wait > 10)
    ? 'waits for a minute: not --quick'
    : false;

async function apart(found) {
  const server = await openDoorward(found);
  try {
    await runCase(found, server, 'doorward');
  } finally {
    await server.close();
  }
}

// All at once: the two cases that wait for a minute do so while the others run.
describe('OctoPrint', { concurrency: vector.cases.length + 2 }, () => {
  after(() => shared.close());

  for (const found of vector.cases) {
    test(titleOf(found), { skip: found.skip?.doorward ?? tooLong(found) }, () =>
      isApart(found) ? inTurn(() => apart(found)) : shared.use((server) => runCase(found, server, 'doorward')),
    );
  }

  test('permissions, in the order of the registry', () =>
    shared.use(async ({ masterKey, url }) => {
      const found = await callAs(masterKey, url, 'GET', 'permissions');
      assert.deepEqual(match({ permissions: { $starts: permissions.permissions } }, found), []);
      return [];
    }));

  test('the groups that are always there', () =>
    shared.use(async ({ masterKey, url }) => {
      const found = await callAs(masterKey, url, 'GET', 'groups');
      assert.deepEqual(match({ groups: { $set: permissions.groups } }, found), []);
      return [];
    }));
});
