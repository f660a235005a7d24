// Doorward as OctoPrint's conformance cases meet it: a process of its own for each, or shared by those that can.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from './cli-helpers.mjs';
import { freePort } from './free-port.mjs';
import { vector } from './octoprint-runner.mjs';

/** The fixture as a world file. */
export function worldOf({ users }) {
  return {
    users: users.map(({ name, password, active, groups }) => ({
      name,
      password,
      admin: groups.includes('admins'),
      groups,
      status: active ? 'active' : 'disabled',
    })),
    tokens: users.map(({ name, apikey }) => ({ user: name, kind: 'apikey', value: apikey, primary: true })),
  };
}

/** What a password costs is no matter of the protocol, and the cases log in some two hundred times. */
const cheapHash = ['hashMemory=1024', 'hashPasses=1', 'hashLanes=1'];

/**
 * Starts a server in the state in which the case begins.
 * @returns {Promise<import('./octoprint-runner.mjs').Server & {masterKey: string, close: () => Promise<void>}>}
 */
export async function openDoorward({ settings = {}, fixture, steps }) {
  const folder = mkdtempSync(join(tmpdir(), 'doorward-octoprint-'));
  const ends = [() => rmSync(folder, { recursive: true, force: true })];
  const close = async () => {
    for (const end of ends.reverse()) await end();
  };
  const { users } = vector.fixture;
  // Only what outlives the process can be found again after a restart, and at the same address.
  const restarts = steps.some((step) => step.restart !== undefined);
  const args = ['--policy', 'octoprint', '--store', restarts ? `lmdb:${join(folder, 'store')}` : 'memory:'];
  if (restarts) args.push('--port', String(await freePort()));
  if (fixture !== 'firstRun') {
    const world = join(folder, 'world.json');
    writeFileSync(world, JSON.stringify(worldOf(vector.fixture)));
    args.push('--world', world);
  }
  for (const set of cheapHash) args.push('--set', set);
  for (const [name, value] of Object.entries(settings))
    args.push('--set', `octoprint.${name}=${JSON.stringify(value)}`);
  const begin = () => serve({ after: (end) => ends.push(end) }, args);
  try {
    let process = await begin();
    return {
      url: process.url,
      masterKey: users.find(({ groups }) => groups.includes('admins')).apikey,
      users,
      keys: Object.fromEntries(users.map(({ name, apikey }) => [name, apikey])),
      close,
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
