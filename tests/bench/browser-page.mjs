/** What runs in the page: bundled as a consumer would, driven by browser.mjs. */
import { open } from 'doorward';
import { indexedDB as store } from 'doorward/stores/indexeddb';
import { memory, memoryData } from 'doorward/stores/memory';
import { changes } from './browser-changes.mjs';
import { allRecords, checkPages, fill, opened, pageSize } from './listing.mjs';
import { compare } from './measure.mjs';

const password = 'correct horse battery';

/** Batches of entries, as the server of the bench gives them. */
async function* fetched(count, chunks) {
  for (let at = 0; at < chunks; at++) yield* await (await fetch(`/${count}/${at}.json`)).json();
}

/** @returns {Promise<number>} milliseconds */
async function load(count, chunks) {
  const begin = performance.now();
  const target = store(`bench-${count}`);
  await fill(target, fetched(count, chunks));
  await target.close();
  return performance.now() - begin;
}

const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** A plain object store of finished records by name: what a page costs without rules and conversions. */
async function plain(records) {
  const opening = indexedDB.open('bench-plain', 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore('users', { keyPath: 'name' });
  const database = await done(opening);
  for (let from = 0; from < records.length; from += 5000) {
    const transaction = database.transaction('users', 'readwrite');
    for (const record of records.slice(from, from + 5000)) transaction.objectStore('users').put(record);
    await new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
  }
  const names = records.map(({ name }) => name).sort();
  let at = 0;
  return async () => {
    const start = names[(at = (at + 7919) % (names.length - pageSize))];
    const users = database.transaction('users').objectStore('users');
    return done(users.getAll(IDBKeyRange.lowerBound(start), pageSize));
  };
}

/** @param {{key: string, count: number}[]} crowds many first */
async function pages(crowds, options) {
  const places = [];
  for (const crowd of crowds) {
    const place = await opened(store(`bench-${crowd.count}`), crowd);
    await checkPages(place, crowd.count);
    places.push(place);
  }
  const peer = await plain(await allRecords(places[0].users));
  if ((await peer()).length !== pageSize) throw new Error('the plain store gave no page');
  const candidates = places.map(({ next }, at) => ({
    name: `Doorward, IndexedDB, of ${crowds[at].count}`,
    per: 1,
    run: next,
  }));
  candidates.push({ name: `IndexedDB, plain records, of ${crowds[0].count}`, per: 1, run: peer });
  const rows = await compare(candidates, options);
  await Promise.all(places.map(({ door }) => door.close()));
  return rows;
}

let door;

/** A door whose worker has not been started yet. */
async function prepare() {
  const data = memoryData();
  const first = await open({ store: memory({ data }) });
  await first.setUp({ name: 'ann', password });
  await first.close();
  door = await open({ store: memory({ data }) });
}

async function logIn(times) {
  for (let at = 0; at < times; at++) await (await door.logIn('ann', password)).logOut();
}

globalThis.bench = { changes, load, pages, prepare, logIn };
