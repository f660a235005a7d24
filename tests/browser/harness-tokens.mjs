// Runs in two pages: a door with the VRM face on one IndexedDB database, and a store whose commits are written down.
import { open } from 'doorward/faces';
import { indexedDB } from 'doorward/stores/indexeddb';
import { inVrm, password, vrmOptions } from '../servers/vrm.mjs';

globalThis.harness = {
  async setUp() {
    const door = await open({ store: indexedDB('tokens'), ...vrmOptions });
    const root = await door.setUp({ name: 'root', password });
    for (const name of ['ann', 'bob']) await root.users.create({ name, email: `${name}@example.org`, password });
    await door.close();
  },
  /** Makes access tokens of a few names, and revokes its own, for a while. */
  async race(milliseconds) {
    const door = await open({ store: indexedDB('tokens'), ...vrmOptions });
    const people = { ann: await inVrm(door, 'ann'), bob: await inVrm(door, 'bob') };
    const any = (list) => list[Math.floor(Math.random() * list.length)];
    const [made, revoked] = [[], []];
    let refused = 0;
    for (const until = Date.now() + milliseconds; Date.now() < until;) {
      const who = any(['ann', 'bob']);
      const mine = made.filter((token) => token.who === who && !revoked.includes(token.id));
      if (mine.length > 0 && Math.random() < 0.7) {
        const { id } = any(mine);
        const { status } = await people[who]('DELETE', `/users/me/accesstokens/${id}`);
        if (status === 200) revoked.push(id);
        continue;
      }
      const { json } = await people[who]('POST', '/users/me/accesstokens/create', {
        name: any(['boat', 'van', 'hut']),
      });
      if (json.success) made.push({ who, id: json.idAccessToken });
      else refused += 1;
    }
    await door.close();
    return { made, revoked, refused };
  },
  async list(who) {
    const door = await open({ store: indexedDB('tokens'), ...vrmOptions });
    const { json } = await (await inVrm(door, who))('GET', '/users/me/accesstokens/list');
    await door.close();
    return json.tokens.map(({ idAccessToken: id, name }) => ({ id, name }));
  },
};
