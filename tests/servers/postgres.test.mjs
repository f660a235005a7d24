// The PostgreSQL store, on a server of its own.
import { after } from 'node:test';
import { postgresServer } from '../../scripts/lib/servers.mjs';
import { testServerStore } from './suite.mjs';

const server = await postgresServer();
after(() => server.remove());

testServerStore('postgres', server.url, 30);
