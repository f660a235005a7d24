/** One change told to many connections of the nymea face, and what a connection takes of the server's memory. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { connect } from 'doorward/nymea';
import { compare } from './measure.mjs';

const command = fileURLToPath(new URL('../../pkg/dist/cli.js', import.meta.url));
const admin = { username: 'admin', password: 'Admin123' };

async function start() {
  const options = ['--store', 'memory:', '--port', '0', '--nymea-port', '0', '--policy', 'nymea'];
  const child = spawn(process.execPath, [command, 'serve', ...options], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  const { listening, nymea } = JSON.parse(line);
  return { child, urls: { TCP: nymea, WebSocket: `${listening.replace('http', 'ws')}/nymea` } };
}

/** Bytes the process holds; only Linux says. */
function resident(pid) {
  try {
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
  } catch {
    return undefined;
  }
}

/** A crowd on one transport: a change is over when everybody has heard of it. */
async function crowd(transport, count) {
  const { child, urls } = await start();
  const first = await connect(urls[transport]);
  await first.createUser(admin);
  await first.logIn({ ...admin, deviceName: 'bench' });
  const before = resident(child.pid);
  let heard = 0;
  let wake = () => {};
  const clients = [];
  for (let at = 0; at < count; at += 50) {
    const joining = Array.from({ length: 50 }, () => connect(urls[transport], { token: first.token }));
    clients.push(...(await Promise.all(joining)));
  }
  for (const client of clients) {
    client.on('Users.UserChanged', () => {
      if (++heard === count) wake();
    });
  }
  const taken = before === undefined ? undefined : (resident(child.pid) - before) / count;
  const change = async () => {
    heard = 0;
    const all = new Promise((resolve) => (wake = resolve));
    await Promise.all([first.users.SetUserInfo({ email: `${Math.random()}` }), all]);
    assert.equal(heard, count);
  };
  const end = async () => {
    for (const client of [first, ...clients]) client.close();
    child.kill();
    await once(child, 'exit');
  };
  return { transport, taken, change, end };
}

export const connections = {
  name: 'connections',
  title: 'connections of the nymea face',
  async run({ rounds, batch, tokens, progress }) {
    const count = tokens >= 1000 ? 1000 : 200;
    progress(`${count} connections`);
    const crowds = [await crowd('TCP', count), await crowd('WebSocket', count)];
    const candidates = crowds.map(({ transport, change }) => ({ name: transport, per: count, run: change }));
    const rows = await compare(candidates, { rounds, batch });
    const memory = crowds
      .filter(({ taken }) => taken !== undefined)
      .map(({ transport, taken }) => ({ name: transport, bytes: taken }));
    for (const { end } of crowds) await end();
    const title = `one change told to ${count} connections, client and server on one machine`;
    return [
      { id: 'notifications', title, unit: 'notification', perSecond: true, rows },
      { id: 'connection-memory', title: "a connection's share of the server's memory", unit: 'bytes', rows: memory },
    ];
  },
};
