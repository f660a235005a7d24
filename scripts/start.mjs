// `npm start`: prepares and builds what is missing or out of date, then serves the page with the embedded store.
// Arguments are the command's own: `npm start -- --port 9000`.

import { argv } from 'node:process';
import { pathToFileURL } from 'node:url';
import { build } from './build.mjs';
import { inRoot, root } from './lib/paths.mjs';
import { ignoreSignals } from './lib/run.mjs';
import { report, stepsTo } from './lib/step.mjs';

const defaults = { '--store': 'lmdb:./doorward.lmdb', '--host': '127.0.0.1', '--port': '8080' };

/**
 * npm ends without ending what it started where it is killed: the server would keep its port and its store. Its death
 * shows as a new parent; `exec` in the script's line sees to it that npm, and not a shell, is the parent.
 */
function endWithNpm() {
  if (process.env.npm_lifecycle_event !== 'start') return;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, 250);
  watch.unref();
}

const given = argv.slice(2);
const isGiven = (name) => given.some((argument) => argument === name || argument.startsWith(`${name}=`));

try {
  endWithNpm();
  // Standard output belongs to the server: its one line there says that it is ready.
  stepsTo(process.stderr);
  await build();
  process.chdir(root);
  const cli = inRoot('pkg', 'dist', 'cli.js');
  const added = Object.entries(defaults).filter(([name]) => !isGiven(name));
  process.argv = [process.execPath, cli, 'serve', ...added.flat(), ...given];
  // In this very process: signals reach the server directly, and no orphan is left behind by a `kill -9`.
  ignoreSignals();
  await import(pathToFileURL(cli).href);
} catch (error) {
  report(error);
  process.exit(1);
}
