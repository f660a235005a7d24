/**
 * Hashing on the caller's thread, where no worker can be made: in slices, between which the thread has its turn. Hashes that
 * come with imports are not cut; they are taken over with the first log-in.
 */
import type { Spawn } from './hasher.js';
import { serve, type Argon2, type HashModule, type HashReply } from './protocol.js';

/** Milliseconds of hashing at a time: half of what a screen's picture takes. */
const slice = 8;
/** KiB between two looks at the clock: less than a millisecond's work for most. */
const stride = 256;

/** In a task of its own; timers of browsers would wait 4 ms each time. */
const pause: () => Promise<void> =
  typeof setImmediate === 'function'
    ? () => new Promise((resolve) => setImmediate(resolve))
    : () =>
        new Promise((resolve) => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => {
            port1.close();
            resolve();
          };
          port2.postMessage(0);
        });

async function inSlices(argon2: Argon2): Promise<void> {
  for (let until = performance.now() + slice; !argon2.step(stride);) {
    if (performance.now() < until) continue;
    await pause();
    until = performance.now() + slice;
  }
}

/** One module has one job at a time, and all hashers of a thread share the module. */
let last: Promise<unknown> = Promise.resolve();

/** `load` is called once for each place made; a module that is instantiated already is answered again. */
export function localSpawn(load: () => Promise<HashModule>): Spawn {
  return (onReply) => {
    // In a task of its own, so that what is on the page's mind gets its turn between two hashes.
    const post = (reply: HashReply): unknown => setTimeout(() => onReply(reply));
    const handle = serve(load(), post, inSlices);
    return {
      send: (request) => void (last = last.then(() => handle(request))),
      stop: () => undefined,
    };
  };
}
