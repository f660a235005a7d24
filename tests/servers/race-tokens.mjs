// One of the processes that race for the names of access tokens: makes some and revokes its own for a while.
import { parseArgs } from 'node:util';
import { open } from 'doorward/faces';
import { openStore } from './open.mjs';
import { racesOn } from './race-deeds.mjs';
import { inVrm, vrmOptions } from './vrm.mjs';

const { values } = parseArgs({
  options: { url: { type: 'string' }, time: { type: 'string' }, seed: { type: 'string' } },
});
const door = await open({ store: openStore(values.url, 'tokens'), ...vrmOptions });
const people = { ann: await inVrm(door, 'ann'), bob: await inVrm(door, 'bob') };
const names = ['boat', 'van', 'hut'];
const any = (list) => list[Math.floor(Math.random() * list.length)];

process.send('ready');
await new Promise((resolve) => process.once('message', resolve));
const made = [];
const revoked = [];
let refused = 0;
const until = Date.now() + Number(values.time);
while (racesOn(until, made.length)) {
  const who = any(Object.keys(people));
  const mine = made.filter((token) => token.who === who && !revoked.includes(token.id));
  // Revoked sooner than made: names have to be free for somebody to win them.
  if (mine.length > 0 && Math.random() < 0.7) {
    const { id } = any(mine);
    const { status, json } = await people[who]('DELETE', `/users/me/accesstokens/${id}`);
    if (status === 200 && json.data.removed === 1) revoked.push(id);
    else if (status !== 409 && status !== 503) throw new Error(`a token was not revoked: ${JSON.stringify(json)}`);
    continue;
  }
  const { status, json } = await people[who]('POST', '/users/me/accesstokens/create', { name: any(names) });
  if (json.success) made.push({ who, id: json.idAccessToken });
  else if (status < 500) refused += 1;
  else if (status !== 503) throw new Error(`a token was not made: ${status} ${JSON.stringify(json)}`);
}
await door.close();
process.send({ made, revoked, refused });
