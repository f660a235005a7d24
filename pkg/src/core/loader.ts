/** `init` and `core`, over what the platform does to load the binary. */
import { DoorwardError } from '../errors.js';
import type { Core } from './border.js';
import { describe, type InitSource } from './source.js';

export interface Loader {
  init(source?: InitSource): Promise<void>;
  core(): Core;
}

/** What `init` tells sources apart by: addresses by their text, everything else by identity. */
function identity(source: InitSource): unknown {
  return source instanceof URL ? source.href : source;
}

/**
 * One loader for one binary. `load` instantiates the module and may be called again after it has failed;
 * `defaultSource` is where it looks where no source is given.
 */
export function createLoader(defaultSource: () => URL, load: (source: InitSource) => Promise<Core>): Loader {
  let loaded: { core: Core; from: unknown } | undefined;
  let pending: { promise: Promise<void>; from: unknown } | undefined;

  async function attempt(source: InitSource, from: unknown): Promise<void> {
    try {
      loaded = { core: await load(source), from };
    } catch (cause) {
      if (DoorwardError.is(cause, 'invalidArgument')) throw cause;
      throw new DoorwardError('initFailed', `the WebAssembly module could not be loaded from ${describe(source)}`, {
        cause,
      });
    } finally {
      pending = undefined;
    }
  }

  function init(source?: InitSource): Promise<void> {
    if (loaded) {
      if (source === undefined || identity(source) === loaded.from) return Promise.resolve();
      return Promise.reject(new DoorwardError('initConflict'));
    }
    if (pending) {
      if (source === undefined || identity(source) === pending.from) return pending.promise;
      // The other attempt decides: if it succeeds this one is a conflict, if it fails this one has its turn.
      const again = (): Promise<void> => init(source);
      return pending.promise.then(again, again);
    }
    const from = source ?? defaultSource();
    const promise = attempt(from, identity(from));
    pending = { promise, from: identity(from) };
    return promise;
  }

  return {
    init,
    core() {
      if (!loaded) throw new DoorwardError('notInitialized');
      return loaded.core;
    },
  };
}
