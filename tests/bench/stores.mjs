/**
 * The stores by themselves: a read and a commit through the adapter, beside the client it is made on doing the same in the
 * same run; and what a store of many users takes longer for than one of few.
 *
 * `DOORWARD_BENCH_USERS=1000000 npm run bench -- --only stores` lets the large one be of a million.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open as openLmdb } from 'lmdb';
import pg from 'pg';
import { openLocal } from 'doorward/faces';
import { etcd } from 'doorward/stores/etcd';
import { lmdb } from 'doorward/stores/lmdb';
import { memory } from 'doorward/stores/memory';
import { postgres } from 'doorward/stores/postgres';
import { rest } from 'doorward/stores/rest';
import { etcdServer, postgresServer } from '../../scripts/lib/servers.mjs';
import { restServer, restToken } from '../servers/rest-server.mjs';
import { entries, fill, nameOf, pageSize } from './listing.mjs';
import { compare } from './measure.mjs';
import { few, shown } from './pages.mjs';

const keys = 1000;
/** Calls that run at the same time: what a server does; and one that comes alone, with which nothing can be shared. */
const atOnce = [8, 1];
const value = JSON.stringify({ name: 'somebody', note: 'x'.repeat(300) });
const any = () => String(Math.floor(Math.random() * keys));
const base64 = (text) => Buffer.from(text).toString('base64');

/** `get(key)` gives `[value, version]`; `put(key, version)` sets it where the version is still that one. */
const viaContract = (store) => ({
  get: async (key) => {
    const [entry] = (await store.read([{ key: ['k', key] }])).ranges[0];
    return [entry.value, entry.version];
  },
  put: async (key, version) =>
    (await store.commit({ checks: [{ key: ['k', key], version }], mutations: [{ set: ['k', key], value }] })).ok,
});

async function prepare(store) {
  const mutations = Array.from({ length: keys }, (_, at) => ({ set: ['k', String(at)], value }));
  for (let at = 0; at < keys; at += 100) await store.commit({ checks: [], mutations: mutations.slice(at, at + 100) });
}

function rawLmdb(path) {
  const root = openLmdb({
    path,
    noSubdir: true,
    maxDbs: 1,
    encoding: 'string',
    overlappingSync: false,
    eventTurnBatching: false,
  });
  const db = root.openDB('raw', { encoding: 'string' });
  const parse = (record) => [record.slice(record.indexOf(' ') + 1), record.slice(0, record.indexOf(' '))];
  const get = (key) => {
    root.resetReadTxn();
    return parse(db.get(key));
  };
  return {
    prepare: () =>
      root.transactionSync(() => Array.from({ length: keys }, (_, at) => db.putSync(String(at), `0 ${value}`))),
    get: async (key) => get(key),
    put: (key, version) =>
      db.childTransaction(() => {
        if (parse(db.get(key))[1] !== version) return false;
        db.putSync(key, `${Number(version) + 1} ${value}`);
        return true;
      }),
    close: () => root.close(),
  };
}

function rawPostgres(url) {
  const pool = new pg.Pool({ connectionString: url, max: 10, allowExitOnIdle: true });
  const select = { name: 'raw-get', text: 'SELECT value, version FROM raw WHERE key = $1' };
  const upsert = {
    name: 'raw-put',
    text: 'INSERT INTO raw VALUES ($1, $2, $3) ON CONFLICT (key) DO UPDATE SET value = excluded.value, version = excluded.version',
  };
  return {
    async prepare() {
      await pool.query('CREATE TABLE raw (key bytea PRIMARY KEY, value bytea, version bigint)');
      for (let at = 0; at < keys; at += 1) {
        await pool.query({ ...upsert, values: [Buffer.from(String(at)), Buffer.from(value), 0] });
      }
    },
    async get(key) {
      const { rows } = await pool.query({ ...select, values: [Buffer.from(key)] });
      return [rows[0].value.toString(), rows[0].version];
    },
    async put(key, version) {
      const client = await pool.connect();
      try {
        // Whoever is met begins anew, as the adapter does.
        for (;;) {
          try {
            await client.query('BEGIN ISOLATION LEVEL SERIALIZABLE');
            const { rows } = await client.query({ ...select, values: [Buffer.from(key)] });
            const same = rows[0].version === version;
            if (same)
              await client.query({ ...upsert, values: [Buffer.from(key), Buffer.from(value), Number(version) + 1] });
            await client.query('COMMIT');
            return same;
          } catch (error) {
            await client.query('ROLLBACK');
            if (error.code !== '40001') throw error;
          }
        }
      } finally {
        client.release();
      }
    },
    close: () => pool.end(),
  };
}

function rawEtcd(port) {
  const ask = async (path, body) =>
    (await fetch(`http://127.0.0.1:${port}/v3/kv/${path}`, { method: 'POST', body: JSON.stringify(body) })).json();
  const at = (key) => base64(`raw/${key}`);
  return {
    async prepare() {
      for (let key = 0; key < keys; key += 1) await ask('put', { key: at(key), value: base64(value) });
    },
    async get(key) {
      const { kvs } = await ask('range', { key: at(key) });
      return [Buffer.from(kvs[0].value, 'base64').toString(), kvs[0].mod_revision];
    },
    async put(key, version) {
      const { succeeded } = await ask('txn', {
        compare: [{ key: at(key), target: 'MOD', mod_revision: version }],
        success: [{ request_put: { key: at(key), value: base64(value) } }],
      });
      return succeeded === true;
    },
    close: () => undefined,
  };
}

/**
 * Two candidates for the reads and two for the commits, for each of `atOnce`: the client first, so that the ratio is what the
 * adapter costs.
 */
async function pair(name, store, raw, options) {
  const ours = viaContract(store);
  await prepare(store);
  await raw.prepare();
  const some = (many) => Array.from({ length: many }, any);
  const reads =
    ({ get }, many) =>
    () =>
      Promise.all(some(many).map(get));
  const commits =
    ({ get, put }, many) =>
    () =>
      Promise.all(some(many).map(async (key) => put(key, (await get(key))[1])));
  const measure = (of, many) =>
    compare(
      [
        { name: `${name}: its client alone`, per: many, run: of(raw, many) },
        { name: `${name}: \`doorward\``, per: many, run: of(ours, many) },
      ],
      options,
    );
  try {
    const found = [];
    for (const many of atOnce) found.push({ reads: await measure(reads, many), commits: await measure(commits, many) });
    return found;
  } finally {
    await store.close();
    await raw.close();
  }
}

/** What a door does on a store of so many users. */
async function life(label, store, crowd) {
  const { door, session } = await openLocal({ store });
  const somebody = () => nameOf(Math.floor(Math.random() * crowd.count));
  let made = 0;
  const run = {
    'a user by name': () => session.users.get(somebody()),
    'a page of users': () => session.users.list({ limit: pageSize, after: somebody() }),
    'a change of a user': () => session.users.edit(somebody(), { displayName: `Changed ${(made += 1)}` }),
    'a new user': () => session.users.create({ name: `new${(made += 1)}` }),
  };
  return { label, run, close: () => door.close() };
}

async function growth(title, openStore, crowds, options, progress) {
  const lives = [];
  for (const crowd of crowds) {
    progress(`${title}, ${shown(crowd.count)} users`);
    const store = openStore(crowd.count);
    await fill(store, entries(memory({ data: crowd.data })));
    lives.push(await life(`${shown(crowd.count)} users`, store, crowd));
  }
  const tables = [];
  for (const what of Object.keys(lives[0].run)) {
    const rows = await compare(
      lives.map(({ label, run }) => ({ name: `${what}, ${label}`, per: 1, run: run[what] })),
      options,
    );
    tables.push(...rows);
  }
  for (const { close } of lives) await close();
  return {
    id: `growth-${title.toLowerCase()}`,
    title: `few users and many, ${title}`,
    unit: 'call',
    perSecond: true,
    rows: tables,
  };
}

export const stores = {
  name: 'stores',
  title: 'the stores beside their clients, and how they grow (LMDB, PostgreSQL, etcd, REST)',
  async run({ rounds, batch, users: usual, populations, progress }) {
    const options = { rounds, batch };
    const many = Number(process.env.DOORWARD_BENCH_USERS ?? usual);
    const folder = mkdtempSync(join(tmpdir(), 'doorward-bench-'));
    const servers = [];
    try {
      const database = await postgresServer();
      servers.push(database);
      const cluster = await etcdServer();
      servers.push(cluster);
      const shared = await restServer();
      servers.push(shared);
      const rows = atOnce.map(() => ({ reads: [], commits: [] }));
      const add = async (name, store, raw) => {
        progress(name);
        const found = await pair(name, store, raw, options);
        found.forEach(({ reads, commits }, at) => {
          rows[at].reads.push(...reads);
          rows[at].commits.push(...commits);
        });
      };
      await add('LMDB', lmdb(join(folder, 'ours.lmdb')), rawLmdb(join(folder, 'raw.lmdb')));
      await add('PostgreSQL', postgres(database.url), rawPostgres(database.url));
      await add('etcd', etcd(cluster.url), rawEtcd(cluster.port));
      const address = shared.url.slice('rest+'.length);
      await add('REST', rest(`${address}ours`, { token: restToken }), rawRest(`${address}raw`));
      const crowds = [await populations(few), await populations(many)];
      const grown = [
        await growth('LMDB', (count) => lmdb(join(folder, `${count}.lmdb`)), crowds, options, progress),
        await growth('PostgreSQL', (count) => postgres(`${database.url}?table=of_${count}`), crowds, options, progress),
      ];
      const files = crowds.map(({ count }) => ({
        name: `LMDB, ${shown(count)} users`,
        bytes: statSync(join(folder, `${count}.lmdb`)).size,
      }));
      const beside = atOnce.flatMap((many, at) => {
        const [suffix, note] = many === 1 ? ['-alone', 'one at a time'] : ['', `${many} at a time`];
        const { reads, commits } = rows[at];
        return [
          {
            id: `store-reads${suffix}`,
            title: `reads of one key, ${note}`,
            unit: 'read',
            perSecond: true,
            rows: reads,
          },
          {
            id: `store-commits${suffix}`,
            title: `reads and checked writes of one key, ${note}`,
            unit: 'commit',
            perSecond: true,
            rows: commits,
          },
        ];
      });
      return [...beside, ...grown, { id: 'store-size', title: 'the file', unit: 'bytes', rows: files }];
    } finally {
      for (const server of servers) await server.remove();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** The same requests without the adapter: what is over it is its work. */
function rawRest(url) {
  const headers = { authorization: `Bearer ${restToken}`, 'content-type': 'application/json' };
  const ask = async (path, body) =>
    (await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })).json();
  const put = (key, version) =>
    ask('/commit', { checks: [{ key: ['k', key], version }], mutations: [{ set: ['k', key], value }] });
  return {
    async prepare() {
      const mutations = Array.from({ length: keys }, (_, at) => ({ set: ['k', String(at)], value }));
      await ask('/commit', { checks: [], mutations });
    },
    async get(key) {
      const { ranges } = await ask('/read', { ranges: [{ key: ['k', key] }] });
      return [ranges[0][0].value, ranges[0][0].version];
    },
    put: async (key, version) => (await put(key, version)).ok,
    close: () => undefined,
  };
}
