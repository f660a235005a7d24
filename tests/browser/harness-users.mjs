// Runs in several pages: a door on one IndexedDB database, of which all race for the same names of users.
import { indexedDB } from 'doorward/stores/indexeddb';
// In a page nobody is the machine's owner; only as one can the store be checked.
import { openLocalOn } from '../../pkg/dist/core/local-entry.js';
import { platform } from '../../pkg/dist/core/platform-faces.browser.js';
import { afterRace, raceUsers } from '../servers/race-deeds.mjs';

const openLocal = openLocalOn(platform);

async function opened() {
  const store = indexedDB('users');
  return { store, ...(await openLocal({ store })) };
}

globalThis.harness = {
  async race(options) {
    const { door, session } = await opened();
    const done = await raceUsers(session, options);
    await door.close();
    return done;
  },
  async after() {
    const { door, session, store } = await opened();
    const after = await afterRace(store, session);
    await door.close();
    return after;
  },
};
