/** What has to be reached, and whether it was. */
import { bytes, duration, times } from './report.mjs';

/**
 * @typedef {object} Target
 * @property {string} what
 * @property {string} table id of the table it is read from
 * @property {string} limit in words
 * @property {(rows: object[]) => {measured: string, met: boolean}} judge
 */

const atMost = (limit, row, show, value) => {
  const found = value(row);
  return { measured: show(found), met: found <= limit };
};

/** Ahead of every form in which the peer can be asked. */
const aheadOf = (table, what, peer) => ({
  what,
  table,
  limit: `ahead of ${peer}`,
  judge: (rows) => {
    const closest = Math.min(...rows.filter(({ name }) => name.startsWith(peer)).map(({ ratio }) => ratio));
    return { measured: `${peer} takes ${times(closest)}`, met: closest > 1 };
  },
});

/** A server beside ours: not judged where it cannot be had. */
const tenTimes = (table, what) => ({
  what,
  table,
  limit: '≥ 10 × OctoPrint',
  judge: (rows) => {
    const { ratio } = rows.find(({ name }) => name.startsWith('OctoPrint')) ?? {};
    if (ratio === undefined) return { measured: 'OctoPrint cannot be installed here', met: true };
    return { measured: times(ratio), met: ratio >= 10 };
  },
});

const time = (table, what, limit, name) => ({
  what,
  table,
  limit: `≤ ${duration(limit)}`,
  judge: (rows) => {
    const row = name === undefined ? rows[0] : rows.find((each) => each.name === name);
    return atMost(limit, row, duration, ({ median }) => median);
  },
});

/** The second row is the same on few users; its ratio is few over many. */
const grows = (table, where) => ({
  what: `page of 100: ${where}, many users over 1,000`,
  table,
  limit: '≤ 2 ×',
  judge: ([, few]) => atMost(2, few, times, ({ ratio }) => 1 / ratio),
});

const size = (what, limit, name) => ({
  what,
  table: 'sizes',
  limit: `≤ ${bytes(limit)}`,
  judge: (rows) =>
    atMost(
      limit,
      rows.find((row) => row.name === name),
      bytes,
      (row) => row.bytes,
    ),
});

/** @type {Target[]} */
export const targets = [
  aheadOf('can-scope', '`can(scope)`', '@casl/ability'),
  aheadOf('can-resource', '`can(scope, { kind, id })`', '@casl/ability'),
  aheadOf('can-handle', '`can(scope, handle)`', '@casl/ability'),
  time('filter', '`filter` of 10,000 handles, each', 10e-6),
  {
    what: '`authenticate(token)`, memory',
    table: 'authenticate',
    limit: '≥ 50,000 /s',
    judge: ([{ median }]) => ({
      measured: `${Math.round(1000 / median).toLocaleString('en')} /s`,
      met: 1000 / median >= 50_000,
    }),
  },
  time('page-lmdb', 'page of 100 of many users, LMDB', 5),
  time('page-indexeddb', 'page of 100 of many users, IndexedDB', 40),
  grows('page-memory', 'memory'),
  grows('page-lmdb', 'LMDB'),
  grows('page-indexeddb', 'IndexedDB'),
  tenTimes('octoprint-currentuser', '`GET /api/currentuser` with a key, requests'),
  tenTimes('octoprint-users', '`GET /api/access/users`, 100 users, requests'),
  time('start', '`open` to first answer, Node', 60, 'Doorward, `open` to first answer'),
  time('blocking', 'longest task of the page during a log-in', 16),
  size('`core_bg.wasm`', 110_000, 'core_bg.wasm'),
  size("the admin page's first load", 300_000, 'admin page, first load with set-up'),
];

/** The targets whose tables were measured. */
export function judge(tables) {
  return targets.flatMap(({ what, table, limit, judge: verdict }) => {
    const found = tables.find(({ id }) => id === table);
    return found === undefined ? [] : [{ what, limit, ...verdict(found.rows) }];
  });
}
