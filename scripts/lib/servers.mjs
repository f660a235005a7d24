// Database servers for the tests: Debian's programs, on data of their own in a temporary folder, on a free port of the
// loopback. Nothing of a server that is installed or running is touched.

import { spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { apt } from './apt.mjs';
import { Trouble, ask, run } from './run.mjs';

const patience = 30_000;

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}

/** Resolves once the port takes connections; a server that ends meanwhile is a failure with what it said. */
async function listening(port, child, said) {
  const until = Date.now() + patience;
  while (Date.now() < until) {
    if (child.exitCode !== null) throw new Trouble('a database server ended while it started', said());
    const socket = createConnection(port, '127.0.0.1');
    const connected = await Promise.race([
      once(socket, 'connect').then(
        () => true,
        () => false,
      ),
      sleep(1000, false),
    ]);
    socket.destroy();
    if (connected) return;
    await sleep(30);
  }
  throw new Trouble('a database server did not start in time', said());
}

/** A program that can be killed and started again on the same data and port. */
function server({ command, args, options, port, ready }) {
  let child;
  let text = '';
  return {
    async start() {
      for (let attempt = 1; ; attempt += 1) {
        child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
        for (const stream of [child.stdout, child.stderr])
          stream.setEncoding('utf8').on('data', (data) => (text = (text + data).slice(-20_000)));
        try {
          await listening(port, child, () => text);
          return await ready?.();
        } catch (error) {
          // After a kill -9 what it had started may take a moment to notice.
          if (attempt === 20 || child.exitCode === null) throw error;
          await sleep(100);
        }
      }
    },
    /** @param {NodeJS.Signals} signal */
    async stop(signal) {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
    },
  };
}

function postgresFolder() {
  const base = '/usr/lib/postgresql';
  const versions = existsSync(base) ? readdirSync(base).filter((name) => /^\d+$/.test(name)) : [];
  const newest = versions
    .sort((a, b) => Number(b) - Number(a))
    .find((name) => existsSync(join(base, name, 'bin/initdb')));
  return newest === undefined ? null : join(base, newest, 'bin');
}

/** PostgreSQL refuses to run as root. */
async function unprivileged() {
  if (process.getuid?.() !== 0) return {};
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = await Promise.all([ask('id', ['-u', name]), ask('id', ['-g', name])]);
    if (uid !== null && gid !== null) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Trouble('there is no unprivileged user to run PostgreSQL as');
}

/**
 * A PostgreSQL server of Debian's version, with fsync as in earnest.
 * @returns {Promise<{url: string, port: number, folder: string, start(): Promise<void>, stop(signal?: NodeJS.Signals): Promise<void>, remove(): Promise<void>}>}
 */
export async function postgresServer() {
  const otherwise = 'The tests of the PostgreSQL store start a server of their own.';
  if (postgresFolder() === null) await apt(['postgresql'], otherwise);
  const bin = postgresFolder();
  if (bin === null) throw new Trouble(`PostgreSQL was installed but is not there. ${otherwise}`);
  const user = await unprivileged();
  const folder = mkdtempSync(join(tmpdir(), 'doorward-postgres-'));
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const password = join(folder, 'password');
  writeFileSync(password, 'secret-of-the-tests\n');
  if (user.uid !== undefined) chownSync(password, user.uid, user.gid);
  const initdb = [
    '-D',
    data,
    '-U',
    'doorward',
    '-A',
    'scram-sha-256',
    '--pwfile',
    password,
    '-E',
    'UTF8',
    '--no-locale',
  ];
  // Never the files of another server, whatever the environment says.
  const env = { PATH: process.env.PATH, LC_ALL: 'C' };
  await run(join(bin, 'initdb'), initdb, { ...user, cwd: folder, trouble: 'initdb failed' });
  const port = await freePort();
  const settings = { port, listen_addresses: '127.0.0.1', unix_socket_directories: folder, max_connections: 200 };
  const args = ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  const url = `postgres://doorward:secret-of-the-tests@127.0.0.1:${port}/postgres`;
  const ready = async () => {
    while ((await ask(join(bin, 'pg_isready'), ['-q', '-h', '127.0.0.1', '-p', String(port)])) === null)
      await sleep(50);
  };
  const own = server({ command: join(bin, 'postgres'), args, options: { ...user, cwd: folder, env }, port, ready });
  await own.start();
  return {
    url,
    port,
    folder,
    start: () => own.start(),
    stop: (signal = 'SIGINT') => own.stop(signal),
    async remove() {
      await own.stop('SIGINT');
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

const ownUrl = (port) => `http://127.0.0.1:${port}`;

/** One member of an etcd cluster, not started yet. It takes commits as large as the contract allows. */
function etcdMember({ name, folder, port, peer, cluster, more = {} }) {
  const settings = {
    name,
    'data-dir': join(folder, name),
    'listen-client-urls': ownUrl(port),
    'advertise-client-urls': ownUrl(port),
    'listen-peer-urls': ownUrl(peer),
    'initial-advertise-peer-urls': ownUrl(peer),
    'initial-cluster': cluster,
    'max-txn-ops': 40_000,
    'max-request-bytes': 32 * 1024 * 1024,
    'log-level': 'error',
    ...more,
  };
  const args = Object.entries(settings).map(([name, value]) => `--${name}=${value}`);
  const isHealthy = async () => {
    const answer = await fetch(`${ownUrl(port)}/health`).catch(() => null);
    return (await answer?.text())?.includes('true') === true;
  };
  const ready = async () => {
    for (let tries = 0; !(await isHealthy()); tries += 1) {
      if (tries > 300) throw new Trouble('etcd did not become healthy');
      await sleep(50);
    }
  };
  // Not the settings of an installed one.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('ETCD_')));
  return server({ command: 'etcd', args, options: { cwd: folder, env }, port, ready });
}

async function installEtcd() {
  const otherwise = 'The tests of the etcd store start a server of their own.';
  if ((await ask('etcd', ['--version'])) === null) await apt(['etcd-server'], otherwise);
  if ((await ask('etcd', ['--version'])) === null)
    throw new Trouble(`etcd was installed but cannot be run. ${otherwise}`);
}

/**
 * An etcd of Debian's version, alone.
 * @param {{ base?: string, more?: Record<string, string | number> }} [options] the folder it gets its own in, and settings
 */
export async function etcdServer({ base = tmpdir(), more } = {}) {
  await installEtcd();
  const folder = mkdtempSync(join(base, 'doorward-etcd-'));
  const [port, peer] = [await freePort(), await freePort()];
  const program = etcdMember({ name: 'test', folder, port, peer, cluster: `test=${ownUrl(peer)}`, more });
  await program.start();
  return {
    url: `etcd://127.0.0.1:${port}/`,
    port,
    start: () => program.start(),
    stop: (signal = 'SIGTERM') => program.stop(signal),
    async remove() {
      await program.stop('SIGKILL');
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/**
 * Three etcd that agree on a leader; they notice within half a second that it is gone.
 * `killLeader` ends it with a signal, and starts it again once another leads.
 */
export async function etcdCluster() {
  await installEtcd();
  const folder = mkdtempSync(join(tmpdir(), 'doorward-etcd-'));
  const members = [];
  for (const name of ['one', 'two', 'three']) members.push({ name, port: await freePort(), peer: await freePort() });
  const cluster = members.map(({ name, peer }) => `${name}=${ownUrl(peer)}`).join();
  const more = { 'heartbeat-interval': 50, 'election-timeout': 500, 'initial-cluster-state': 'new' };
  for (const member of members) member.program = etcdMember({ ...member, folder, cluster, more });
  await Promise.all(members.map(({ program }) => program.start()));

  /** The member that says of itself that it leads. */
  async function leader() {
    for (let tries = 0; tries < 300; tries += 1) {
      for (const member of members) {
        const request = { method: 'POST', body: '{}', signal: AbortSignal.timeout(1000) };
        const answer = await fetch(`${ownUrl(member.port)}/v3/maintenance/status`, request).catch(() => null);
        const { header, leader } = (await answer?.json().catch(() => null)) ?? {};
        if (leader !== undefined && leader !== '0' && leader === header?.member_id) return member;
      }
      await sleep(30);
    }
    throw new Trouble('the members of etcd agreed on no leader');
  }

  return {
    url: `etcd://${members.map(({ port }) => `127.0.0.1:${port}`).join()}/`,
    async killLeader() {
      const { name, program } = await leader();
      await program.stop('SIGKILL');
      await leader();
      await program.start();
      return name;
    },
    async remove() {
      await Promise.all(members.map(({ program }) => program.stop('SIGKILL')));
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
