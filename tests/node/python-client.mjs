// Runs a client that others wrote in Python, in an environment of its own: `tests/clients` has the scripts, and the
// exact versions of all that they need.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { pythonEnv, venv } from '../../scripts/lib/python.mjs';
import { Trouble, tryRun } from '../../scripts/lib/run.mjs';

const clients = new URL('../clients/', import.meta.url);
const limit = 60_000;

/**
 * A function that runs a script with arguments and gives its lines of JSON; undefined where the client cannot be
 * installed, and then the test is marked as skipped.
 * @param {import('node:test').TestContext} t
 * @param {string} name of the client, and of its list of versions
 */
export async function inPython(t, name) {
  const packages = readFileSync(new URL(`${name}.txt`, clients), 'utf8')
    .split('\n')
    .filter(Boolean);
  let python;
  try {
    python = await venv(name, packages, (text) => t.diagnostic(text));
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    t.diagnostic(error.output);
    t.skip(error.message);
    return undefined;
  }
  return async (script, args, { input } = {}) => {
    const path = fileURLToPath(new URL(script, clients));
    const { code, output, stdout } = await tryRun(python, ['-B', path, ...args], {
      env: pythonEnv,
      timeout: limit,
      input,
    });
    assert.equal(code, 0, output);
    return stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  };
}
