// Python with packages from PyPI, for the clients that others wrote in it.

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { apt } from './apt.mjs';
import { cached } from './files.mjs';
import { Trouble, ask, tryRun } from './run.mjs';

/** Lay this over the environment: no settings and no packages of the user's own. */
export const pythonEnv = { PYTHONPATH: undefined, PYTHONHOME: undefined, PYTHONNOUSERSITE: '1' };

/**
 * A virtual environment, made once per list of packages and version of Python, shared by every checkout.
 * @param {string} name told to the reader, and part of the folder's name
 * @param {string[]} packages each as `name==version`; with what they need themselves, as nothing else is installed
 * @param {(text: string) => void} [say] is told what takes long
 * @returns {Promise<string>} the path of its Python
 * @throws Trouble where there is no Python, or a package cannot be installed
 */
export async function venv(name, packages, say = () => {}) {
  const otherwise = `The client \`${name}\` needs python3 with venv.`;
  const ofVersion = () => ask('python3', ['-c', 'import sys, venv, ensurepip; print(sys.version)'], { env: pythonEnv });
  let version = await ofVersion();
  if (version === null) {
    say('there is no python3 with venv: asking apt for it');
    await apt(['python3', 'python3-venv'], otherwise);
    version = await ofVersion();
  }
  if (version === null) throw new Trouble(`python3 cannot be run. ${otherwise}`);
  const key = createHash('sha256')
    .update([version, ...packages].join('\n'))
    .digest('hex')
    .slice(0, 12);
  const dir = await cached(`python-${name}-${key}`, async (draft) => {
    say(`installing ${name} from PyPI, once`);
    const made = await tryRun('python3', ['-m', 'venv', draft], { env: pythonEnv });
    if (made.code !== 0) throw new Trouble(`python3 -m venv failed. ${otherwise}`, made.output);
    const install = ['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check', '--no-deps'];
    const installed = await tryRun(join(draft, 'bin', 'python'), [...install, ...packages], { env: pythonEnv });
    if (installed.code !== 0) throw new Trouble(`${name} could not be installed from PyPI`, installed.output);
  });
  // Not by the scripts beside it: those still name the folder in which they were made.
  return join(dir, 'bin', 'python');
}
