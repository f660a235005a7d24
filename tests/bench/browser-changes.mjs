/** In the page: one change, and many at once, in IndexedDB; ours, dexie, idb and the bare interface beside one another. */
import { indexedDB as store } from 'doorward/stores/indexeddb';
import { openDB } from 'idb';
import { compare } from './measure.mjs';

/** Rows of a bulk, well under what one commit may hold. */
const many = 500;

const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

const complete = (transaction) =>
  new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });

const record = (at) => ({
  id: at,
  name: `user${at}`,
  displayName: `User ${at}`,
  email: `user${at}@example.org`,
  country: 'NL',
});

async function candidates(durability, Dexie) {
  const key = (at) => ['user', String(at).padStart(16, '0')];
  const ours = store(`changes-${durability}`, { durability });
  const commit = async (ats) => {
    const mutations = ats.map((at) => ({ set: key(at), value: JSON.stringify(record(at)) }));
    const { ok } = await ours.commit({ checks: [], mutations });
    if (!ok) throw new Error('a commit without checks met a conflict');
  };

  const dexie = new Dexie(`changes-dexie-${durability}`, { chromeTransactionDurability: durability });
  dexie.version(1).stores({ users: 'id' });

  const wrapped = await openDB(`changes-idb-${durability}`, 1, {
    upgrade: (database) => void database.createObjectStore('users', { keyPath: 'id' }),
  });

  const opening = indexedDB.open(`changes-bare-${durability}`, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore('users', { keyPath: 'id' });
  const bare = await done(opening);

  const withIdb = async (ats) => {
    const transaction = wrapped.transaction('users', 'readwrite', { durability });
    await Promise.all([...ats.map((at) => transaction.store.put(record(at))), transaction.done]);
  };
  const withBare = (ats) => {
    const transaction = bare.transaction('users', 'readwrite', { durability });
    const users = transaction.objectStore('users');
    for (const at of ats) users.put(record(at));
    return complete(transaction);
  };
  const withDexie = (ats) =>
    ats.length === 1 ? dexie.users.put(record(ats[0])) : dexie.users.bulkPut(ats.map(record));
  return {
    all: [
      ['Doorward', commit],
      ['dexie', withDexie],
      ['idb', withIdb],
      ['IndexedDB itself', withBare],
    ],
    // What is there after a bulk has to be the same for all.
    count: async () => [
      (await ours.read([{ prefix: ['user'], limit: 1000 }])).ranges[0].length,
      await dexie.users.count(),
      await wrapped.count('users'),
      await done(bare.transaction('users').objectStore('users').count()),
    ],
  };
}

/** @returns {Promise<object[]>} two tables: single changes, rows of bulks */
export async function changes(durability, options) {
  const { Dexie } = await import(/* @vite-ignore */ `${location.origin}/dexie.js`);
  const { all, count } = await candidates(durability, Dexie);
  const range = Array.from({ length: many }, (_, at) => at);
  for (const [, put] of all) await put(range);
  const counts = await count();
  if (counts.some((found) => found !== many)) throw new Error(`not the same rows: ${counts.join(', ')}`);
  let next = 0;
  const single = all.map(([name, put]) => ({ name, per: 1, run: () => put([next++ % many]) }));
  const bulk = all.map(([name, put]) => ({ name, per: many, run: () => put(range) }));
  return [await compare(single, options), await compare(bulk, options)];
}
