// A few servers for many cases: what a case did to its server is undone through the API before the next one begins.
import { availableParallelism } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import { send } from './octoprint-client.mjs';
import { inTurn } from './octoprint-runner.mjs';

/** A call by the key of somebody who may do everything. */
export async function callAs(key, url, method, path, body) {
  const headers = { 'X-Api-Key': key, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) };
  const text = body === undefined ? undefined : JSON.stringify(body);
  const answer = await send(url, { method, path: `/api/access/${path}`, headers, body: text });
  if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
  return answer.body;
}

/** Is the account as the fixture made it? An account that was made anew has no key, or another one. */
const isAsMade = (found, made, key) =>
  found !== undefined &&
  found.active === made.active &&
  found.apikey === key &&
  found.permissions.length === 0 &&
  Object.keys(found.settings).length === 0 &&
  isDeepStrictEqual(new Set(found.groups), new Set(made.groups));

const asSets = (group) =>
  Object.fromEntries(Object.entries(group).map(([key, value]) => [key, Array.isArray(value) ? new Set(value) : value]));

/**
 * Brings a server back to the fixture. Who has to be made anew gets a new key.
 * @param {import('./octoprint-runner.mjs').Server & {masterKey: string}} server
 * @param {object[]} groups the groups as they were in the beginning
 * @param {string[]} changes the requests since then
 */
async function restore(server, groups, changes) {
  const call = (...args) => callAs(server.masterKey, server.url, ...args);
  const before = new Map(groups.map((group) => [group.key, group]));
  for (const group of (await call('GET', 'groups')).groups) {
    const old = before.get(group.key);
    if (old === undefined) await call('DELETE', `groups/${encodeURIComponent(group.key)}`);
    else if (
      group.changeable &&
      !isDeepStrictEqual(asSets({ ...group, needs: null }), asSets({ ...old, needs: null }))
    ) {
      const { permissions, subgroups, description } = old;
      await call('PUT', `groups/${group.key}`, { permissions, subgroups, description, default: old.default });
    }
  }
  // Passwords do not show.
  const keep = !changes.some((request) => request.endsWith('/password'));
  const { users } = await call('GET', 'users');
  const foundFor = ({ name }) => users.find((user) => user.name === name);
  const kept = server.users.filter((made) => keep && isAsMade(foundFor(made), made, server.keys[made.name]));
  const isKept = (name) => kept.some((user) => user.name === name);
  // Where the master key is the administrator's own, this fails unless he is as he was.
  for (const { name } of users) if (!isKept(name)) await call('DELETE', `users/${encodeURIComponent(name)}`);
  for (const { name, password, active, groups: own } of server.users) {
    if (isKept(name)) continue;
    await call('POST', 'users', { name, password, active, groups: own });
    server.keys[name] = (await call('POST', `users/${name}/apikey`)).apikey;
  }
}

/** Servers that cases share, one case at a time each. */
export class SharedServers {
  #open;
  #idle = Array.from({ length: Math.min(2, availableParallelism()) }, () => ({ changes: [] }));
  #all = [...this.#idle];
  #waiting = [];

  /** @param {() => Promise<import('./octoprint-runner.mjs').Server & {masterKey: string}>} open starts one */
  constructor(open) {
    this.#open = open;
  }

  /** Gives `work` a server in the state of the fixture; it returns the requests that may have changed something. */
  async use(work) {
    const place = this.#idle.pop() ?? (await new Promise((resolve) => this.#waiting.push(resolve)));
    try {
      await inTurn(() => this.#run(place, work));
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#idle.push(place);
      else next(place);
    }
  }

  async #run(place, work) {
    if (place.server !== undefined && place.changes.length > 0) {
      try {
        await restore(place.server, place.groups, place.changes);
      } catch {
        await this.#drop(place);
      }
    }
    if (place.server === undefined) {
      place.server = await this.#open();
      ({ groups: place.groups } = await callAs(place.server.masterKey, place.server.url, 'GET', 'groups'));
    }
    try {
      place.changes = await work(place.server);
    } catch (error) {
      // It may have changed anything.
      await this.#drop(place);
      throw error;
    }
  }

  async #drop(place) {
    const { server } = place;
    place.server = undefined;
    await server?.close();
  }

  async close() {
    for (const place of this.#all) await this.#drop(place);
  }
}
