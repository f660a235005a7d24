/** A store that fails on purpose, to test what uses stores. */
import type { Commit, CommitResult, Range, Snapshot, Store } from '../contract.js';
import { DoorwardError } from '../errors.js';

/** One call of `read` or `commit`; `count` is 1 for the first call of that method. */
export type FaultyCall =
  | { readonly method: 'read'; readonly count: number; readonly ranges: readonly Range[] }
  | { readonly method: 'commit'; readonly count: number; readonly commit: Commit };

/**
 * What happens instead of the call:
 * - `throw`: nothing is done, the call fails with `error` (default: `storeFailed`);
 * - `hang`: nothing is done, the call never settles;
 * - `conflict`: nothing is done, a commit claims that its checks failed (all of them, or the keys of `conflicts`);
 * - `forget`: nothing is done, a commit claims success;
 * - `lose`: the call is done, but fails with `error` as if it had not been;
 * - `answer`: nothing is done, the call resolves to `value`, well-formed or not;
 * - `delay`: the call is done after so many milliseconds.
 */
export type Fault =
  | { readonly do: 'throw' | 'lose'; readonly error?: unknown }
  | { readonly do: 'hang' | 'forget' }
  | { readonly do: 'conflict'; readonly conflicts?: readonly (readonly string[])[] }
  | { readonly do: 'answer'; readonly value: unknown }
  | { readonly do: 'delay'; readonly milliseconds: number };

/** Decides about each call; `undefined` lets it through. */
export type FaultPlan = (call: FaultyCall) => Fault | undefined;

/** Wraps a store; everything the plan does not touch goes through. */
export function faulty(store: Store, plan: FaultPlan): Store {
  let reads = 0;
  let commits = 0;
  return {
    name: store.name,
    capabilities: store.capabilities,
    async read(ranges): Promise<Snapshot> {
      reads += 1;
      const fault = plan({ method: 'read', count: reads, ranges });
      if (fault?.do === 'conflict' || fault?.do === 'forget') {
        throw new DoorwardError('invalidArgument', `a read cannot have the fault \`${fault.do}\``);
      }
      return run(fault, () => store.read(ranges));
    },
    async commit(commit): Promise<CommitResult> {
      commits += 1;
      const fault = plan({ method: 'commit', count: commits, commit });
      if (fault?.do === 'forget') return { ok: true, version: 'forgotten' };
      if (fault?.do === 'conflict') {
        return { ok: false, conflicts: fault.conflicts ?? commit.checks.map(({ key }) => key) };
      }
      return run(fault, () => store.commit(commit));
    },
    ...(store.epoch === undefined ? {} : { epoch: store.epoch.bind(store) }),
    ...(store.watch === undefined ? {} : { watch: store.watch.bind(store) }),
    close: () => store.close(),
  };
}

async function run<T>(fault: Fault | undefined, call: () => Promise<T>): Promise<T> {
  switch (fault?.do) {
    case 'throw':
      throw fault.error ?? new DoorwardError('storeFailed');
    case 'hang':
      return new Promise<T>(() => undefined);
    case 'lose':
      await call();
      throw fault.error ?? new DoorwardError('storeFailed');
    case 'answer':
      return fault.value as T;
    case 'delay':
      await new Promise((resolve) => setTimeout(resolve, fault.milliseconds));
      return call();
    default:
      return call();
  }
}
