/** How long the long tests are: as short as they still tell something, or by the hour with `npm run soak`. */
const soak = process.env.DOORWARD_SOAK === '1';

/** How often a writer or a server is killed. */
export const kills = soak ? 1000 : 20;
/** How often the leader of a cluster: each takes a few seconds. */
export const leaderKills = soak ? 1000 : 10;
/** How long processes race on one store, in ms. */
export const raceTime = soak ? 20_000 : 4000;

/**
 * Whether one that races goes on: till its time is up, and on a slow machine for a minute more till it did enough to tell
 * something.
 * @param {number} until in ms of the clock @param {number} done what was acknowledged to it
 */
export const racesOn = (until, done) => Date.now() < until || (done < 4 && Date.now() < until + 60_000);
