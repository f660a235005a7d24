/** Logging in: a password against Argon2id of 19 MiB, 2 passes, 1 lane. */
import assert from 'node:assert/strict';
import { open } from 'doorward';
import { memory } from 'doorward/stores/memory';
// The hash has no name of its own in the package; alone it is what the peer can be held against.
import { createNodeHasher } from '../../pkg/dist/hash/hasher.node.js';
import { compare } from './measure.mjs';
import { load } from './peers.mjs';

const password = 'correct horse battery';

export const login = {
  name: 'login',
  title: 'log-in',
  async run({ rounds, batch }) {
    const { argon2Verify } = await load('hash-wasm');
    const hasher = createNodeHasher();
    const door = await open({ store: memory() });
    await (await door.setUp({ name: 'ann', password })).logOut();
    const hash = await hasher.hash(password, 19_456, 2, 1);
    assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    assert.equal(await hasher.verify(password, hash), true);
    assert.equal(await argon2Verify({ password, hash }), true);
    assert.equal(await hasher.verify('wrong', hash), false);
    assert.equal(await argon2Verify({ password: 'wrong', hash }), false);

    const logIn = async () => {
      const session = await door.logIn('ann', password);
      // Not kept: the number of sessions a user may have is limited.
      await session.logOut();
    };
    const candidates = [
      { name: 'Doorward, log in and out (worker)', per: 1, run: logIn },
      { name: 'Doorward, the hash alone (worker)', per: 1, run: () => hasher.verify(password, hash) },
      { name: 'hash-wasm, the hash alone (blocks)', per: 1, run: () => argon2Verify({ password, hash }) },
    ];
    const rows = await compare(candidates, { rounds, batch: Math.max(batch, 100) });
    await Promise.all([door.close(), hasher.close()]);
    return [{ id: 'login', title: 'log-in, Argon2id 19 MiB, 2 passes, 1 lane', unit: 'log-in', rows }];
  },
};
