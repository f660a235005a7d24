/** A hasher that is loaded with the first password: what it needs of Node takes longer to load than the core to compile. */
import { DoorwardError } from '../errors.js';
import type { Hasher } from './hasher.js';

export function lateHasher(load: () => Promise<Hasher>): Hasher {
  let loading: Promise<Hasher> | undefined;
  let closed = false;

  async function loaded(): Promise<Hasher> {
    if (closed) throw new DoorwardError('storeClosed', 'the door is closed');
    return await (loading ??= load());
  }

  return {
    hash: async (...args) => (await loaded()).hash(...args),
    verify: async (...args) => (await loaded()).verify(...args),
    async close() {
      closed = true;
      await (await loading)?.close();
    },
  };
}
