// Doorward as OctoPrint's conformance cases meet it: a server for each, or shared by those that can.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json, serve } from './cli-helpers.mjs';
import { freePort } from './free-port.mjs';
import { legacyFile, vector } from './octoprint-runner.mjs';
import { serveHere } from './serve-here.mjs';

/** The fixture as a world file, with further users by name. */
export function worldOf({ users }, more = []) {
  return {
    users: [
      ...users.map(({ name, password, active, groups }) => ({
        name,
        password,
        admin: groups.includes('admins'),
        groups,
        status: active ? 'active' : 'disabled',
      })),
      ...more.map((name) => ({ name, groups: ['users'] })),
    ],
    tokens: users.map(({ name, apikey }) => ({ user: name, kind: 'apikey', value: apikey, primary: true })),
  };
}

/** What a password costs is no matter of the protocol, and the cases log in some two hundred times. */
const cheapHash = ['hashMemory=1024', 'hashPasses=1', 'hashLanes=1'];

/** The user file of old, by `doorward import`. */
async function bringOver(folder, store) {
  const files = {
    'users.yaml': legacyFile(vector.legacyFile),
    'groups.yaml': {},
    'config.yaml': { accessControl: { salt: vector.legacyFile.salt } },
  };
  // JSON is YAML, too.
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), JSON.stringify(content));
  const paths = Object.keys(files).map((name) => join(folder, name));
  await json(['import', 'octoprint', ...paths, '--store', store, '--policy', 'octoprint']);
}

/** Options of the command as its arguments. */
const argumentsOf = (options) =>
  Object.entries(options).flatMap(([name, value]) => [value].flat().flatMap((one) => [`--${name}`, String(one)]));

/**
 * Starts a server in the state in which the case begins; `more`: names of further users; `spawned`: in a
 * process of its own, which a file needs in any case.
 * @returns {Promise<import('./octoprint-runner.mjs').Server & {masterKey: string, close: () => Promise<void>}>}
 */
export async function openDoorward({ settings = {}, fixture, steps = [], more = [], lmdb = false, spawned = false }) {
  const folder = mkdtempSync(join(tmpdir(), 'doorward-octoprint-'));
  const ends = [() => rmSync(folder, { recursive: true, force: true })];
  const close = async () => {
    for (const end of ends.reverse()) await end();
  };
  const { users } = vector.fixture;
  // Only what outlives the process can be found again after a restart, and at the same address.
  const restarts = steps.some((step) => step.restart !== undefined);
  const legacy = fixture === 'legacyFile';
  const apart = restarts || legacy || lmdb;
  const store = apart ? `lmdb:${join(folder, 'store')}` : 'memory:';
  const set = Object.entries(settings).map(([name, value]) => `octoprint.${name}=${JSON.stringify(value)}`);
  const options = { store, policy: 'octoprint', set: [...cheapHash, ...set] };
  if (restarts) options.port = await freePort();
  if (legacy) await bringOver(folder, store);
  else if (fixture !== 'firstRun') {
    options.world = join(folder, 'world.json');
    writeFileSync(options.world, JSON.stringify(worldOf(vector.fixture, more)));
  }
  const t = { after: (end) => ends.push(end) };
  const begin = () => (apart || spawned ? serve(t, argumentsOf(options)) : serveHere(t, options));
  try {
    let process = await begin();
    return {
      url: process.url,
      masterKey: users.find(({ groups }) => groups.includes('admins')).apikey,
      users,
      keys: Object.fromEntries(users.map(({ name, apikey }) => [name, apikey])),
      close,
      file: async (name) => {
        await json(['export', join(folder, name), '--force', '--store', store]);
        return readFileSync(join(folder, name), 'utf8');
      },
      restart: async () => {
        await process.stop();
        process = await begin();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}
