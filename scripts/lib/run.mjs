// Child processes: their output is kept and shown only where they fail.

import { spawn } from 'node:child_process';
import { root } from './paths.mjs';

/** A failure that is explained in plain words; printed without a stack. */
export class Trouble extends Error {
  constructor(message, output = '') {
    super(message);
    this.output = output;
  }
}

const running = new Set();

function killAll() {
  for (const child of running) {
    try {
      process.kill(-child.pid, 'SIGTERM');
    } catch {
      // It ended by itself in the meantime.
    }
  }
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const stop = () => process.exit(130);
for (const signal of signals) process.on(signal, stop);

// However a run ends, by a signal or by a failed step while others still compile: nothing stays behind.
process.on('exit', () => killAll());

/** Hands the signals over to what this process becomes: the server. */
export function ignoreSignals() {
  for (const signal of signals) process.off(signal, stop);
}

/**
 * Runs a command to its end.
 * @param {string} command
 * @param {string[]} args
 * @param {{cwd?: string, uid?: number, gid?: number, env?: Record<string, string|undefined>, timeout?: number, onLine?: (line: string) => void, input?: string}} [options]
 *   `env` is laid over the environment (undefined removes a variable); `timeout` in ms.
 * @returns {Promise<{code: number, output: string, stdout: string, timedOut: boolean}>}
 */
export function tryRun(command, args, options = {}) {
  const env = { ...process.env };
  for (const [name, value] of Object.entries(options.env ?? {})) {
    if (value === undefined) delete env[name];
    else env[name] = value;
  }
  return new Promise((done) => {
    let output = '';
    let stdout = '';
    let rest = '';
    let timedOut = false;
    // A process group of its own, so that a time-out ends grandchildren (rustc below cargo) as well.
    const child = spawn(command, args, {
      cwd: options.cwd ?? root,
      uid: options.uid,
      gid: options.gid,
      env,
      detached: true,
      stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    running.add(child);
    if (options.input !== undefined) child.stdin.end(options.input);
    const timer =
      options.timeout === undefined
        ? undefined
        : setTimeout(() => {
            timedOut = true;
            try {
              process.kill(-child.pid, 'SIGKILL');
            } catch {
              child.kill('SIGKILL');
            }
          }, options.timeout);
    const take = (chunk) => {
      output += chunk;
      if (options.onLine === undefined) return;
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) options.onLine(line);
    };
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      stdout += chunk;
      take(chunk);
    });
    child.stderr.setEncoding('utf8').on('data', take);
    const end = (code, extra = '') => {
      clearTimeout(timer);
      running.delete(child);
      done({ code, output: output + extra, stdout, timedOut });
    };
    child.on('error', (error) => end(127, `${command}: ${error.message}\n`));
    child.on('close', (code, signal) => end(code ?? (signal === null ? 1 : 128)));
  });
}

/** As `tryRun`, but anything except exit code 0 throws a `Trouble` that carries the output. */
export async function run(command, args, options = {}) {
  const result = await tryRun(command, args, options);
  if (result.code !== 0) {
    const why = result.timedOut
      ? `gave no answer in ${options.timeout / 1000} s`
      : `ended with exit code ${result.code}`;
    throw new Trouble(options.trouble ?? `\`${[command, ...args].join(' ')}\` ${why}`, result.output);
  }
  return result;
}

/** Standard output of a short command, trimmed; null if it cannot be run or fails. */
export async function ask(command, args, options = {}) {
  const result = await tryRun(command, args, { timeout: 20_000, ...options });
  return result.code === 0 ? result.stdout.trim() : null;
}
