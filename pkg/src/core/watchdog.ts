/** One time limit for many calls, with one timer: a timer a call costs more than the call of a store in memory. */

/** Longest delay a timer takes; a longer one would fire at once. */
const maxDelay = 2 ** 31 - 1;

interface Pending {
  readonly deadline: number;
  readonly fail: () => void;
}

export interface Watchdog {
  /** Calls `fail` unless the function it returns is called in time. */
  watch(fail: () => void): () => void;
}

/** @param limit milliseconds; from 2^31 on there is no limit */
export function createWatchdog(limit: number): Watchdog {
  // The limit is the same for all, so the order of insertion is that of the deadlines.
  const pending = new Set<Pending>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  function arm(): void {
    const [next] = pending;
    if (next === undefined) return;
    timer = setTimeout(
      () => {
        timer = undefined;
        const now = performance.now();
        for (const call of pending) {
          if (call.deadline > now) break;
          pending.delete(call);
          call.fail();
        }
        arm();
      },
      Math.max(1, Math.ceil(next.deadline - performance.now())),
    );
  }

  /** In Node a timer keeps the process alive: as long as somebody waits it should, and no longer. */
  function hold(held: boolean): void {
    if (typeof timer === 'object') held ? timer.ref() : timer.unref();
  }

  return {
    watch(fail) {
      if (limit > maxDelay) return () => undefined;
      const call = { deadline: performance.now() + limit, fail };
      pending.add(call);
      if (timer === undefined) arm();
      else if (pending.size === 1) hold(true);
      return () => {
        if (pending.delete(call) && pending.size === 0) hold(false);
      };
    },
  };
}
