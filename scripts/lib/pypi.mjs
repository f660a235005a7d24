// Wheels from the Python package index, kept unpacked in the cache. Nothing of them is run by Python or shipped.

import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cached } from './files.mjs';
import { Trouble, ask, run } from './run.mjs';

/** The first Python that has pip; null where there is none. */
async function python() {
  for (const name of ['python3', 'python']) {
    if ((await ask(name, ['-m', 'pip', '--version'])) !== null) return name;
  }
  return null;
}

/**
 * The folder of an unpacked wheel.
 * @param {{name: string, version: string, sha256: string}} wheel one that runs on any platform
 * @throws Trouble where it cannot be had, or is not the one of that digest
 */
export function wheel({ name, version, sha256 }) {
  return cached(`pypi-${name}-${version}`, async (draft) => {
    const program = await python();
    if (program === null) throw new Trouble('there is no Python with pip');
    const what = ['--no-deps', '--only-binary=:all:', '--python-version', '3.11', `${name}==${version}`];
    await run(program, ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--dest', draft, ...what], {
      timeout: 120_000,
      trouble: `${name} ${version} cannot be downloaded`,
    });
    const file = join(draft, readdirSync(draft).find((entry) => entry.endsWith('.whl')) ?? '');
    const found = createHash('sha256').update(readFileSync(file)).digest('hex');
    if (found !== sha256) throw new Trouble(`${name} ${version} is not the reviewed one: its digest is ${found}`);
    await run(program, ['-m', 'zipfile', '-e', file, draft]);
  });
}
