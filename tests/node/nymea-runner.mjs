// Runs a case of tests/vectors/nymea.json over TCP or WebSocket; the language is in tests/vectors/README.md.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from './nymea-connection.mjs';
import { at, check, fill } from './vector-match.mjs';
import { readVector, startWorld } from './vector-targets.mjs';

export const vector = readVector('nymea');

export const transports = ['TCP', 'WebSocket'];

/** A server with its listeners, and the commands of its host. */
export async function start(t) {
  const server = await startWorld(t, { policy: 'nymea', world: vector.world, nymea: true });
  const { nymea, nymeaOpen } = server.ready;
  const control = async (command) => check(await server.command(command), { ok: true }, `the command ${command.do}`);
  return { control, urls: { TCP: nymea, WebSocket: `${server.url.replace(/^http/, 'ws')}/nymea`, open: nymeaOpen } };
}

/** The steps that lead to a state; `once` marks those a server takes only once. */
function stepsTo(state) {
  const { from, steps } = vector.states[state];
  return [...(from === undefined ? [] : stepsTo(from)), ...steps];
}

/** A server that is in the state already, for cases that leave nothing behind. */
export async function startIn(t, state) {
  const target = await start(t);
  await perform(stepsTo(state), target, 'TCP');
  return { ...target, prepared: true };
}

/** @param {object} one a case @param {object} target from `start` or `startIn` @param {string} transport */
export function run(one, target, transport) {
  const before = stepsTo(one.start).filter((step) => !(target.prepared && step.once));
  return perform([...before, ...one.steps], target, transport, before.length);
}

/** Takes the steps one after another, on connections of their own. */
export async function perform(steps, target, transport, before = 0) {
  const scene = { ...target, transport, connections: {}, read: new Map(), variables: { ...vector.given } };
  try {
    for (const [i, step] of steps.entries()) {
      const number = i < before ? `before step 1 (${i + 1})` : `step ${i + 1 - before}`;
      await runStep(step, scene, number);
    }
  } finally {
    for (const connection of Object.values(scene.connections)) connection.end();
  }
}

const actions = {
  async connect({ connect: name, on, refused }, scene, where) {
    const connection = await Connection.open(scene.urls[on ?? scene.transport]);
    scene.connections[name] = connection;
    scene.read.set(name, 0);
    if (refused !== true) return;
    // At the latest when its first message arrives.
    if (!connection.closed) connection.request('JSONRPC.Hello');
    await connection.until(() => connection.closed || connection.log.length > 0, `${where}: not closed`);
    check(connection.log, [], `${where}: it was answered`);
  },
  disconnect({ disconnect: name }, scene) {
    scene.connections[name].end();
    // Nothing tells a client when the server has noticed.
    return sleep(200);
  },
  call: runCall,
  raw: runRaw,
  async press(step, scene, where) {
    await scene.control({ do: 'nymea.press' });
    await checkNotified(step, scene, where);
  },
  async remove(step, scene, where) {
    await scene.control({ do: 'resource.remove', ...fill(step.remove, scene.variables) });
    await checkNotified(step, scene, where);
  },
  check: (step, scene, where) => checkNotified(step, scene, where),
  agent: (step, scene) => scene.control({ do: 'nymea.agent', on: step.agent }),
  wait: (step) => sleep(step.wait * 1000),
};

async function runStep(step, scene, number) {
  const [action] = Object.keys(actions).filter((name) => name in step);
  const where = [number, step.by, action === undefined ? undefined : step[action]].filter(Boolean).join(' ');
  if (action !== undefined) await actions[action](step, scene, where.slice(0, 200));
  for (const name of step.closed ?? []) await scene.connections[name].isClosed(`${where}: ${name}`);
  for (const name of step.open ?? []) await scene.connections[name].staysOpen(`${where}: ${name}`);
}

/** What a reply has to be, from the short forms of a step. */
function expected({ ok, error, reply, err, unauth }) {
  if (err !== undefined) return { status: 'error', error: err, params: '<absent>' };
  if (unauth !== undefined) return { status: 'unauthorized', error: unauth, params: '<absent>' };
  const params = error === undefined ? ok : { error: `UserError${error}`, ...reply };
  return { status: 'success', params, error: '<absent>' };
}

/** As the server binds: by a hello what it carried, by a log-in what came of it. */
function bind(connection, method, token, params) {
  if (method === 'JSONRPC.Hello') connection.token = token || undefined;
  if (method === 'JSONRPC.Authenticate') connection.token = params?.token;
}

/** A pressed button binds the new token. */
function bindByButton(connection, from) {
  for (const { notification, params } of connection.notifications().slice(from))
    if (notification.endsWith('.PushButtonAuthFinished') && params?.token) connection.token = params.token;
}

async function runCall(step, scene, where) {
  const connection = scene.connections[step.by];
  const token = 'token' in step ? fill(step.token, scene.variables) : connection.token;
  const id = connection.request(step.call, fill(step.params, scene.variables), token);
  const place = await connection.replyTo(id, where);
  if (place === -1 && step.optional) return;
  assert.notEqual(place, -1, `${where}: closed without a reply`);
  const reply = connection.log[place];
  check(reply, fill(expected(step), scene.variables), where);
  if (reply.status === 'success') bind(connection, step.call, token, reply.params);
  for (const [name, pointer] of Object.entries(step.keep ?? {})) {
    scene.variables[name] = at(reply.params, pointer);
    check(scene.variables[name], '<any>', `${where}: ${pointer}`);
  }
  await checkNotified(step, scene, where, place);
}

async function runRaw(step, scene, where) {
  const connection = scene.connections[step.by];
  const had = connection.replies().length;
  for (const [i, chunk] of step.raw.entries()) {
    // Time for the first to be read before the second is there.
    if (i > 0) await sleep(50);
    connection.write(typeof chunk === 'string' ? fill(chunk, scene.variables) : chunk.repeat.repeat(chunk.times));
  }
  if (step.replies === undefined) return;
  const wanted = step.replies.length;
  await connection.until(() => connection.closed || connection.replies().length >= had + wanted, `${where}: no reply`);
  check(connection.replies().slice(had), step.replies, where);
}

/** Whatever the server had sent to this connection is there once it has answered: nothing overtakes. */
async function barrier(connection, where) {
  await sleep(50);
  const id = connection.request('JSONRPC.Hello', undefined, connection.token);
  assert.notEqual(await connection.replyTo(id, `${where}: a hello`), -1, `${where}: closed`);
}

/**
 * The notifications of each connection named, in order and none besides since the last look. Those to the connection
 * that caused them stand before the reply, which is at `replyAt`.
 */
async function checkNotified(step, scene, where, replyAt) {
  for (const [name, patterns] of Object.entries(step.notified ?? {})) {
    const connection = scene.connections[name];
    const from = scene.read.get(name);
    const place = `${where}: what ${name} was told`;
    if (name === step.by) {
      const before = connection.log.slice(0, replyAt).filter((message) => 'notification' in message);
      assert.ok(before.length >= from + patterns.length, `${place}: not before the reply`);
    } else if (patterns.length > 0) {
      await connection.until(() => connection.notifications().length >= from + patterns.length, place);
    }
    bindByButton(connection, from);
    await barrier(connection, place);
    const told = connection.notifications().slice(from);
    check(told, fill(patterns, scene.variables), place);
    for (const { id } of told) check(id, '<integer>', place);
    scene.read.set(name, from + told.length);
  }
}
