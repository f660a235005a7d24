// The other process of the tests: lends second handles, or writes until it is killed.
import { serveStores } from '../node/stores-remote.mjs';
import { openStore } from './open.mjs';

const [role, url, dataset] = process.argv.slice(2);

if (role === 'lend') {
  serveStores((dataset) => openStore(url, dataset), {
    send: (message) => process.send(message),
    listen: (heard) => process.on('message', heard),
  });
}

if (role === 'write') {
  const store = openStore(url, dataset);
  const writer = Math.random().toString(36).slice(2, 10);
  // Several at once, and several keys each: a torn commit would show.
  const write = async (lane) => {
    for (let round = 0; ; round += 1) {
      const id = `${writer}-${lane}-${round}`;
      const mutations = ['a', 'b', 'c'].map((part) => ({ set: ['acknowledged', id, part], value: JSON.stringify(id) }));
      try {
        if ((await store.commit({ checks: [], mutations })).ok) process.stdout.write(`${id}\n`);
      } catch (error) {
        // The server is away; nothing is said of this commit, and the next one tries again.
        if (error.name !== 'DoorwardError') throw error;
      }
    }
  };
  for (let lane = 0; lane < 4; lane += 1) void write(lane);
}
