// A Node program of a stranger. Prints what it saw; the test compares.
import { DoorwardError, open } from 'doorward';
import { lmdb } from 'doorward/stores/lmdb';
import { memory } from 'doorward/stores/memory';

const password = 'correct horse battery';
const [, , mode, path] = process.argv;
const door = await open({
  store: mode === 'memory' ? memory() : lmdb(path),
  scopes: [{ name: 'printer.start' }, { name: 'printer.all', implies: ['printer.start'] }],
});
const seen = { needsSetup: door.needsSetup };

if (door.needsSetup) {
  const admin = await door.setUp({ name: 'ann', password });
  await admin.users.add({ name: 'bob', password, scopes: ['printer.all'] });
}
const bob = await door.logIn('bob', password);
seen.can = bob.can('printer.start');
seen.admin = bob.can('admin');
seen.refused = await bob.users.add({ name: 'eve', password }).catch((error) => DoorwardError.is(error) && error.code);
const { apikey } = await bob.users.generateApiKey('bob');
const byKey = await door.authenticate(apikey);
seen.me = byKey.me.name;
const admin = await door.logIn('ann', password);
seen.users = (await admin.users.list()).users.map(({ name }) => name);
await door.close();
seen.closed = await door.logIn('bob', password).catch((error) => DoorwardError.is(error) && error.code);
process.stdout.write(JSON.stringify(seen));
