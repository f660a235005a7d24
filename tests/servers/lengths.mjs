/**
 * How long the long tests are: as short as they still tell something, or by the hour with `npm run soak`.
 * `DOORWARD_SOAK_ROUNDS=100 npm run soak` kills as often as it says, for who has less than a night.
 */
const soak = process.env.DOORWARD_SOAK === '1';
const rounds = Number(process.env.DOORWARD_SOAK_ROUNDS ?? 1000);
if (soak && !(Number.isInteger(rounds) && rounds > 0)) throw new Error('DOORWARD_SOAK_ROUNDS has to be a number');

/** How often a writer or a server is killed. */
export const kills = soak ? rounds : 20;
/** How often the leader of a cluster: each takes a few seconds. */
export const leaderKills = soak ? rounds : 10;
/** How long processes race on one store for the same users, in ms. */
export const userRaceTime = 20_000;
/** How long for the same names of tokens. */
export const tokenRaceTime = soak ? 20_000 : 4000;
