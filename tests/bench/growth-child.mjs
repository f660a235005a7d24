/** One size of house, in a process of its own: started by growth.mjs, answers JSON on standard output. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes, randomUUID } from 'node:crypto';
import { open } from 'doorward';
import { openLocal } from 'doorward/faces';
import { lmdb } from 'doorward/stores/lmdb';
import { memory, memoryData } from 'doorward/stores/memory';
import { fill, entries } from './listing.mjs';
import { median } from './measure.mjs';

const [count, where, rounds, batch] = [Number(process.argv[2]), process.argv[3], ...process.argv.slice(4).map(Number)];
const password = 'correct horse battery';
/** Made by the service; the others are copies of what it wrote for them, with numbers and names of their own. */
const real = 1000;
/** Of each ten users one has a token. */
const every = 10;
const policy = { preset: 'doorward', auditMaxEntries: 1000, hashMemory: 8, hashPasses: 1 };
const padded = (number) => String(number).padStart(16, '0');
/** Spread over the alphabet, so that pages lie anywhere. */
const nameOf = (at) => `u${((at * 2_654_435_761) % 2 ** 32).toString(36)}x${at.toString(36)}`;

/** The first thousand, by the rules; with what is asked of them later. */
async function seed(data) {
  const { door, session } = await openLocal({ store: memory({ data }), policy, scopes: [{ name: 'lamp.switch' }] });
  await door.setUp({ name: 'admin', password });
  const { value: admin } = await session.tokens.create({ user: 'admin', name: 'bench' });
  const tokens = [];
  for (let at = 1; at < Math.min(real, count); at++) {
    const name = nameOf(at);
    const more = { displayName: `User ${at}`, email: `${name}@example.org`, country: 'NL', data: { room: at % 40 } };
    await session.users.create({ name, password: at < 10 ? password : undefined, groups: ['users'], ...more });
    if (at % every === 0) tokens.push((await session.tokens.create({ user: name, name: 'key' })).value);
  }
  await door.close();
  return { admin, tokens };
}

/** What the service wrote for one user, for another number and name. */
function* copies(template, from, to) {
  for (let at = from; at < to; at++) {
    const id = at + 1;
    const [name, digest, uuid] = [nameOf(at), randomBytes(32).toString('hex'), randomUUID()];
    const swap = (text) =>
      text
        .replaceAll(template.name, name)
        .replaceAll(padded(template.id), padded(id))
        .replaceAll(template.digest, digest)
        .replaceAll(template.uuid, uuid);
    for (const [key, value] of template.entries) {
      const ofToken = ['token', 'tokenId', 'owned', 'tokenCount'].includes(key[0]);
      if (ofToken && at % every !== 0) continue;
      const text = swap(value).replace(/"(id|user)":(\d+)/, (whole, field, number) =>
        Number(number) === template.id ? `"${field}":${id}` : whole,
      );
      // The name's entry holds the number bare.
      yield [
        key.map(swap),
        key[0] === 'name' ? text.replace(/^\[\d+/, `[${id}`) : key[0] === 'email' ? String(id) : text,
      ];
    }
  }
}

async function templateOf(data) {
  const all = [];
  for await (const part of entries(memory({ data }))) all.push(...part);
  const name = nameOf(real - every);
  const [, record] = all.find(([key, value]) => key[0] === 'user' && value.includes(`"${name}"`));
  const { id } = JSON.parse(record);
  const [, owned] = all.find(([key]) => key[0] === 'owned' && key[1] === padded(id));
  const { id: uuid, digest } = JSON.parse(owned);
  const own = ([key]) =>
    key[0] !== 'audit' &&
    (key.includes(padded(id)) || key.includes(name) || key.includes(digest) || key.includes(uuid));
  return { name, id, uuid, digest, entries: all.filter(own) };
}

async function* batches(list) {
  let part = [];
  for (const each of list) if (part.push(each) === 500) (yield part, (part = []));
  if (part.length > 0) yield part;
}

const folder = mkdtempSync(join(tmpdir(), 'doorward-bench-'));
try {
  const data = memoryData();
  const { admin, tokens } = await seed(data);
  const path = join(folder, 'house.lmdb');
  const make = () => (where === 'lmdb' ? lmdb(path) : memory({ data }));
  const weight = () => {
    globalThis.gc();
    return where === 'lmdb' ? statSync(path).size : process.memoryUsage().heapUsed;
  };
  if (where === 'lmdb') {
    const target = lmdb(path);
    await fill(target, entries(memory({ data })));
    await target.close();
  }
  const light = weight();
  if (count > real) {
    const template = await templateOf(data);
    const target = make();
    await fill(target, batches(copies(template, real, count)));
    await fill(
      target,
      batches([
        [['seq', 'user'], String(count + 1)],
        [['seq', 'token'], String(count + 1)],
      ]),
    );
    await target.close();
  }
  const bytes = count > real ? (weight() - light) / (count - real) : undefined;

  const door = await open({ store: make(), policy, scopes: [{ name: 'lamp.switch' }] });
  const session = await door.authenticate(admin);
  // The copies are users as others are.
  const last = nameOf(count - 1);
  assert.equal((await session.users.get(last)).name, last);
  const starts = [];
  for (let at = 0; at < 50; at++) {
    const found = await session.users.list({ limit: 500, ...(starts.length > 0 && { after: starts.at(-1) }) });
    if (found.next === undefined) break;
    starts.push(found.next);
  }
  let turn = 0;
  const pick = (list) => list[(turn = (turn + 7919) % list.length)];
  let added = 0;
  const work = {
    'token → session': async () => (await door.authenticate(pick(tokens))).close(),
    'log-in and out': () => door.logIn(nameOf(1 + (turn++ % 9)), password).then((made) => made.logOut()),
    'page of 100': () => session.users.list({ limit: 100, ...(starts.length > 0 && { after: pick(starts) }) }),
    'add user': () => session.users.create({ name: `new${added++}`, groups: ['users'] }),
    can: () => {
      let allowed = 0;
      for (let at = 0; at < 1000; at++) if (session.can('lamp.switch')) allowed += 1;
      return allowed;
    },
  };
  const answer = {};
  for (const [name, run] of Object.entries(work)) {
    await run();
    const samples = [];
    // The first rounds are the engine's, which compiles beside them.
    for (let round = -3; round < rounds; round++) {
      const begin = performance.now();
      let times = 0;
      do {
        await run();
        times += 1;
      } while (performance.now() - begin < batch);
      if (round >= 0) samples.push((performance.now() - begin) / times / (name === 'can' ? 1000 : 1));
    }
    answer[name] = median(samples);
  }
  await door.close();
  process.stdout.write(JSON.stringify({ answer, bytes }));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
