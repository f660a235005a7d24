/**
 * A count that lives beyond a network, known here as of the last time it was asked for.
 *
 * The answer to a question holds what was committed before the question was sent. So a commit is unknown here for no
 * longer than `bound` after it resolved: where the last answered question is older, the count is not known.
 */
import { DoorwardError } from '../../errors.js';

/**
 * How stale the count may be, in ms, as an option of a store; 0: it counts nothing.
 * @throws DoorwardError `invalidArgument`
 */
export function checkStaleness(staleness = 1000): number {
  if (Number.isInteger(staleness) && (staleness === 0 || (staleness >= 500 && staleness <= 60_000))) return staleness;
  throw new DoorwardError('invalidArgument', '`staleness` has to be 0, or milliseconds from 500 to 60000');
}

/** What a store that others may write to as well declares. */
export const sharedCapabilities = (staleness: number) =>
  Object.freeze({ durable: true, watch: true, ...(staleness > 0 && { epoch: true, epochLag: staleness }) });

/** How long after the last `epoch()` the count is still asked for, in ms. */
const idle = 5000;

export class Freshness {
  readonly #bound: number;
  readonly #wake: () => void;
  #count = -1;
  /** When `#count` was learnt. */
  #learnt = -Infinity;
  /** When the question was sent whose answer came last. */
  #asOf = -Infinity;
  #wallAsOf = -Infinity;
  #wantedAt = -Infinity;
  #offset = 0;

  /** `wake`: called when the count is wanted and may not be asked for at the moment. */
  constructor(staleness: number, wake: () => void) {
    // A tenth of it is for what lies between asking and acting on the answer.
    this.#bound = staleness * 0.9;
    this.#wake = wake;
  }

  /** Has somebody asked lately? */
  get wanted(): boolean {
    return performance.now() - this.#wantedAt < idle;
  }

  /** @throws DoorwardError `storeFailed` where it is not known for the moment */
  epoch(): number {
    const now = performance.now();
    const wasWanted = this.wanted;
    this.#wantedAt = now;
    if (!wasWanted) this.#wake();
    // Two clocks: one is set by people, the other may stand still while the machine sleeps.
    if (now - this.#asOf > this.#bound || Math.abs(Date.now() - this.#wallAsOf) > this.#bound) {
      throw new DoorwardError('storeFailed', 'how many commits there are is not known for the moment');
    }
    return this.#offset + this.#count;
  }

  /** A commit of this handle, or one that was told of. */
  learn(count: number): void {
    if (count <= this.#count) return;
    this.#count = count;
    this.#learnt = performance.now();
  }

  /** A question to be answered; the function takes the answer. */
  ask(): (count: number) => void {
    const asked = performance.now();
    const wallAsked = Date.now();
    return (count) => {
      // Known before, and gone now: the database was set back, to a backup perhaps. What is published only ever grows.
      if (count < this.#count && asked > this.#learnt) {
        this.#offset += this.#count - count + 1;
        this.#count = count;
        this.#learnt = performance.now();
      }
      this.learn(count);
      this.#asOf = asked;
      this.#wallAsOf = wallAsked;
    };
  }
}
