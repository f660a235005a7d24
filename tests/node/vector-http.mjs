// Runs the steps of a conformance case over HTTP; the language is in tests/vectors/README.md.
import { Agent, request as httpRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { at, check, fill } from './vector-match.mjs';

/**
 * One request, with the headers as they are spelled, and none that fetch would add.
 * @returns {Promise<{status: number, headers: object, text: string, json: unknown}>} `json` is undefined where it is none
 */
export function send(url, { method, headers = {}, body, agent }) {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) };
    const outgoing = httpRequest(url, { method, headers: { ...length, ...headers }, agent }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(parts).toString('utf8');
        let json;
        try {
          json = JSON.parse(text);
        } catch {
          // A reply without a body, or one that a case will complain about.
        }
        resolve({ status: response.statusCode, headers: response.headers, text, json });
      });
    });
    outgoing.on('error', reject).end(body);
  });
}

/** One bit of the signature differs. */
function tampered(jwt) {
  const [head, payload, signature] = jwt.split('.');
  const first = signature[0] === 'A' ? 'B' : 'A';
  return `${head}.${payload}.${first}${signature.slice(1)}`;
}

const makers = {
  ms: (offset) => Date.now() + offset,
  unix: (offset) => Math.floor(Date.now() / 1000) + offset,
  number: Number,
  tampered,
};

/** A value of a `let` step: the result of a maker, or as it stands. */
async function make(value, more) {
  const [key, ...others] = Object.keys(value ?? {});
  const name = /^<(\w+)>$/.exec(key ?? '')?.[1];
  if (name === undefined || others.length > 0 || typeof value !== 'object') return value;
  const all = { ...makers, ...more };
  if (!Object.hasOwn(all, name)) throw new Error(`the vector uses <${name}>, which makes nothing`);
  return all[name](value[key]);
}

const claims = (jwt) => JSON.parse(Buffer.from(jwt.split('.')[1], 'base64url').toString('utf8'));

function checkStatus(status, wanted, where) {
  if (wanted === undefined) return;
  if (wanted === '4xx') check(Math.floor(status / 100), 4, `${where}: status ${status}`);
  else check(status, Array.isArray(wanted) ? { '<oneOf>': wanted } : wanted, `${where}: status`);
}

/**
 * @param {object[]} steps
 * @param {object} target
 * @param {string} target.base what the paths are relative to
 * @param {string} target.header which one `as` sets
 * @param {object} target.variables read and written
 * @param {(status: number, text: string) => unknown} [target.failure] the pattern that `message` stands for
 * @param {(reply: object, where: string) => void} [target.always] for every reply
 * @param {object} [target.makers]
 */
export async function runSteps(steps, target) {
  const agent = new Agent({ keepAlive: true });
  try {
    for (const [i, step] of steps.entries()) await runStep(step, i + 1, { ...target, agent });
  } finally {
    agent.destroy();
  }
}

async function runStep(step, number, target) {
  const { variables } = target;
  const filled = (part) => fill(part, variables);
  if (step.let !== undefined) {
    for (const [name, value] of Object.entries(step.let)) variables[name] = await make(filled(value), target.makers);
  } else if (step.wait !== undefined) {
    await sleep(step.wait * 1000);
  } else if (step.token !== undefined) {
    check(claims(filled(step.token)), filled(step.is), `step ${number}: the token's claims`);
  } else if (step.check !== undefined) {
    check(filled(step.check), filled(step.is), `step ${number}`);
  } else if (step.flood !== undefined) {
    await flood(step, number, target);
  } else {
    for (const line of [step.do].flat())
      for (let i = 0; i < (step.times ?? 1); i += 1) await exchange(line, step, number, target);
  }
}

function outgoing(line, step, { variables, base, header, agent }) {
  const [method, path] = fill(line, variables).split(/ (.*)/s);
  const body = step.sendText ?? (step.send === undefined ? undefined : JSON.stringify(fill(step.send, variables)));
  const headers = body === undefined ? {} : { 'Content-Type': 'application/json' };
  if (step.as !== undefined) headers[header] = fill(step.as, variables);
  for (const [name, value] of Object.entries(step.headers ?? {})) {
    const same = Object.keys(headers).find((key) => key.toLowerCase() === name.toLowerCase());
    if (same !== undefined) delete headers[same];
    if (value !== null) headers[name] = fill(value, variables);
  }
  return [base + path, { method, headers, body, agent }];
}

async function exchange(line, step, number, target) {
  const reply = await send(...outgoing(line, step, target));
  const { variables } = target;
  const where = `step ${number}, ${fill(line, variables)}`;
  checkStatus(reply.status, step.status, `${where}: ${reply.text.slice(0, 300)}`);
  target.always?.(reply, where);
  if (step.message !== undefined) check(reply.json, target.failure(reply.status, fill(step.message, variables)), where);
  if (step.reply === '<empty>') check(reply.text, '', where);
  else if (step.reply !== undefined) check(reply.json, fill(step.reply, variables), where);
  if (step.replyHeaders !== undefined) check(reply.headers, fill(step.replyHeaders, variables), `${where}: headers`);
  for (const [name, pointer] of Object.entries(step.keep ?? {})) {
    const value = at(reply.json, pointer);
    check(value, '<any>', `${where}: ${pointer}`);
    variables[name] = value;
  }
}

/** Many at once: at least one is refused as `refused` says; after the time it names, one goes through again. */
async function flood({ flood: line, times, refused, ...step }, number, target) {
  const where = `step ${number}, ${times} times ${fill(line, target.variables)}`;
  const replies = [];
  const lane = async () => {
    while (replies.length < times) {
      const slot = replies.push(undefined) - 1;
      replies[slot] = await send(...outgoing(line, step, target));
    }
  };
  await Promise.all(Array.from({ length: 8 }, lane));
  const over = replies.filter((reply) => reply.status === refused.status);
  check(over.length, { '<atLeast>': 1 }, `${where}: replies with status ${refused.status}`);
  check(replies.length - over.length, { '<atLeast>': 1 }, `${where}: replies with another status`);
  for (const reply of over) {
    target.always?.(reply, where);
    check(reply.json, fill(refused.reply, target.variables), where);
    check(reply.headers, refused.replyHeaders, `${where}: headers`);
  }
  await sleep(Math.max(1, Number(over.at(-1).headers[refused.waitFor])) * 1000);
  await exchange(line, step, number, target);
}
