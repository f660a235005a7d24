// Drives the built command as a stranger would: by child processes, their streams and exit codes.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const command = fileURLToPath(new URL('../../pkg/dist/cli.js', import.meta.url));

export const password = 'correct horse battery';

const cleanEnvironment = () => {
  const { DOORWARD_STORE: _s, DOORWARD_PASSWORD: _p, DOORWARD_TOKEN: _t, ...rest } = process.env;
  return rest;
};

/** A folder of the test's own; removed when it ends. */
export function folder(t) {
  const path = mkdtempSync(join(tmpdir(), 'doorward-test-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Runs one command to its end. */
export async function run(args, { input = '', env = {}, cwd } = {}) {
  const child = spawn(process.execPath, [command, ...args], { env: { ...cleanEnvironment(), ...env }, cwd });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  // A command that does not read its input may be gone before it is written.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [code, signal] = await once(child, 'close');
  return { code, signal, stdout, stderr };
}

/** Runs a command that has to succeed, with --json; gives the result. */
export async function json(args, options) {
  const { code, stdout, stderr } = await run([...args, '--json'], options);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

/** Runs a command that has to be refused; gives the error. */
export async function refused(args, options = {}) {
  const { code, stdout, stderr } = await run([...args, '--json'], options);
  assert.equal(code, options.exit ?? 1, stdout + stderr);
  assert.equal(stdout, '');
  return JSON.parse(stderr.trim().split('\n').at(-1)).error;
}

/** An LMDB store with the first administrator `ann`. */
export async function prepared(t) {
  const store = `lmdb:${join(folder(t), 'store.lmdb')}`;
  await json(['setup', 'ann', '--store', store], { env: { DOORWARD_PASSWORD: password } });
  return store;
}

/** Requests to the session API of a server. */
export const caller =
  (url) =>
  async (path, { method, body, headers = {} } = {}) => {
    const response = await fetch(`${url}/doorward/v1${path}`, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: response.status, headers: response.headers, body: await response.json() };
  };

/** A running server, in a process of its own. */
export async function serve(t, args = [], { env = {} } = {}) {
  const child = spawn(process.execPath, [command, 'serve', '--port', '0', ...args], {
    env: { ...cleanEnvironment(), ...env },
  });
  const server = { child, lines: [], stderr: '', exited: once(child, 'exit') };
  let rest = '';
  let wake = () => {};
  child.stdout.setEncoding('utf8').on('data', (text) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop();
    server.lines.push(...parts);
    wake();
  });
  child.stderr.setEncoding('utf8').on('data', (text) => (server.stderr += text));
  child.on('exit', () => wake());
  t.after(async () => {
    child.kill('SIGKILL');
    await server.exited;
  });
  let taken = 0;
  server.nextLine = async () => {
    while (server.lines.length <= taken) {
      assert.equal(child.exitCode, null, `the server ended: ${server.stderr}`);
      await new Promise((resolve) => (wake = resolve));
    }
    return JSON.parse(server.lines[taken++]);
  };
  server.ready = await server.nextLine();
  server.url = server.ready.listening;
  server.stop = async (signal = 'SIGTERM') => {
    child.kill(signal);
    return server.exited;
  };
  server.api = caller(server.url);
  return server;
}

export const bearer = (token) => ({ authorization: `Bearer ${token}` });
