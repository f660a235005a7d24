// `npm run bench`: builds what is missing, fetches the peers once, and measures (tests/bench).
//
//   --quick        small stores, few rounds: to see that it works
//   --only NAME    one suite (several: repeat it, or separate by commas); --list names them
//   --json         JSON on standard output in place of tables
//   --write        also writes docs/performance.md
//   --gate         exit code 1 when a target is missed by more than 20 %
//   --page [DIR]   builds the page of www/bench and serves it; into DIR, to be put on a server
//   --rust         the rules and the service natively, by criterion; nothing else

import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { argv } from 'node:process';
import { build } from './build.mjs';
import { cached, hashFiles } from './lib/files.mjs';
import { inRoot, workDir } from './lib/paths.mjs';
import { ask, run } from './lib/run.mjs';
import { report, step, stepsTo } from './lib/step.mjs';
import { browser, checkNode, native, npmPackages, wasmCompiler, wasmTools } from './toolchain.mjs';

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

const crateOf = 'tests/bench/peers';

/** Builds the crate of peers once with vector instructions and once without. */
async function peersOfCrates(draft) {
  const { cargo, env } = await wasmCompiler();
  const bin = await wasmTools();
  for (const [name, flags] of [
    ['simd', ['-C', 'target-feature=+simd128']],
    ['scalar', []],
  ]) {
    const target = join(`${draft}-target`, name);
    await run(
      cargo,
      [
        ...['build', '--release', '--locked', '--manifest-path', inRoot(crateOf, 'Cargo.toml')],
        ...['--target', 'wasm32-unknown-unknown', '--target-dir', target],
      ],
      {
        env: { ...env, CARGO_ENCODED_RUSTFLAGS: flags.join('\x1f') },
        trouble: 'the crates beside which Doorward is measured do not compile',
      },
    );
    const raw = join(target, 'wasm32-unknown-unknown', 'release', 'doorward_bench_peers.wasm');
    const out = [
      '--target',
      'web',
      '--omit-default-module-path',
      '--out-dir',
      join(draft, name),
      '--out-name',
      'peers',
    ];
    await run(join(bin, 'wasm-bindgen'), [raw, ...out]);
    const wasm = join(draft, name, 'peers_bg.wasm');
    const optimiser = inRoot('node_modules', 'binaryen', 'bin', 'wasm-opt');
    const features = ['bulk-memory', 'nontrapping-float-to-int', 'sign-ext', 'mutable-globals', 'reference-types'];
    const enabled = [...features, 'multivalue', ...(name === 'simd' ? ['simd'] : [])].map((each) => `--enable-${each}`);
    await run(process.execPath, [optimiser, wasm, '-o', wasm, '-O4', ...enabled]);
    // The bindings are an ES module, in a folder that says nothing of it.
    writeFileSync(join(draft, name, 'package.json'), '{ "type": "module" }');
  }
  rmSync(`${draft}-target`, { recursive: true, force: true });
}

/** The reference implementation in C, which npm's `argon2` carries; where there is a compiler and the instructions. */
async function referenceInC(folder, draft) {
  if (process.arch !== 'x64' || (await ask('cc', ['--version'])) === null) return;
  const from = join(folder, 'node_modules', 'argon2', 'argon2');
  const sources = ['argon2', 'core', 'encoding', 'thread', 'opt', 'blake2/blake2b'].map((name) => `src/${name}.c`);
  const info = existsSync('/proc/cpuinfo') ? readFileSync('/proc/cpuinfo', 'utf8') : '';
  for (const [name, flags, there] of [
    ['argon2-128', ['-mssse3'], true],
    ['argon2-256', ['-mavx2'], /\bavx2\b/.test(info)],
  ]) {
    if (!there) continue;
    const includes = ['-Iinclude', '-Isrc', '-DARGON2_NO_THREADS'];
    const files = [inRoot(crateOf, 'argon2.c'), ...sources, '-o', join(draft, name)];
    await run('cc', ['-O3', ...flags, ...includes, ...files], {
      cwd: from,
      trouble: 'the reference implementation of Argon2 does not compile',
    });
  }
}

/** @param {string} folder the npm peers @returns {Promise<string>} the folder of the peers that have to be compiled */
function compiled(folder) {
  const inputs = ['Cargo.toml', 'Cargo.lock', 'src/lib.rs', 'argon2.c'].map((file) => `${crateOf}/${file}`);
  const key = hashFiles([...inputs, manifest, 'scripts/bench.mjs']).slice(0, 16);
  return cached(`bench-crates-${key}`, (draft) =>
    step('compiling the peers of the bench, once', async () => {
      await peersOfCrates(draft);
      await referenceInC(folder, draft);
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
    return become('cargo', ['bench', '--locked', '--package', 'doorward-bench', '--', ...rest]);
  }
  await npmPackages();
  await build();
  const folder = await peers();
  if (args[0] === '--page') {
    const out = args[1] ?? join(workDir, 'bench-page');
    const vite = [inRoot('node_modules', '.bin', 'vite')];
    const of = ['-c', inRoot('www', 'bench', 'vite.config.ts'), '--outDir', resolve(out)];
    const code = await become(process.execPath, [...vite, 'build', ...of, '--emptyOutDir'], {
      DOORWARD_BENCH_PEERS: folder,
    });
    if (code !== 0 || args[1] !== undefined) return code;
    return become(process.execPath, [...vite, 'preview', ...of], { DOORWARD_BENCH_PEERS: folder });
  }
  const env = {
    DOORWARD_BENCH_PEERS: folder,
    DOORWARD_BENCH_CRATES: await compiled(folder),
    CHROMIUM_PATH: await browser(),
  };
  return become(process.execPath, [inRoot('tests/bench/main.mjs'), ...args], env);
}

try {
  process.exit(await main());
} catch (error) {
  report(error);
}
