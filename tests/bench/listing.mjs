/** Copying stores and paging through them: nothing here knows Node or the page, both use it. */
import { open } from 'doorward';
import { limits } from 'doorward/contract';

export const pageSize = 100;
/** Well under what one commit may hold. */
const copiedAtOnce = 500;

/** The name of the `at`th user: names sort in another order than ids. */
export const nameOf = (at) => `user${(at * 7919 + 13) % 1_000_000}`;

/** All entries of a store, in batches of `[key, value]`. */
export async function* entries(store) {
  for (let after; ;) {
    const [batch] = (await store.read([{ prefix: [], limit: limits.rangeEntries, ...(after && { after }) }])).ranges;
    for (let at = 0; at < batch.length; at += copiedAtOnce) {
      yield batch.slice(at, at + copiedAtOnce).map(({ key, value }) => [key, value]);
    }
    if (batch.length < limits.rangeEntries) return;
    after = batch.at(-1).key;
  }
}

/** Writes what `entries` gave into an empty store. */
export async function fill(store, batches) {
  for await (const batch of batches) {
    const result = await store.commit({ checks: [], mutations: batch.map(([set, value]) => ({ set, value })) });
    if (!result.ok) throw new Error('a commit without checks met a conflict');
  }
}

/** Where whole pages begin, spread over the list of `count` users. */
async function cursors(users, count) {
  const limit = Math.min(1000, Math.max(1, Math.floor(count / 20)));
  const found = [undefined];
  for (let passed = limit; passed + pageSize <= count; passed += limit) {
    const after = found.at(-1);
    found.push((await users.list({ limit, ...(after && { after }) })).next);
  }
  return found;
}

/**
 * Opens a store of `count` users by the administrator's key.
 * `next` lists a page, at another place each time.
 */
export async function opened(store, { key, count }) {
  const door = await open({ store });
  const { users } = await door.authenticate(key);
  const starts = await cursors(users, count);
  const page = (after) => users.list({ limit: pageSize, ...(after && { after }) });
  let at = 0;
  return { door, users, next: () => page(starts[at++ % starts.length]), page, starts };
}

/** Throws unless the first page and one from the middle hold the names they should. */
export async function checkPages({ page, starts }, count) {
  const names = ['admin', ...Array.from({ length: count }, (_, at) => nameOf(at))].sort();
  const step = Math.min(1000, Math.max(1, Math.floor(count / 20)));
  for (const at of [0, starts.length >> 1]) {
    const found = (await page(starts[at])).users.map(({ name }) => name);
    if (found.join() !== names.slice(at * step, at * step + pageSize).join()) throw new Error(`wrong page ${at}`);
  }
}

/** All records as the package gives them. */
export async function allRecords(users) {
  const all = [];
  for (let after; ;) {
    const page = await users.list({ limit: 1000, ...(after && { after }) });
    all.push(...page.users);
    if (page.next === undefined) return all;
    after = page.next;
  }
}
