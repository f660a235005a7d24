// One of the processes that race: adds, renames and removes users of a few names for a while, and says what was acknowledged.
import { parseArgs } from 'node:util';
import { openLocal } from 'doorward/faces';
import { openStore } from './open.mjs';

const { values } = parseArgs({
  options: { url: { type: 'string' }, time: { type: 'string' }, seed: { type: 'string' } },
});
const { url, time, seed } = values;
const store = openStore(url, 'race');
const { door, session } = await openLocal({ store });

const names = Array.from({ length: 6 }, (_, at) => `user${at}`);
const any = () => names[Math.floor(Math.random() * names.length)];
/** Each with a display name of its own: somebody else may have given the same name, and what changes nothing leaves no entry. */
let edits = 0;
const other = (name) =>
  names[(names.indexOf(name) + 1 + Math.floor(Math.random() * (names.length - 1))) % names.length];
const deeds = [
  async (name) => (await session.users.create({ name }), ['userAdded', name]),
  async (name) => (
    await session.users.edit(name, { name: other(name), displayName: `${seed} ${(edits += 1)}` }),
    ['userChanged', name]
  ),
  async (name) => (await session.users.remove(name), ['userRemoved', name]),
];
const expected = new Set(['alreadyExists', 'notFound', 'conflict', 'invalidArgument']);

process.send('ready');
await new Promise((resolve) => process.once('message', resolve));
const done = [];
const until = Date.now() + Number(time);
// On a busy machine the time alone would be no race: nobody goes before having added a few.
const enough = () => done.filter((what) => what === 'userAdded').length >= 3 || Date.now() > until + 60_000;
let refused = 0;
while (Date.now() < until || !enough()) {
  try {
    done.push((await deeds[Math.floor(Math.random() * deeds.length)](any()))[0]);
  } catch (error) {
    refused += 1;
    if (!expected.has(error.code)) throw error;
  }
}
await door.close();
process.send({ seed, done, refused });
