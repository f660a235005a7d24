// Packs the package and installs the tarball into a folder that knows nothing of this tree.

import { execFile, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, extname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export const here = dirname(fileURLToPath(import.meta.url));
export const root = resolve(here, '..', '..');

/** Runs a program to its end. @returns {Promise<{code: number, stdout: string, stderr: string}>} */
export function run(command, args, { cwd, env, input } = {}) {
  return new Promise((done) => {
    const child = execFile(
      command,
      args,
      {
        cwd,
        env: { ...process.env, NODE_TEST_CONTEXT: undefined, NODE_OPTIONS: undefined, ...env },
        maxBuffer: 1 << 26,
      },
      (error, stdout, stderr) => done({ code: error === null ? 0 : Number(error.code) || 1, stdout, stderr }),
    );
    child.stdin.end(input ?? '');
  });
}

/** As `run`, but a failure throws with everything the program said. */
export async function must(command, args, options) {
  const result = await run(command, args, options);
  if (result.code !== 0) {
    throw new Error(
      `\`${[command, ...args].join(' ')}\` ended with ${result.code}\n${result.stdout}\n${result.stderr}`,
    );
  }
  return result;
}

const folders = [];
/** A folder far from this tree, so that no look-up climbs back into it. */
export function temporaryFolder() {
  const dir = mkdtempSync(join(tmpdir(), 'doorward-stranger-'));
  folders.push(dir);
  return dir;
}

export function removeFolders() {
  for (const dir of folders.splice(0)) rmSync(dir, { recursive: true, force: true });
}

/** @returns {Promise<{file: string, files: string[]}>} the tarball, and what is in it */
export async function pack(dir) {
  const args = ['pack', '--json', '--pack-destination', dir];
  const { stdout } = await must('npm', args, { cwd: join(root, 'pkg') });
  const report = JSON.parse(stdout);
  const [entry] = Array.isArray(report) ? report : Object.values(report);
  return { file: join(dir, entry.filename), files: entry.files.map(({ path }) => path).sort() };
}

/**
 * A project of a stranger: `projects/NAME`, with the tarball installed.
 * @param {string} dir
 * @param {string} tarball
 */
export async function install(dir, tarball) {
  writeFileSync(join(dir, 'package.json'), JSON.stringify({ name: 'stranger', private: true, type: 'module' }));
  // `prefer-offline`: what the cache of npm holds is good enough, so that a second run needs no network.
  const flags = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error', '--omit=dev'];
  await must('npm', ['install', ...flags, tarball], { cwd: dir });
}

export function copyProject(name, dir) {
  const to = join(dir, name);
  cpSync(join(here, 'projects', name), to, { recursive: true });
  return to;
}

const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.wasm': 'application/wasm',
  '.css': 'text/css',
};

/** A plain file server with the strictest content security policy under which WebAssembly runs. */
export async function serve(dir) {
  const asked = [];
  const server = createServer(async (request, response) => {
    const path = new URL(request.url, 'http://x').pathname;
    asked.push(path);
    if (path === '/favicon.ico') {
      response.writeHead(204).end();
      return;
    }
    const file = resolve(dir, `.${path.endsWith('/') ? `${path}index.html` : path}`);
    try {
      if (!file.startsWith(dir + sep)) throw new Error('outside');
      const body = await readFile(file);
      response.writeHead(200, {
        'content-type': types[extname(file)] ?? 'application/octet-stream',
        'content-security-policy': "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; object-src 'none'",
      });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    asked,
    close: () => new Promise((closed) => (server.closeAllConnections(), server.close(closed))),
  };
}

/** Starts a program, waits for its first line on stdout. */
export async function startProgram(command, args, options) {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stderr.setEncoding('utf8').on('data', (chunk) => (stderr += chunk));
  const ended = new Promise((done) => child.on('close', (code, signal) => done({ code, signal })));
  const line = await new Promise((found, failed) => {
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      stdout += chunk;
      if (stdout.includes('\n')) found(stdout.slice(0, stdout.indexOf('\n')));
    });
    ended.then(({ code }) => failed(new Error(`ended with ${code} before its first line\n${stdout}\n${stderr}`)));
  });
  return { child, line, ended, stderr: () => stderr };
}
