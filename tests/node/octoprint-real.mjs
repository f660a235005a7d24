// The real OctoPrint, for comparison: installed once into the cache, started on 127.0.0.1 with a folder of its own, and
// with everything switched off that would reach out of the machine.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { apt } from '../../scripts/lib/apt.mjs';
import { cached } from '../../scripts/lib/files.mjs';
import { pythonEnv } from '../../scripts/lib/python.mjs';
import { Trouble, run, tryRun } from '../../scripts/lib/run.mjs';
import { freePort } from './free-port.mjs';
import { send } from './octoprint-client.mjs';
import { callAs } from './octoprint-shared.mjs';
import { isApart, vector } from './octoprint-runner.mjs';

const series = '1.11';
const startLimit = 90_000;

const python = (dir) => join(dir, 'venv', 'bin', 'python');

/**
 * The folder of the installed OctoPrint.
 * @param {(text: string) => void} say is told what takes long
 * @throws Trouble where it cannot be installed
 */
export function install(say) {
  return cached(`octoprint-${series}`, async (draft) => {
    const otherwise = 'The comparison with the real OctoPrint needs python3 with venv.';
    const venv = join(draft, 'venv');
    say(`installing OctoPrint ${series} from PyPI, once; this takes about a minute`);
    const make = () => tryRun('python3', ['-m', 'venv', venv], { env: pythonEnv });
    let made = await make();
    if (made.code !== 0) {
      say('Debian has venv in a package of its own: asking apt for it');
      await apt(['python3', 'python3-venv'], otherwise);
      made = await make();
    }
    if (made.code !== 0) throw new Trouble(`python3 -m venv failed. ${otherwise}`, made.output);
    // OctoPrint asks for a module in C of which there is no binary for every Python.
    const pip = () =>
      tryRun(python(draft), ['-m', 'pip', 'install', '--quiet', `OctoPrint==${series}.*`], {
        env: pythonEnv,
        timeout: 600_000,
      });
    let installed = await pip();
    if (installed.code !== 0 && /gcc|Python\.h/.test(installed.output)) {
      say('a part of it has to be compiled: asking apt for a compiler');
      await apt(['gcc', 'libc6-dev', 'python3-dev'], otherwise);
      installed = await pip();
    }
    if (installed.code !== 0) throw new Trouble(`OctoPrint ${series} could not be installed`, installed.output);
  });
}

/** Bundled plugins that fetch, tell, or find something on the network, or that add permissions of their own. */
const plugins = [
  ...['achievements', 'action_command_notification', 'action_command_prompt', 'announcements', 'appkeys', 'backup'],
  ...['classicwebcam', 'customcontrolmanager', 'discovery', 'errortracking', 'eventmanager', 'file_check'],
  ...['firmware_check', 'gcodeviewer', 'health_check', 'logging', 'pi_support', 'pluginmanager', 'softwareupdate'],
  ...['tracking', 'uploadmanager', 'virtual_printer'],
];

/** The global key: of a user that no list shows. */
const masterKey = 'the-global-key-of-a-server-under-test';

/** Where a setting of the vector lies in config.yaml. */
const places = {
  allowCrossOrigin: ['api', 'allowCrossOrigin'],
  defaultReauthenticationTimeout: ['accessControl', 'defaultReauthenticationTimeout'],
  rateLimiter: ['devel', 'enableRateLimiter'],
  sessionStaleAfter: ['accessControl', 'sessionStaleAfter'],
  trustBasicAuthentication: ['accessControl', 'trustBasicAuthentication'],
};

function configOf({ settings = {}, firstRun = false, salt }) {
  const config = {
    server: {
      firstRun,
      onlineCheck: { enabled: false },
      pluginBlacklist: { enabled: false },
      seenWizards: firstRun ? {} : { corewizard: 4 },
    },
    api: { key: masterKey },
    accessControl: salt === undefined ? {} : { salt },
    plugins: { _disabled: plugins },
    devel: { enableRateLimiter: false },
  };
  for (const [name, value] of Object.entries(settings)) {
    const [section, key] = places[name] ?? [];
    if (section !== undefined) config[section][key] = value;
  }
  return config;
}

/** Does the case need a process of its own? Settings that the real one has not do not count. */
export const needsOwn = (found) =>
  isApart({ ...found, settings: Object.keys(found.settings ?? {}).some((name) => name in places) ? {} : undefined });

/** Hashes passwords the way OctoPrint does. */
async function hashes(dir, passwords) {
  const code =
    'import json, sys; from octoprint.access.users import UserManager; ' +
    'print(json.dumps([UserManager.create_password_hash(p) for p in json.load(sys.stdin)]))';
  const { stdout } = await run(python(dir), ['-c', code], { input: JSON.stringify(passwords), env: pythonEnv });
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

let hashed;
/** The fixture as a user file; JSON is YAML, too. */
async function fixtureFile(dir) {
  const { users } = vector.fixture;
  hashed ??= hashes(
    dir,
    users.map((user) => user.password),
  );
  const found = await hashed;
  const entries = users.map(({ name, active, groups, apikey }, index) => [
    name,
    { password: found[index], active, groups, permissions: [], apikey, settings: {} },
  ]);
  return { _version: 2, ...Object.fromEntries(entries) };
}

/** A password as OctoPrint kept it before version 1.4. */
export const legacyHash = (password, salt) => createHash('sha512').update(`${password}${salt}`).digest('hex');

/** A user file of the vector: an entry with `legacyPassword` gets the hash of old. */
const legacyFile = ({ salt, users }) =>
  Object.fromEntries(
    Object.entries(users).map(([name, { legacyPassword, ...rest }]) => [
      name,
      { password: legacyHash(legacyPassword, salt), ...rest },
    ]),
  );

const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

/** Starts the server over the folder and waits until it answers. */
async function launch(dir, base, port) {
  const args = ['-m', 'octoprint', 'serve', '--iknowwhatimdoing', '--host', '127.0.0.1', '--port', String(port)];
  const child = spawn(python(dir), [...args, '--basedir', base], {
    cwd: base,
    // Whatever still wanted to fetch something would find nobody there.
    env: { ...process.env, http_proxy: 'http://127.0.0.1:9', https_proxy: 'http://127.0.0.1:9', HOME: base },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let log = '';
  const keep = (text) => (log = (log + text).slice(-20_000));
  child.stdout.setEncoding('utf8').on('data', keep);
  child.stderr.setEncoding('utf8').on('data', keep);
  const exited = once(child, 'exit').then(() => running.delete(child));
  const stop = async () => {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
    await exited;
    clearTimeout(timer);
  };
  const url = `http://127.0.0.1:${port}`;
  const limit = Date.now() + startLimit;
  for (;;) {
    if (child.exitCode !== null || Date.now() > limit) {
      await stop();
      throw new Trouble('the real OctoPrint did not start', log);
    }
    // While it loads, a small server of its own answers everything with 404 or 503.
    const { status } = await send(url, { method: 'GET', path: '/api/access/permissions' }).catch(() => ({}));
    if (status === 200) return { url, stop, log: () => log };
    await sleep(100);
  }
}

/**
 * A real server in the state in which the case begins.
 * @returns {Promise<import('./octoprint-runner.mjs').Server & {masterKey: string, close: () => Promise<void>, log: () => string}>}
 */
export async function openReal(dir, { settings, fixture } = {}) {
  const base = mkdtempSync(join(tmpdir(), 'doorward-real-'));
  const legacy = fixture === 'legacyFile' ? vector.legacyFile : undefined;
  const firstRun = fixture === 'firstRun';
  const config = configOf({ settings, firstRun, salt: legacy?.salt });
  mkdirSync(base, { recursive: true });
  writeFileSync(join(base, 'config.yaml'), JSON.stringify(config));
  if (!firstRun) {
    const file = legacy === undefined ? await fixtureFile(dir) : legacyFile(legacy);
    writeFileSync(join(base, 'users.yaml'), JSON.stringify(file), { mode: 0o600 });
  }
  const { users } = vector.fixture;
  const port = await freePort();
  let process;
  const close = async () => {
    await process?.stop();
    rmSync(base, { recursive: true, force: true });
  };
  try {
    process = await launch(dir, base, port);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    url: process.url,
    masterKey,
    users,
    keys: Object.fromEntries(users.map(({ name, apikey }) => [name, apikey])),
    close,
    log: () => process.log(),
    restart: async () => {
      await process.stop();
      process = await launch(dir, base, port);
    },
    file: (name) => (existsSync(join(base, name)) ? readFileSync(join(base, name), 'utf8') : ''),
  };
}

/**
 * A user file as the real server wrote it, with the configuration it belongs to: users with Argon2id hashes, `carl`
 * with everything a user can have, and `old` whose password is still a salted SHA-512.
 * @returns {Promise<{users: string, config: string, passwords: Record<string, string>, salt: string, apikey: string}>}
 */
export async function writtenFiles(dir) {
  const base = mkdtempSync(join(tmpdir(), 'doorward-real-'));
  const salt = 'a-salt-of-old-for-everybody';
  const carl = {
    name: 'carl',
    password: 'carlpw',
    active: true,
    groups: ['readonly'],
    permissions: ['PRINT', 'SYSTEM'],
  };
  try {
    writeFileSync(join(base, 'config.yaml'), JSON.stringify(configOf({ salt })));
    const old = { password: legacyHash('oldpw', salt), active: true, roles: ['user'], apikey: null, settings: {} };
    const { _version, ...rest } = await fixtureFile(dir);
    // A file without a version is migrated, so that every entry is written anew.
    const entries = Object.entries(rest).map(([name, { groups, permissions: _, ...entry }]) => [
      name,
      { ...entry, roles: groups.includes('admins') ? ['user', 'admin'] : ['user'] },
    ]);
    writeFileSync(join(base, 'users.yaml'), JSON.stringify({ ...Object.fromEntries(entries), old }), { mode: 0o600 });
    const server = await launch(dir, base, await freePort());
    let apikey;
    try {
      const call = (...args) => callAs(masterKey, server.url, ...args);
      await call('POST', 'users', carl);
      await call('PATCH', 'users/carl/settings', { interface: { color: 'blue', 'a.b': [1, null] }, tour: true });
      ({ apikey } = await call('POST', 'users/carl/apikey', {}));
    } finally {
      await server.stop();
    }
    const passwords = Object.fromEntries(vector.fixture.users.map(({ name, password }) => [name, password]));
    return {
      users: readFileSync(join(base, 'users.yaml'), 'utf8'),
      config: readFileSync(join(base, 'config.yaml'), 'utf8'),
      passwords: { ...passwords, carl: carl.password, old: 'oldpw' },
      salt,
      apikey,
    };
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}
