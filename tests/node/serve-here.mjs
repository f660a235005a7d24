// What `doorward serve` runs, in the process of the test: a process of its own for each server took longer than all else.
// Tests of the command itself, of its streams, its signals and of several processes on one store have `serve` instead.
import { PassThrough } from 'node:stream';
import { openEmbedded } from '../../pkg/dist/cli/context.js';
import { takeCommands } from '../../pkg/dist/cli/control.js';
import { startServer } from '../../pkg/dist/cli/server.js';
import { caller } from './cli-helpers.mjs';

/**
 * A server over a memory store; it ends with the test, or by `stop`.
 * @param {{after: (work: () => unknown) => void}} t
 * @param {object} [options] of the command, by the names that commander gives them
 */
export async function serveHere(t, options = {}) {
  const given = { store: 'memory:', policy: 'doorward', set: [], host: '127.0.0.1', port: 0, ...options };
  const opened = await openEmbedded(given);
  const stopping = new AbortController();
  const log = [];
  let running;
  try {
    running = await startServer({ ...opened, options: given }, stopping, (line) => log.push(line));
  } catch (error) {
    await opened.door.close();
    throw error;
  }
  const commands = new PassThrough();
  const replies = [];
  const taken = takeCommands(commands, (reply) => replies.shift()(reply), running.controlled);
  let ended;
  const stop = () => {
    ended ??= (async () => {
      stopping.abort();
      commands.end();
      await Promise.all([running.end(), taken]);
      await opened.door.close();
    })();
    return ended;
  };
  t.after(stop);
  const url = running.addresses.listening;
  return {
    ready: running.addresses,
    url,
    log,
    api: caller(url),
    stop,
    /** The reply to a command of `--control`. */
    command: (value) =>
      new Promise((resolve) => {
        replies.push(resolve);
        commands.write(`${JSON.stringify(value)}\n`);
      }),
  };
}
