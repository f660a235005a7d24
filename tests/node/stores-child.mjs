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

if (role === 'one') {
  const store = lmdb(path);
  await store.commit({ checks: [], mutations: [{ set: ['one', String(process.pid)], value: '1' }] });
  await store.close();
  process.disconnect();
}

if (role === 'grow') {
  const store = lmdb(path);
  const value = JSON.stringify('x'.repeat(20_000));
  for (let round = 0; ; round += 1) {
    const mutations = Array.from({ length: 8 }, (_, at) => ({ set: ['grown', String(round), String(at)], value }));
    await store.commit({ checks: [], mutations });
    if (round === 0) process.send('growing');
    if (round === 250) break;
  }
  await store.close();
  process.disconnect();
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
