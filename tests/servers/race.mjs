// One of the processes that race for the names of users, and says what was acknowledged.
import { parseArgs } from 'node:util';
import { openLocal } from 'doorward/faces';
import { openStore } from './open.mjs';
import { raceUsers } from './race-deeds.mjs';

const { values } = parseArgs({
  options: { url: { type: 'string' }, time: { type: 'string' }, seed: { type: 'string' } },
});
const { url, time, seed } = values;
const { door, session } = await openLocal({ store: openStore(url, 'race') });

process.send('ready');
await new Promise((resolve) => process.once('message', resolve));
const done = await raceUsers(session, { seed, time: Number(time) });
await door.close();
process.send({ done });
