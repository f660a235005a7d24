/** Interleaved timing. Nothing here knows Node or the page: both use it. */

/** Rounds that are not recorded: engines compile beside the work, and on a busy machine late. */
const warmUps = 2;

/**
 * @typedef {object} Candidate
 * @property {string} name
 * @property {number} per how many units (checks, ids, pages…) one call of `run` does
 * @property {() => unknown} run may return a promise
 */

/**
 * @typedef {object} Measured
 * @property {string} name
 * @property {number} median milliseconds for one unit
 * @property {number} lowest the same in the quickest round: what a busy machine distorts least
 * @property {number} ratio how many times as long as the first candidate takes; the median over the rounds
 */

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Milliseconds that `times` calls take. Awaiting what is no promise would cost more than a check does. */
async function time({ run }, times, waits) {
  const begin = performance.now();
  if (waits) for (let i = 0; i < times; i++) await run();
  else for (let i = 0; i < times; i++) run();
  return performance.now() - begin;
}

/** How often to call a candidate so that one batch takes about `batch` ms. The trials warm it up as well. */
async function calibrate(candidate, batch) {
  const first = candidate.run();
  const waits = typeof first?.then === 'function';
  await first;
  let times = 1;
  for (;;) {
    const took = await time(candidate, times, waits);
    if (took >= batch) return { times: Math.max(1, Math.round((times * batch) / took)), waits };
    times = Math.ceil(times * Math.min(10, Math.max(1.5, (1.2 * batch) / Math.max(took, 0.01))));
  }
}

/** From one seed the same order in every run, yet no candidate always behind the same other one. */
function shuffled(list, random) {
  const all = [...list];
  for (let i = all.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [all[i], all[j]] = [all[j], all[i]];
  }
  return all;
}

/** Numbers from 0 up to 1 that are the same in every run. */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Times the candidates side by side: every round runs a batch of each, in an order of its own.
 * @param {readonly Candidate[]} candidates ours first
 * @param {{rounds: number, batch: number}} options `batch` in ms
 * @returns {Promise<Measured[]>}
 */
export async function compare(candidates, { rounds, batch }) {
  const random = seeded(rounds);
  const entries = [];
  for (const candidate of candidates) entries.push({ candidate, samples: [], ...(await calibrate(candidate, batch)) });
  for (let round = -warmUps; round < rounds; round++) {
    for (const { candidate, samples, times, waits } of shuffled(entries, random)) {
      const took = await time(candidate, times, waits);
      if (round >= 0) samples[round] = took / times / candidate.per;
    }
  }
  const ours = entries[0].samples;
  return entries.map(({ candidate, samples }) => ({
    name: candidate.name,
    median: median(samples),
    lowest: Math.min(...samples),
    ratio: median(samples.map((sample, round) => sample / ours[round])),
  }));
}
