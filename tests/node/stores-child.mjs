// The other process of the LMDB tests: lends second handles, or writes until it is killed.
import { lmdb } from 'doorward/stores/lmdb';
import { serveStores } from './stores-remote.mjs';

const [role, path] = process.argv.slice(2);

if (role === 'lend') {
  serveStores((dataset) => lmdb(`${path}/${dataset}.lmdb`), {
    send: (message) => process.send(message),
    listen: (heard) => process.on('message', heard),
  });
}

if (role === 'write') {
  const store = lmdb(path);
  const writer = Math.random().toString(36).slice(2, 10);
  // Several at once, and several keys each: a torn commit would show.
  const write = async (lane) => {
    for (let round = 0; ; round += 1) {
      const id = `${writer}-${lane}-${round}`;
      const mutations = ['a', 'b', 'c'].map((part) => ({ set: ['acknowledged', id, part], value: JSON.stringify(id) }));
      const result = await store.commit({ checks: [], mutations });
      if (result.ok) process.stdout.write(`${id}\n`);
    }
  };
  for (let lane = 0; lane < 4; lane += 1) void write(lane);
}
