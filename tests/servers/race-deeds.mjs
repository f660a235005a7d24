/** What those who race do, and what is there afterwards: in processes, and in pages. */

/**
 * Whether one that races goes on: till its time is up, and on a slow machine for a minute more till it did enough to tell
 * something.
 * @param {number} until in ms of the clock @param {number} done what was acknowledged to it
 */
export const racesOn = (until, done) => Date.now() < until || (done < 4 && Date.now() < until + 60_000);

const names = Array.from({ length: 6 }, (_, at) => `user${at}`);
const any = (list) => list[Math.floor(Math.random() * list.length)];
const expected = new Set(['alreadyExists', 'notFound', 'conflict', 'invalidArgument']);

/**
 * Adds, renames and removes users of a few names for a while.
 * @param {import('doorward').Session} session of the owner
 * @param {{seed: string, time: number}} race `seed`: one's own; `time` in ms
 * @returns {Promise<string[]>} what was acknowledged, in the audit's words
 */
export async function raceUsers(session, { seed, time }) {
  // Each with a display name of its own: somebody else may have given the same name, and what changes nothing leaves no entry.
  let edits = 0;
  const deeds = [
    async (name) => (await session.users.create({ name }), 'userAdded'),
    async (name) => {
      const other = any(names.filter((one) => one !== name));
      await session.users.edit(name, { name: other, displayName: `${seed} ${(edits += 1)}` });
      return 'userChanged';
    },
    async (name) => (await session.users.remove(name), 'userRemoved'),
  ];
  const done = [];
  const until = Date.now() + time;
  let added = 0;
  while (racesOn(until, added)) {
    try {
      const what = await any(deeds)(any(names));
      done.push(what);
      if (what === 'userAdded') added += 1;
    } catch (error) {
      if (!expected.has(error.code)) throw error;
    }
  }
  return done;
}

/** How often each is there. */
export const count = (list) => list.reduce((all, one) => all.set(one, (all.get(one) ?? 0) + 1), new Map());

/**
 * What there is after a race: what is wrong by Doorward's own check, the names, and what the audit holds of deeds done.
 * @returns {Promise<{findings: object[], uncounted: boolean, users: string[], told: [string, number][]}>}
 */
export async function afterRace(store, session) {
  const { findings, uncounted } = await session.check();
  const { users } = await session.users.list();
  const audit = [];
  for (let page = []; audit.length === 0 || page.length === 1000; audit.push(...page)) {
    const after = audit.at(-1)?.key;
    page = (await store.read([{ prefix: ['audit'], ...(after && { after }) }])).ranges[0];
    if (page.length === 0) break;
  }
  const entries = audit.map(({ value }) => JSON.parse(value));
  const told = count(entries.filter(({ ok }) => ok).map(({ what }) => what));
  return { findings, uncounted, users: users.map(({ name }) => name), told: [...told] };
}
