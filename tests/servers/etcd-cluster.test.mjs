// Three etcd, of which the leader is killed again and again.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { etcdCluster } from '../../scripts/lib/servers.mjs';
import { testKills } from './faults.mjs';
import { leaderKills } from './lengths.mjs';
import { openStore } from './open.mjs';

const cluster = await etcdCluster();
after(() => cluster.remove());

const led = new Set();
testKills('etcd, the leader of three', cluster.url, async () => led.add(await cluster.killLeader()), leaderKills);

test('etcd, the leader of three: others took over, and a handle goes on with whoever leads', async () => {
  assert.ok(led.size > 1, `only ${[...led]} led`);
  const store = openStore(cluster.url, 'after');
  assert.equal((await store.commit({ checks: [], mutations: [{ set: ['a'], value: '1' }] })).ok, true);
  await cluster.killLeader();
  assert.equal((await store.read([{ key: ['a'] }])).ranges[0][0].value, '1');
  assert.equal((await store.commit({ checks: [], mutations: [{ set: ['b'], value: '1' }] })).ok, true);
  await store.close();
});
