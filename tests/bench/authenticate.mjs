/** From a token to the session behind it. */
import assert from 'node:assert/strict';
import crypto, { createHash, createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { open } from 'doorward';
import { openLocal } from 'doorward/faces';
import { lmdb } from 'doorward/stores/lmdb';
import { memory, memoryData } from 'doorward/stores/memory';
import { compare } from './measure.mjs';
import { load } from './peers.mjs';
import { entries, fill } from './listing.mjs';

const perUser = 10;
const inFlight = 64;

/** `count` API keys in a memory store, and whose they are. */
async function tokens(count) {
  const data = memoryData();
  const { door, session } = await openLocal({ store: memory({ data }) });
  const made = [];
  for (let user = 0; user * perUser < count; user++) {
    await session.users.create({ name: `user${user}`, groups: ['users'], scopes: ['users.read'] });
    for (let at = 0; at < perUser; at++) {
      const { value } = await session.tokens.create({ user: `user${user}`, name: `key ${at}` });
      made.push({ value, name: `user${user}` });
    }
  }
  await door.close();
  return { data, made };
}

/** HMAC tokens that carry what they grant: no look-up, and nothing that could be revoked. */
async function signed(made) {
  const { SignJWT, jwtVerify } = await load('jose');
  const secret = createHash('sha256').update('bench').digest();
  const sign = ({ name }) =>
    new SignJWT({ scopes: ['users.read'] })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(name)
      .setExpirationTime('30d')
      .sign(secret);
  const values = await Promise.all(made.map(sign));
  return { values, name: async (value) => (await jwtVerify(value, secret)).payload.sub };
}

/** The same by the other library of the field, which does not wait. */
async function signedAtOnce(made) {
  const { default: jwt } = await load('jsonwebtoken');
  const secret = createHash('sha256').update('bench').digest();
  const options = { algorithm: 'HS256', expiresIn: '30d' };
  const values = made.map(({ name }) => jwt.sign({ scopes: ['users.read'] }, secret, { ...options, subject: name }));
  return { values, name: (value) => jwt.verify(value, secret, { algorithms: ['HS256'] }).sub };
}

/** better-auth on its memory adapter: sessions found by their cookie. */
async function sessions(made) {
  const { betterAuth } = await load('better-auth');
  const { memoryAdapter } = await load('better-auth/adapters/memory');
  const secret = 'a secret of the bench, which is long enough';
  const auth = betterAuth({
    baseURL: 'http://localhost:3000',
    secret,
    database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
    emailAndPassword: { enabled: true, password: { hash: async (text) => text, verify: async () => true } },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { disabled: true },
  });
  const values = [];
  // Its memory adapter goes through all sessions: more of them would measure that alone.
  for (const { name } of made.slice(0, 100)) {
    const body = { name, email: `${name}.${values.length}@example.org`, password: 'correct horse' };
    const { token } = await auth.api.signUpEmail({ body });
    const signature = createHmac('sha256', secret).update(token).digest('base64');
    const cookie = `better-auth.session_token=${encodeURIComponent(`${token}.${signature}`)}`;
    values.push(new Headers({ cookie }));
  }
  return { values, name: async (headers) => (await auth.api.getSession({ headers }))?.user.name };
}

/** The least a server could do: a digest and a look-up. */
function digested(made) {
  const digest = crypto.hash
    ? (value) => crypto.hash('sha256', value, 'base64')
    : (value) => createHash('sha256').update(value).digest('base64');
  const users = new Map(made.map(({ value, name }) => [digest(value), name]));
  return (value) => users.get(digest(value));
}

export const authenticate = {
  name: 'authenticate',
  title: 'token authentication',
  async run({ rounds, batch, tokens: count, progress }) {
    progress(`${count} tokens`);
    const { data, made } = await tokens(count);
    const folder = mkdtempSync(join(tmpdir(), 'doorward-bench-'));
    try {
      const file = join(folder, 'tokens.lmdb');
      const filled = lmdb(file);
      await fill(filled, entries(memory({ data })));
      await filled.close();
      const inMemory = await open({ store: memory({ data }) });
      const onDisk = await open({ store: lmdb(file) });
      const jwts = await signed(made);
      const lookUp = digested(made);
      const plainJwts = await signedAtOnce(made);
      const better = await sessions(made);

      const values = made.map(({ value }) => value);
      // Every token once: the check, and the warming of what the doors keep of them.
      for (const [at, { value, name }] of made.entries()) {
        for (const door of [inMemory, onDisk]) {
          const session = await door.authenticate(value);
          assert.equal(session.me.name, name);
          session.close();
        }
        assert.equal(await jwts.name(jwts.values[at]), name);
        assert.equal(lookUp(value), name);
        assert.equal(plainJwts.name(plainJwts.values[at]), name);
        if (at < better.values.length) assert.equal(await better.name(better.values[at]), name);
      }
      await assert.rejects(inMemory.authenticate(`${values[0].slice(0, -1)}!`), { code: 'invalidToken' });

      // The last uses are written a second later; that shall not fall into the first rounds.
      await delay(1500);

      // A prime step, so that neighbours in time are no neighbours in the store.
      const walk = (list) => {
        let at = 0;
        return () => list[(at = (at + 7919) % list.length)];
      };
      const one = (door) => {
        const next = walk(values);
        return async () => (await door.authenticate(next())).close();
      };
      const many = (door) => {
        const single = one(door);
        return () => Promise.all(Array.from({ length: inFlight }, single));
      };
      // A door that has met all tokens makes way for one that has met none.
      let fresh = await open({ store: memory({ data }) });
      let met = 0;
      const first = async () => {
        if (met === values.length) {
          await fresh.close();
          fresh = await open({ store: memory({ data }) });
          met = 0;
        }
        (await fresh.authenticate(values[met++])).close();
      };
      const nextJwt = walk(jwts.values);
      const nextValue = walk(values);
      const nextPlain = walk(plainJwts.values);
      const nextCookie = walk(better.values);
      const candidates = [
        { name: 'Doorward, memory', per: 1, run: one(inMemory) },
        { name: `Doorward, memory, ${inFlight} at once`, per: inFlight, run: many(inMemory) },
        { name: 'Doorward, memory, a token for the first time', per: 1, run: first },
        { name: 'Doorward, LMDB', per: 1, run: one(onDisk) },
        { name: 'jose, HS256', per: 1, run: () => jwts.name(nextJwt()) },
        { name: 'jsonwebtoken, HS256', per: 1, run: () => plainJwts.name(nextPlain()) },
        { name: 'better-auth, memory, 100 sessions', per: 1, run: () => better.name(nextCookie()) },
        { name: 'crypto.hash and a Map', per: 1, run: () => lookUp(nextValue()) },
      ];
      const rows = await compare(candidates, { rounds, batch });
      await Promise.all([inMemory, onDisk, fresh].map((door) => door.close()));
      const title = `\`authenticate(token)\`, ${made.length.toLocaleString('en')} tokens`;
      return [{ id: 'authenticate', title, unit: 'token', perSecond: true, rows }];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
