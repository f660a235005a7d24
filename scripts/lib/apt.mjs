// Debian's packages, as root or by sudo.

import { cacheDir } from './paths.mjs';
import { locked } from './files.mjs';
import { Trouble, ask, tryRun } from './run.mjs';

/**
 * Installs packages without what they merely recommend.
 * @param {string[]} packages
 * @param {string} otherwise what the reader can do where this is not possible
 */
export async function apt(packages, otherwise) {
  const wanted = packages.join(' ');
  if ((await ask('apt-get', ['--version'])) === null) {
    throw new Trouble(`\`${wanted}\` is missing, and this system has no apt to install it with. ${otherwise}`);
  }
  const root = process.getuid?.() === 0;
  if (!root && (await ask('sudo', ['-n', 'true'])) === null) {
    throw new Trouble(
      `\`${wanted}\` is missing, and installing it needs root. Run \`sudo apt-get install ${wanted}\`, then this again. ${otherwise}`,
    );
  }
  const aptGet = (...args) => {
    const command = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-o', 'DPkg::Lock::Timeout=300', ...args];
    return root ? tryRun(command[0], command.slice(1)) : tryRun('sudo', ['-n', ...command]);
  };
  // apt refuses to run twice at once, and two of our steps may want it.
  await locked(cacheDir, 'apt', async () => {
    const update = await aptGet('update', '-qq');
    const install = await aptGet('install', '-y', '-qq', '--no-install-recommends', ...packages);
    if (install.code !== 0) {
      throw new Trouble(`apt could not install \`${wanted}\`. ${otherwise}`, update.output + install.output);
    }
  });
}
