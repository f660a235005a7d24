// What has to be on the machine: a Rust compiler with a wasm32 target, wasm-bindgen, the npm packages, a browser.
//
// Everything that is built lands in a cache outside the tree, keyed by version, so that it is done once a machine and
// works offline from then on. Run alone (`node scripts/toolchain.mjs`) it prepares everything.

import { existsSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, freemem } from 'node:os';
import { join } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { findBrowser, installBrowser } from './lib/browser.mjs';
import { cached, filesBelow, hashFiles, readJson, writeWhole } from './lib/files.mjs';
import { cacheDir, inRoot } from './lib/paths.mjs';
import { Trouble, ask, run } from './lib/run.mjs';
import { cargoProgress, report, step } from './lib/step.mjs';
import { wasmTarget } from './lib/wasm-target.mjs';

const wantedNode = 20;
const wantedRust = [1, 88];

/** Node, in words that an old Node can still say. */
export function checkNode() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < wantedNode) {
    throw new Trouble(
      `Doorward needs Node ${wantedNode} or later; this is ${process.versions.node}. Install a newer one from your system's packages or nodejs.org.`,
    );
  }
}

/** A native Rust compiler of the right age. */
async function checkRust() {
  const version = await ask('rustc', ['--version']);
  const cargo = await ask('cargo', ['--version']);
  const how = 'Install Rust by rustup (https://rustup.rs), then run this again.';
  if (version === null || cargo === null)
    throw new Trouble(`Rust is missing: neither \`rustc\` nor \`cargo\` can be run. ${how}`);
  const [major, minor] = (/ (\d+)\.(\d+)/.exec(version) ?? []).slice(1).map(Number);
  if (major < wantedRust[0] || (major === wantedRust[0] && minor < wantedRust[1])) {
    throw new Trouble(
      `Doorward needs Rust ${wantedRust.join('.')} or later; this is \`${version}\`. Run \`rustup update stable\`.`,
    );
  }
}

/** The version of a crate in Cargo.lock. */
export function lockedVersion(crate) {
  const lock = readFileSync(inRoot('Cargo.lock'), 'utf8');
  const found = new RegExp(`name = "${crate}"\\nversion = "([^"]+)"`).exec(lock);
  if (found === null) throw new Trouble(`Cargo.lock does not name the crate \`${crate}\`.`);
  return found[1];
}

/** Debug builds compile in a third of the time, and are quick enough for modules of our size. */
async function buildWasmBindgen(version, draft, jobs, handle) {
  const target = `${draft}-target`;
  await run(
    'cargo',
    [
      ...[
        'install',
        'wasm-bindgen-cli',
        '--version',
        version,
        '--debug',
        '--no-default-features',
        '--jobs',
        String(jobs),
      ],
      ...['--bin', 'wasm-bindgen', '--bin', 'wasm-bindgen-test-runner', '--root', draft, '--target-dir', target],
    ],
    {
      cwd: cacheDir,
      env: { CARGO_PROFILE_DEV_DEBUG: '0', RUSTFLAGS: undefined, RUSTUP_TOOLCHAIN: undefined },
      onLine: cargoProgress(handle),
      trouble: `wasm-bindgen ${version} could not be built. If the machine is offline, connect it once and run this again: the result is kept.`,
    },
  );
  rmSync(target, { recursive: true, force: true });
}

const wasmBindgenName = () => `wasm-bindgen-${lockedVersion('wasm-bindgen')}`;

/** Folder with `wasm-bindgen` and `wasm-bindgen-test-runner`, of exactly the version in Cargo.lock. */
async function wasmBindgen() {
  const name = wasmBindgenName();
  const done = join(cacheDir, name, 'bin');
  if (existsSync(join(done, 'wasm-bindgen'))) return done;
  // Beside the compilation of the core; on little memory one job keeps the two from swapping.
  const jobs = freemem() > 3e9 ? availableParallelism() : 1;
  await step(`building ${name.replace(/-(?=\d)/, ' ')}, once`, (handle) =>
    cached(name, (draft) => buildWasmBindgen(lockedVersion('wasm-bindgen'), draft, jobs, handle)),
  );
  return done;
}

/**
 * Does node_modules hold what package-lock.json says? npm leaves a list of what it installed; comparing with it
 * spares a reinstallation where somebody ran `npm install` by hand.
 */
function npmMatches(lockHash) {
  const stampPath = inRoot('node_modules', '.doorward-lock');
  const installed = readJson(inRoot('node_modules', '.package-lock.json'));
  if (installed === null) return false;
  if (existsSync(stampPath) && readFileSync(stampPath, 'utf8') === lockHash) return true;
  const wanted = readJson(inRoot('package-lock.json'));
  for (const [path, entry] of Object.entries(wanted?.packages ?? {})) {
    if (!path.includes('node_modules/')) continue;
    const have = installed.packages[path];
    if (have === undefined ? !entry.optional && !entry.devOptional : have.version !== entry.version) return false;
    if (have !== undefined && !existsSync(inRoot(path))) return false;
  }
  writeWhole(stampPath, lockHash);
  return true;
}

/** The npm packages of package-lock.json. */
export async function npmPackages() {
  const manifests = ['package-lock.json', 'package.json', 'pkg/package.json', 'www/package.json'];
  const hash = () => hashFiles(filesBelow(manifests));
  if (npmMatches(hash())) return;
  await step('installing npm packages', async () => {
    await run('npm', ['ci', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'], {
      env: { NODE_ENV: undefined, npm_config_offline: undefined },
      trouble:
        'the npm packages could not be installed. If the machine is offline, connect it once and run this again.',
    });
    writeWhole(inRoot('node_modules', '.doorward-lock'), hash());
  });
}

let rust;
/** Checks Node and the native Rust compiler, once a run. */
export function native() {
  rust ??= checkRust();
  return rust;
}

/** @returns {Promise<{cargo: string, env: Record<string, string|undefined>}>} how to run cargo for wasm32 */
export async function wasmCompiler() {
  await native();
  return wasmTarget();
}

/** @returns {Promise<string>} the folder of wasm-bindgen's programs */
export async function wasmTools() {
  await native();
  return wasmBindgen();
}

/** @returns {Promise<string>} path of a Chromium */
export async function browser() {
  return (await findBrowser()) ?? installBrowser();
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  try {
    checkNode();
    await Promise.all([npmPackages(), wasmCompiler(), wasmTools(), browser()]);
    process.stdout.write('everything is there\n');
  } catch (error) {
    report(error);
  }
  process.exit();
}
