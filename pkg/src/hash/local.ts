/** Hashing on the caller's thread, where no worker can be made. It blocks that thread for the length of each hash. */
import type { Spawn } from './hasher.js';
import { serve, type HashModule, type HashReply } from './protocol.js';

/** `load` is called once for each place made; a module that is instantiated already is answered again. */
export function localSpawn(load: () => Promise<HashModule>): Spawn {
  return (onReply) => {
    // In a task of its own, so that what is on the page's mind gets its turn between two hashes.
    const post = (reply: HashReply): unknown => setTimeout(() => onReply(reply));
    const handle = serve(load(), post);
    return { send: (request) => void handle(request), stop: () => undefined };
  };
}
