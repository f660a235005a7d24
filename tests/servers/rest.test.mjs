// The races over the REST store: all of them through one server.
import { after } from 'node:test';
import { testRaces } from './races.mjs';
import { restServer } from './rest-server.mjs';

const server = await restServer();
after(() => server.remove());

testRaces('rest', server.url);
