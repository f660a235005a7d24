/** What has to be reached, and whether it was. */
import { bytes, duration, times } from './report.mjs';

/** More than this short of a target fails the gate. */
const tolerance = 0.2;

/**
 * @typedef {object} Target
 * @property {string} what
 * @property {string} table id of the table it is read from
 * @property {'least'|'most'} bound whether `limit` is the least or the most
 * @property {number} limit
 * @property {(value: number) => string} show
 * @property {string} [of] whose multiple it is
 * @property {(rows: object[]) => number | undefined} value nothing where the peer cannot be had here
 */

const named = (rows, name) => rows.filter((row) => row.name.startsWith(name));
const ratios = (rows, name) => named(rows, name).map(({ ratio }) => ratio);

/** The peer takes at least so many times as long as we; of several forms of it the quickest counts. */
const ahead = (table, what, limit, peer) => ({
  what,
  table,
  bound: 'least',
  limit,
  show: times,
  of: peer,
  value: (rows) => {
    const found = ratios(rows, peer);
    return found.length > 0 ? Math.min(...found) : undefined;
  },
});

/** We take at most so many times as long as the peer. */
const close = (table, what, limit, peer) => ({
  what,
  table,
  bound: 'most',
  limit,
  show: times,
  of: peer,
  value: (rows) => {
    const found = ratios(rows, peer);
    return found.length > 0 ? 1 / Math.min(...found) : undefined;
  },
});

const atMost = (table, what, limit, show, value) => ({ what, table, bound: 'most', limit, show, value });
const time = (table, what, limit, name = '') =>
  atMost(table, what, limit, duration, (rows) => named(rows, name)[0]?.median);
const size = (what, limit, name) => atMost('sizes', what, limit, bytes, (rows) => named(rows, name)[0]?.bytes);

/** The second row is the same on few users; its ratio is few over many. */
const grows = (table, where) =>
  atMost(table, `page of 100: ${where}, many users over 1,000`, 2, times, ([, few]) => 1 / few.ratio);

const argon2 = 'Argon2id, wiped, kept instance';
const filter = '`filter` of 10,000 handles';
const token = 'token → session, memory store';

/** @type {Target[]} */
export const targets = [
  ahead('argon2', argon2, 1.2, '@phi-ag/argon2'),
  ahead('argon2', argon2, 2, 'argon2id'),
  ahead('argon2', argon2, 2.2, 'hash-wasm'),
  ahead('argon2', argon2, 1.6, 'argon2 (crate)'),
  ahead('argon2', argon2, 1.2, 'argon2 (npm, native)'),
  close('argon2', argon2, 1.15, 'reference C, 128 bits'),
  close('argon2', argon2, 1.6, 'reference C, AVX2'),
  ahead('can-scope', '`can(scope)`', 8, '@casl/ability'),
  ahead('can-scope', '`can(scope)`', 1000, 'cedar-wasm'),
  ahead('can-scope', '`can(scope)`', 1000, 'casbin'),
  close('can-scope', '`can(scope)`', 2, 'baseline: a JavaScript bit mask'),
  ahead('can-handle', '`can(scope, handle)`', 8, '@casl/ability'),
  close('can-handle', '`can(scope, handle)`', 2, 'baseline: JavaScript bit masks'),
  ahead('can-resource', '`can(scope, { kind, id })`', 2.5, '@casl/ability'),
  ahead('can-resource', '`can(scope, { kind, id })`', 1000, 'casbin'),
  close('can-resource', '`can(scope, { kind, id })`', 2, 'baseline: two JavaScript Sets'),
  ahead('filter', filter, 40, '@casl/ability'),
  time('filter', `${filter}, each`, 5e-6),
  ahead('authenticate', token, 1.8, 'crypto.hash'),
  ahead('authenticate', token, 8, 'jsonwebtoken'),
  ahead('authenticate', token, 80, 'jose'),
  ahead('authenticate', token, 200, 'better-auth'),
  ahead('border', 'page of 100 users out, ten fields', 2, 'JSON.parse'),
  ahead('border', 'page of 100 users out, ten fields', 3, 'serde-wasm-bindgen'),
  ahead('border-whole', 'page of 100 users out, all fields', 2, 'JSON.parse'),
  time('page-lmdb', 'page of 100 of many users, LMDB', 5),
  time('page-indexeddb', 'page of 100 of many users, IndexedDB', 40),
  grows('page-memory', 'memory'),
  grows('page-lmdb', 'LMDB'),
  grows('page-indexeddb', 'IndexedDB'),
  ahead('indexeddb-single', 'IndexedDB, a single change', 1, 'dexie'),
  close('indexeddb-single', 'IndexedDB, a single change', 1.5, 'IndexedDB itself'),
  ahead('indexeddb-bulk', 'IndexedDB, a row of many', 1, 'dexie'),
  close('indexeddb-bulk', 'IndexedDB, a row of many', 1.5, 'IndexedDB itself'),
  ahead('octoprint-currentuser', '`GET /api/currentuser` with a key, requests', 10, 'OctoPrint'),
  ahead('octoprint-users', '`GET /api/access/users`, 100 users, requests', 10, 'OctoPrint'),
  close('start', 'cold start in Node, import to first answer', 1.5, '@casl/ability'),
  time('start', 'cold start in Node, import to first answer', 20),
  time('blocking', 'longest task of the page during a log-in', 16),
  size('core, brotli', 90_000, 'core_bg.wasm'),
  size('core with the four faces, brotli', 200_000, 'faces_bg.wasm'),
  size('Argon2id, brotli', 14_000, 'hash_bg.wasm'),
  size("the admin page's first load, brotli", 300_000, 'admin page'),
];

/** The targets whose tables were measured. `short`: by how much of the limit it is missed. */
export function judge(tables) {
  return targets.flatMap(({ what, table, bound, limit, show, of, value }) => {
    const found = tables.find(({ id }) => id === table);
    if (found === undefined) return [];
    const reached = value(found.rows);
    const words = `${bound === 'least' ? '≥' : '≤'} ${show(limit)}${of === undefined ? '' : ` ${of}`}`;
    if (reached === undefined) return [{ what, limit: words, measured: 'not measured here', met: true, failed: false }];
    const short = bound === 'least' ? 1 - reached / limit : reached / limit - 1;
    return [{ what, limit: words, measured: show(reached), met: short <= 0, failed: short > tolerance }];
  });
}
