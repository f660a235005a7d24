// Servers for conformance cases: a fresh one for a case that leaves traces, one for all the cases that leave none.
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { folder } from './cli-helpers.mjs';
import { serveHere } from './serve-here.mjs';

/** The vector of a face. */
export const readVector = (face) =>
  JSON.parse(readFileSync(new URL(`../vectors/${face}.json`, import.meta.url), 'utf8'));

/** Cases side by side. */
export const lanes = Math.max(2, availableParallelism());

/** The cheapest hash there is: what it costs is no matter of the protocol. */
const cheap = ['hashMemory=8', 'hashPasses=1'];

/**
 * A server over a memory store that holds the world; it ends with the test.
 * @param {{after: (work: () => unknown) => void}} t
 * @param {{policy: string, world: object, set?: string[], nymea?: boolean}} options
 */
export async function startWorld(t, { policy, world, set = [], nymea = false }) {
  const path = join(folder(t), 'world.json');
  writeFileSync(path, JSON.stringify(world));
  const listeners = nymea ? { nymeaPort: 0, nymeaOpenPort: 0 } : {};
  return serveHere(t, { policy, world: path, set: [...cheap, ...set], ...listeners });
}

/** What several tests use, made by the first that asks and ended by `close`. */
export class Shared {
  #start;
  #made = new Map();
  #ends = [];

  /** @param {(t: {after: (work: () => unknown) => void}, key: string) => Promise<unknown>} start */
  constructor(start) {
    this.#start = start;
  }

  /** The one of that key, still being made or done. */
  get(key = '') {
    if (!this.#made.has(key)) this.#made.set(key, this.#start({ after: (work) => this.#ends.push(work) }, key));
    return this.#made.get(key);
  }

  async close() {
    for (const end of this.#ends.reverse()) await end();
  }
}

/**
 * The credentials by the name of their log-in. Only those that the case uses are asked for, as a log-in leaves its time;
 * once per server.
 * @param {object} one a case
 * @param {{logins: object}} vector
 * @param {{tokens?: Map<string, Promise<string>>}} target
 * @param {(credentials: object) => Promise<string>} logIn
 */
export async function credentialsFor(one, { logins }, target, logIn) {
  target.tokens ??= new Map();
  const text = JSON.stringify(one.steps);
  const used = Object.keys(logins).filter((name) => text.includes(`\${${name}}`));
  for (const name of used) if (!target.tokens.has(name)) target.tokens.set(name, logIn(logins[name]));
  const tokens = await Promise.all(used.map((name) => target.tokens.get(name)));
  return Object.fromEntries(used.map((name, i) => [name, tokens[i]]));
}
