/** Stores full of users, made through the service in memory. */
import { openLocal } from 'doorward/faces';
import { memory, memoryData } from 'doorward/stores/memory';
import { nameOf } from './listing.mjs';

const password = 'correct horse battery';

/**
 * A memory store of `count` users and one administrator, who has an API key.
 * @returns {Promise<{data: import('doorward/stores/memory').MemoryData, key: string, count: number}>}
 */
export async function people(count, progress) {
  const data = memoryData();
  // Few audit entries: copying a hundred thousand of them would measure nothing.
  const policy = { preset: 'doorward', auditMaxEntries: 1000 };
  const { door, session } = await openLocal({ store: memory({ data }), policy });
  await door.setUp({ name: 'admin', password });
  const { value: key } = await session.tokens.create({ user: 'admin', name: 'bench' });
  for (let at = 0; at < count; at++) {
    const name = nameOf(at);
    const more = { displayName: `User ${at}`, email: `${name}@example.org`, country: 'NL', data: { room: at % 40 } };
    await session.users.create({ name, groups: ['users'], scopes: at % 10 === 0 ? ['users.read'] : [], ...more });
    if (at % 1000 === 999) progress(`${at + 1} of ${count} users`);
  }
  await door.close();
  return { data, key, count };
}
