// `npm run bench`: builds what is missing, fetches the peers once, and measures (tests/bench).
//
//   --quick        small stores, few rounds: to see that it works
//   --only NAME    one suite (several: repeat it, or separate by commas); --list names them
//   --json         JSON on standard output in place of tables
//   --write        also writes docs/performance.md
//   --gate         exit code 1 when a target is missed
//   --rust         the rules and the service natively, by criterion; nothing else

import { spawn } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv } from 'node:process';
import { build } from './build.mjs';
import { cached, hashFiles } from './lib/files.mjs';
import { inRoot } from './lib/paths.mjs';
import { run } from './lib/run.mjs';
import { report, step, stepsTo } from './lib/step.mjs';
import { browser, checkNode, native, npmPackages } from './toolchain.mjs';

const manifest = 'tests/bench/package.json';
/** Imports them by name from within their folder. */
const resolver = 'tests/bench/resolve.mjs';

/** @returns {Promise<string>} the folder in which the peers are installed */
function peers() {
  return cached(`bench-peers-${hashFiles([manifest, resolver]).slice(0, 16)}`, (draft) =>
    step('installing the peers of the bench, once', async () => {
      copyFileSync(inRoot(manifest), join(draft, 'package.json'));
      copyFileSync(inRoot(resolver), join(draft, 'resolve.mjs'));
      await run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'], {
        cwd: draft,
        trouble:
          'the peers could not be installed. If the machine is offline, connect it once and run this again: the result is kept.',
      });
    }),
  );
}

/** Hands the terminal over. @returns {Promise<number>} the exit code */
function become(command, args, env = {}) {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { cwd: inRoot(), stdio: 'inherit', env: { ...process.env, ...env } });
    child.on('error', fail);
    child.on('close', (code) => done(code ?? 1));
  });
}

async function main() {
  const args = argv.slice(2);
  checkNode();
  stepsTo(process.stderr);
  if (args.includes('--rust')) {
    await native();
    const rest = args.filter((arg) => arg !== '--rust');
    return become('cargo', ['bench', '--locked', '--features', 'hash', '--bench', 'rules', '--', ...rest]);
  }
  await npmPackages();
  await build();
  const env = { DOORWARD_BENCH_PEERS: await peers(), CHROMIUM_PATH: await browser() };
  return become(process.execPath, [inRoot('tests/bench/main.mjs'), ...args], env);
}

try {
  process.exit(await main());
} catch (error) {
  report(error);
}
