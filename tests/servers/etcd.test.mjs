// The etcd store, on a server of its own.
import { after } from 'node:test';
import { etcdServer } from '../../scripts/lib/servers.mjs';
import { testServerFaults } from './faults.mjs';
import { testRaces } from './races.mjs';
import { testServerStore } from './suite.mjs';

const server = await etcdServer();
after(() => server.remove());

testServerStore('etcd', server.url, 30);
testRaces('etcd', server.url);
testServerFaults('etcd', server, { isCommit: (text) => text.includes('request_put') });
