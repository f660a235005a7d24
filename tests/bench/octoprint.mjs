/** OctoPrint's user API over HTTP: `doorward serve` beside the real server, each a process of its own. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { once } from 'node:events';
import { openDoorward } from '../node/octoprint-doorward.mjs';
import { openReal, tryInstall } from '../node/octoprint-real.mjs';
import { told } from '../node/octoprint-story.mjs';
import { compare } from './measure.mjs';

/** Connections at once, and requests of each in one call. */
const connections = 8;
const each = 4;
const people = 100;

/** A connection that is kept; no more of HTTP than both servers speak, so that it does not cost more than they do. */
class Connection {
  #socket;
  #received = '';
  #waiting;

  static async open(url) {
    const { hostname, port } = new URL(url);
    const connection = new Connection();
    connection.#socket = connect({ host: hostname, port: Number(port), noDelay: true });
    connection.#socket.setEncoding('latin1').on('data', (text) => connection.#hear(text));
    connection.#socket.on('error', (error) => connection.#waiting?.reject(error));
    connection.#socket.on('close', () => connection.#waiting?.reject(new Error('the server closed the connection')));
    await once(connection.#socket, 'connect');
    return connection;
  }

  ask(request) {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(request);
    });
  }

  #hear(text) {
    this.#received += text;
    const body = this.#received.indexOf('\r\n\r\n') + 4;
    if (body < 4) return;
    const length = /\r\ncontent-length: *(\d+)/i.exec(this.#received.slice(0, body))?.[1];
    if (length === undefined) return this.#waiting.reject(new Error(`no length: ${this.#received.slice(0, body)}`));
    if (this.#received.length < body + Number(length)) return;
    const answer = this.#received;
    this.#received = '';
    this.#waiting.resolve(answer);
  }

  close() {
    this.#waiting = undefined;
    this.#socket.destroy();
  }
}

const percentile = (numbers, share) => {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
};

/** A server under load of one request, with how long each took. */
async function candidate(name, server, path) {
  const host = new URL(server.url).host;
  const request = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nX-Api-Key: ${server.keys.admin}\r\n\r\n`;
  const open = await Promise.all(Array.from({ length: connections }, () => Connection.open(server.url)));
  const took = [];
  const one = async (connection) => {
    for (let at = 0; at < each; at++) {
      const begin = performance.now();
      const answer = await connection.ask(request);
      took.push(performance.now() - begin);
      if (!answer.startsWith('HTTP/1.1 200 ')) throw new Error(`${name}: ${answer.slice(0, 200)}`);
    }
  };
  return {
    name,
    per: connections * each,
    run: () => Promise.all(open.map(one)),
    took,
    close: () => open.forEach((connection) => connection.close()),
  };
}

async function answerOf(server, path) {
  const response = await fetch(server.url + path, { headers: { 'x-api-key': server.keys.admin } });
  assert.equal(response.status, 200);
  return told({ answer: { data: await response.json() } });
}

const requests = [
  { id: 'octoprint-currentuser', path: '/api/currentuser', title: '`GET /api/currentuser` with a key' },
  { id: 'octoprint-users', path: '/api/access/users', title: `\`GET /api/access/users\`, ${people} users` },
];

export const octoprint = {
  name: 'octoprint',
  title: "OctoPrint's user API",
  async run({ rounds, batch, progress }) {
    const more = Array.from({ length: people - 3 }, (_, at) => `user${String(at).padStart(3, '0')}`);
    const { dir, missing } = await tryInstall();
    if (missing !== false) process.stderr.write(`${missing}\n`);
    progress('starting the servers');
    const servers = [
      { name: 'Doorward, LMDB', opening: openDoorward({ more, lmdb: true }) },
      { name: 'Doorward, memory', opening: openDoorward({ more, spawned: true }) },
      ...(dir === undefined ? [] : [{ name: 'OctoPrint 1.11', opening: openReal(dir, { more }) }]),
    ];
    try {
      for (const server of servers) server.open = await server.opening;
      // Both show the keys of their own fixture, which are the same.
      for (const { path } of requests) {
        const [first, ...others] = await Promise.all(servers.map(({ open }) => answerOf(open, path)));
        for (const other of others) assert.deepEqual(other, first);
      }
      const tables = [];
      for (const { id, path, title } of requests) {
        progress(path);
        const candidates = await Promise.all(servers.map(({ name, open }) => candidate(name, open, path)));
        const rows = await compare(candidates, { rounds: Math.min(rounds, 9), batch: Math.max(batch, 100) });
        candidates.forEach(({ close }) => close());
        const withTail = rows.map((row, at) => ({ ...row, p99: percentile(candidates[at].took, 0.99) }));
        const what = `${title}, ${connections} connections`;
        tables.push({ id, title: what, unit: 'request', perSecond: true, p99: true, rows: withTail });
      }
      return tables;
    } finally {
      await Promise.all(servers.map(async ({ opening }) => (await opening.catch(() => undefined))?.close()));
    }
  },
};
