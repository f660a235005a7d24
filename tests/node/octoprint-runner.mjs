// Runs the cases of tests/vectors/octoprint.json, whose language is described beside it, against any server.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { callerNamed } from './octoprint-client.mjs';
import { match } from './octoprint-match.mjs';

const read = (name) => JSON.parse(readFileSync(new URL(`../vectors/${name}`, import.meta.url), 'utf8'));

export const vector = read('octoprint.json');
export const permissions = read('octoprint-permissions.json');

/** What a test of this case is called. */
export const titleOf = ({ id, variant, title }) => `${id}${variant === undefined ? '' : ` (${variant})`}: ${title}`;

/**
 * @typedef {object} Server a running server in the state of the case's fixture
 * @property {string} url
 * @property {Record<string, string>} keys the API key of each user
 * @property {{name: string, password: string}[]} users
 * @property {(settings?: object) => Promise<void>} restart at the same address
 * @property {(name: string) => string | Promise<string>} [file] a file of the server's own; of Doorward, a backup
 */

/** Does the case need a server of its own? */
export const isApart = ({ settings, fixture, steps, apart }) =>
  apart === true ||
  fixture !== undefined ||
  settings !== undefined ||
  steps.some((step) => step.restart !== undefined || step.wait > 10);

/** At most so many at work at once; who waits for the clock does not count. */
class Slots {
  #free;
  #waiting = [];

  constructor(count) {
    this.#free = count;
  }

  async take() {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise((resolve) => this.#waiting.push(resolve));
  }

  give() {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }
}

const slots = new Slots(availableParallelism());

/** Does `work` when the machine has room for it. */
export async function inTurn(work) {
  await slots.take();
  try {
    return await work();
  } finally {
    slots.give();
  }
}

/** A password as OctoPrint kept it before version 1.4. */
export const legacyHash = (password, salt) => createHash('sha512').update(`${password}${salt}`).digest('hex');

/** A user file of the vector: an entry with `legacyPassword` gets the hash of old. */
export const legacyFile = ({ salt, users }) =>
  Object.fromEntries(
    Object.entries(users).map(([name, { legacyPassword, ...rest }]) => [
      name,
      { password: legacyHash(legacyPassword, salt), ...rest },
    ]),
  );

const filters = {
  upper: (text) => text.toUpperCase(),
  flip: (text) => text.slice(0, -1) + (text.endsWith('0') ? '1' : '0'),
};

/** `${name}` and `${name|filter}` in every string of the value. */
function filledIn(value, names) {
  if (typeof value === 'string') {
    return value.replaceAll(/\$\{([^}|]+)(?:\|(\w+))?\}/g, (_, name, filter) => {
      assert.ok(names.has(name), `nothing is saved as ${name}`);
      return filter === undefined ? names.get(name) : filters[filter](names.get(name));
    });
  }
  if (Array.isArray(value)) return value.map((item) => filledIn(item, names));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, filledIn(item, names)]));
}

const pointed = (value, pointer) =>
  pointer
    .split('/')
    .slice(1)
    .reduce((at, key) => at?.[key], value);

/** The body of a step and its content type. */
function bodyOf({ json, text, form, type }) {
  if (json !== undefined) return [JSON.stringify(json), type ?? 'application/json'];
  if (form !== undefined) return [new URLSearchParams(form).toString(), type ?? 'application/x-www-form-urlencoded'];
  return [text, type];
}

function differences(expected, response, caller, { method, path }) {
  const problems = [];
  for (const [part, wanted] of Object.entries(expected)) {
    if (part === 'note') continue;
    if (part === 'status') problems.push(...match(wanted, response.status, 'status'));
    else if (part === 'error') problems.push(...match(wanted, response.body?.error, 'error'));
    else if (part === 'body') problems.push(...match(wanted, response.body, 'body'));
    else if (part === 'text') problems.push(...match(wanted, response.text, 'text'));
    else if (part === 'headers') problems.push(...match(wanted, response.headers, 'headers'));
    else if (part === 'cookies') {
      for (const [name, cookie] of Object.entries(wanted)) {
        const found = response.cookies.get(name + caller.suffix);
        problems.push(...match(cookie, found ?? null, `cookie ${name}`));
      }
    } else throw new Error(`no such expectation: ${part}`);
  }
  // Every error of the API is told as JSON.
  const { status } = response;
  if (status >= 400 && path.startsWith('/api/') && method !== 'HEAD')
    problems.push(...match({ $match: '.' }, response.body?.error, 'error'));
  return problems;
}

const expectationOf = (step, side) => (side === 'upstream' ? (step.upstream ?? step.expect) : step.expect) ?? {};

/**
 * Runs a case to its end; a step that is not answered as expected throws.
 * @param {object} found the case
 * @param {Server} server
 * @param {'doorward' | 'upstream'} side whose answers are expected
 * @returns {Promise<string[]>} the requests that may have changed something
 */
export async function runCase(found, server, side) {
  const callers = new Map();
  const names = new Map(Object.entries(server.keys).map(([name, key]) => [`key:${name}`, key]));
  names.set('url', server.url);
  const changes = [];
  const callerOf = async (name) => {
    if (!callers.has(name)) callers.set(name, await callerNamed(name, server));
    return callers.get(name);
  };
  const save = (what, caller, response) => {
    for (const [name, from] of Object.entries(what ?? {})) {
      let value;
      if (from.cookie !== undefined) value = caller.cookie(from.cookie);
      else if (from.body !== undefined) value = pointed(response?.body, from.body);
      else value = response?.text;
      assert.equal(typeof value, 'string', `there is nothing to save as ${name}`);
      names.set(name, value);
    }
  };

  const steps = [...(found.after === undefined ? [] : caseOf(found.after).steps), ...found.steps];
  for (const [index, raw] of steps.entries()) {
    if (raw.on !== undefined && raw.on !== side) continue;
    const step = filledIn(raw, names);
    const where = `${titleOf(found)}\nstep ${index + 1}: ${JSON.stringify(raw)}`;
    if (step.wait !== undefined) {
      slots.give();
      await sleep(step.wait * 1000);
      await slots.take();
    } else if (step.restart !== undefined) {
      await server.restart();
    } else if (step.file !== undefined) {
      const problems = match(expectationOf(step, side).text, await server.file(step.file), step.file);
      assert.deepEqual(problems, [], where);
    } else {
      const caller = await callerOf(step.as);
      if (step.load) await caller.load();
      if (step.do === undefined) {
        save(step.save, caller);
        continue;
      }
      const [method, path] = step.do.split(' ');
      const [body, type] = bodyOf(step);
      const headers = { ...(type === undefined ? {} : { 'Content-Type': type }), ...step.headers };
      if (method !== 'GET') changes.push(step.do);
      const response = await caller.send({ method, path, headers, cookies: step.cookies, body, follow: step.follow });
      const problems = differences(expectationOf(step, side), response, caller, { method, path });
      if (problems.length > 0)
        assert.fail(`${where}\n${problems.join('\n')}\nanswered ${response.status} ${response.text.slice(0, 2000)}`);
      save(step.save, caller, response);
    }
  }
  return changes;
}

const caseOf = (id) => vector.cases.find((one) => one.id === id && one.variant === undefined);
