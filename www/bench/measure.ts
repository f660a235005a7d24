/** Interleaved timing: every round runs each candidate, in an order of its own. */

export interface Candidate {
  readonly name: string;
  readonly ours?: boolean;
  /** Units of one call. */
  readonly per: number;
  run(): unknown;
}

export interface Row {
  readonly name: string;
  readonly ours: boolean;
  /** Milliseconds for one unit, the median over the rounds. */
  readonly median: number;
  /** How many times as long as ours. */
  readonly ratio: number;
}

const warmUps = 1;

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

/** Clocks of browsers are coarse: a batch is as many calls as fill `batch` ms. */
async function once(candidate: Candidate, batch: number): Promise<number> {
  const begin = performance.now();
  let times = 0;
  let took = 0;
  do {
    const result = candidate.run();
    if (result instanceof Promise) await result;
    times += 1;
    took = performance.now() - begin;
  } while (took < batch);
  return took / times / candidate.per;
}

function shuffled<T>(list: readonly T[]): T[] {
  const all = [...list];
  for (let at = all.length - 1; at > 0; at--) {
    const other = Math.floor(Math.random() * (at + 1));
    [all[at], all[other]] = [all[other] as T, all[at] as T];
  }
  return all;
}

/** Lets the page show what it has. */
const breath = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/** Calls `heard` after every round with what is known so far; the first candidate is ours. */
export async function compare(
  candidates: readonly Candidate[],
  rounds: number,
  batch: number,
  heard: (rows: Row[], round: number) => void,
): Promise<Row[]> {
  const samples = new Map<Candidate, number[]>(candidates.map((candidate) => [candidate, []]));
  const first = candidates[0];
  const rows = (): Row[] =>
    candidates.map((candidate) => {
      const own = samples.get(candidate) ?? [];
      const ours = (first && samples.get(first)) ?? [];
      return {
        name: candidate.name,
        ours: candidate.ours === true,
        median: median(own),
        ratio: median(own.map((sample, round) => sample / (ours[round] ?? Number.NaN))),
      };
    });
  for (let round = -warmUps; round < rounds; round++) {
    for (const candidate of shuffled(candidates)) {
      const sample = await once(candidate, batch);
      if (round >= 0) samples.get(candidate)?.push(sample);
      await breath();
    }
    if (round >= 0) heard(rows(), round + 1);
  }
  return rows();
}
