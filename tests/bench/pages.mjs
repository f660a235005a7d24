/** Pages of 100 users out of few and out of many, in Node. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lmdb } from 'doorward/stores/lmdb';
import { memory } from 'doorward/stores/memory';
import { open as openLmdb } from 'lmdb';
import { allRecords, checkPages, entries, fill, opened, pageSize } from './listing.mjs';
import { compare } from './measure.mjs';

export const few = 1000;

/** A plain LMDB of finished records by name: what a page costs without rules and conversions. */
async function plainLmdb(path, records) {
  const database = openLmdb({ path });
  await database.transaction(() => {
    for (const record of records) database.put(record.name, record);
  });
  const names = records.map(({ name }) => name).sort();
  let at = 0;
  const next = () => {
    const start = names[(at = (at + 7919) % (names.length - pageSize))];
    return Array.from(database.getRange({ start, limit: pageSize }), ({ value }) => value);
  };
  assert.equal(next().length, pageSize);
  return { next, close: () => database.close() };
}

export const shown = (count) => count.toLocaleString('en');

export const pages = {
  name: 'pages',
  title: 'pages of users (memory, LMDB)',
  async run({ rounds, batch, users: many, populations, progress }) {
    const folder = mkdtempSync(join(tmpdir(), 'doorward-bench-'));
    try {
      const crowds = [await populations(many), await populations(few)];
      const inMemory = [];
      const onDisk = [];
      for (const crowd of crowds) {
        inMemory.push(await opened(memory({ data: crowd.data }), crowd));
        progress(`copying ${shown(crowd.count)} users`);
        const path = join(folder, `${crowd.count}.lmdb`);
        const store = lmdb(path);
        await fill(store, entries(memory({ data: crowd.data })));
        await store.close();
        onDisk.push(await opened(lmdb(path), crowd));
      }
      for (const places of [inMemory, onDisk]) {
        for (const [at, place] of places.entries()) await checkPages(place, crowds[at].count);
      }
      const records = await allRecords(inMemory[0].users);
      const text = JSON.stringify(records.slice(0, pageSize));
      const plain = await plainLmdb(join(folder, 'plain.lmdb'), records);

      progress('measuring');
      const ours = (places, name) =>
        places.map(({ next }, at) => ({ name: `Doorward, ${name}, of ${shown(crowds[at].count)}`, per: 1, run: next }));
      const table = async (id, name, candidates) => ({
        id,
        title: `page of ${pageSize} users out of ${shown(many)} and ${shown(few)}, ${name}`,
        unit: 'page',
        rows: await compare(candidates, { rounds, batch }),
      });
      const parse = { name: 'baseline: JSON.parse of one page', per: 1, run: () => JSON.parse(text) };
      const plainPage = { name: `lmdb, plain records, of ${shown(many)}`, per: 1, run: plain.next };
      const tables = [
        await table('page-memory', 'memory', [...ours(inMemory, 'memory'), parse]),
        await table('page-lmdb', 'LMDB', [...ours(onDisk, 'LMDB'), plainPage]),
      ];
      await Promise.all([...inMemory, ...onDisk].map(({ door }) => door.close()));
      await plain.close();
      return tables;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
