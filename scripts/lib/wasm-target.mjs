// A compiler for wasm32-unknown-unknown: rustup's own, or one put together from Debian's packages where rustup cannot
// fetch the target (its server is not reachable on every machine that has a package mirror).

import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { apt } from './apt.mjs';
import { cached } from './files.mjs';
import { cacheDir, cargoHome } from './paths.mjs';
import { Trouble, ask, run, tryRun } from './run.mjs';
import { cargoProgress, step } from './step.mjs';

const target = 'wasm32-unknown-unknown';
/** Of Rust 1: what Cargo.toml asks for. Debian's plain `rustc` is older, its `rustc-web` follows the browsers. */
const oldestMinor = 88;
const host = 'x86_64-unknown-linux-gnu';
/** Where Debian's packages can step in, rustup gets this long, in ms; elsewhere as long as a slow line may need. */
const addTimeout = { debian: 30_000, elsewhere: 600_000 };

/** Has this compiler a standard library for the target? */
async function hasTarget(env) {
  const dir = await ask('rustc', ['--print', 'target-libdir', '--target', target], { env });
  return dir !== null && existsSync(dir) && readdirSync(dir).some((name) => /^libstd-.*\.rlib$/.test(name));
}

/** The machine's own compiler; RUSTFLAGS of the environment are meant for native builds. */
const ordinary = { RUSTFLAGS: undefined, CARGO_ENCODED_RUSTFLAGS: undefined };

/** The compiler laid out below, by its folder: works without rustup as well. */
function assembled(dir) {
  return {
    ...ordinary,
    RUSTUP_TOOLCHAIN: undefined,
    PATH: `${join(dir, 'bin')}:${process.env.PATH}`,
    RUSTC: join(dir, 'bin', 'rustc'),
  };
}

let found;
/** How to run cargo for the target. @returns {Promise<{cargo: string, env: Record<string, string|undefined>}>} */
export function wasmTarget() {
  found ??= find();
  return found;
}

async function find() {
  const forced = process.env.DOORWARD_WASM_TARGET === 'debian';
  if (!forced) {
    if (await hasTarget(ordinary)) return { cargo: 'cargo', env: ordinary };
    if (await addByRustup()) return { cargo: 'cargo', env: ordinary };
  }
  const dir = await fromDebian();
  return { cargo: join(dir, 'bin', 'cargo'), env: assembled(dir) };
}

const debianHelps = () => process.platform === 'linux' && process.arch === 'x64' && existsSync('/usr/bin/apt-get');

async function addByRustup() {
  // Once the other way has served, asking again would cost the time-out on every run.
  const ready =
    existsSync(cacheDir) &&
    readdirSync(cacheDir).some((name) => name.startsWith('rust-wasm-') && !/\.(draft|lock)/.test(name));
  if (ready || (await ask('rustup', ['--version'])) === null) return false;
  return step(`asking rustup for ${target}`, async (handle) => {
    const result = await tryRun('rustup', ['target', 'add', target], {
      timeout: debianHelps() ? addTimeout.debian : addTimeout.elsewhere,
    });
    const there = result.code === 0 && (await hasTarget(ordinary));
    if (!there) handle.note(result.timedOut ? 'no answer' : 'not to be had');
    return there;
  });
}

async function fromDebian() {
  const otherwise = `Doorward needs a Rust compiler with the target ${target}: run \`rustup target add ${target}\` on a machine that reaches rustup's server.`;
  const version = () => ask('/usr/bin/rustc', ['--version'], { env: { RUSTUP_TOOLCHAIN: undefined } });
  const source = '/usr/lib/rustlib/src/rust/library/Cargo.toml';
  if (!debianHelps()) throw new Trouble(otherwise);
  const minor = Number(/ 1\.(\d+)/.exec((await version()) ?? '')?.[1] ?? 0);
  if (minor < oldestMinor || !existsSync('/usr/bin/cargo') || !existsSync(source)) {
    await step('installing a Rust compiler for wasm (apt)', () =>
      apt(['rustc-web', 'cargo-web', 'rust-web-src'], otherwise),
    );
  }
  const number = / (\S+)/.exec((await version()) ?? '')?.[1];
  if (number === undefined) throw new Trouble(`Debian's rustc cannot be run. ${otherwise}`);
  const name = `rust-wasm-${number}`;
  const dir = join(cacheDir, name);
  if (existsSync(dir)) return dir;
  return step(`building Rust's standard library for wasm ${number}, once`, (handle) =>
    cached(name, (draft) => layOut(draft, dir, otherwise, handle)),
  );
}

/** Builds the standard library in an empty crate and arranges it the way rustc looks for it. */
async function layOut(draft, dir, otherwise, handle) {
  const crate = join(draft, 'empty');
  mkdirSync(join(crate, 'src'), { recursive: true });
  writeFileSync(
    join(crate, 'Cargo.toml'),
    '[package]\nname = "empty"\nversion = "0.0.0"\nedition = "2021"\n[profile.release]\nstrip = "debuginfo"\n',
  );
  writeFileSync(join(crate, 'src', 'lib.rs'), '');
  await run(
    '/usr/bin/cargo',
    [
      'build',
      '--release',
      '--target',
      target,
      '-Zbuild-std=std,panic_abort,test',
      '--target-dir',
      join(crate, 'target'),
    ],
    {
      cwd: crate,
      env: {
        ...ordinary,
        PATH: `/usr/bin:${process.env.PATH}`,
        RUSTC: '/usr/bin/rustc',
        RUSTC_BOOTSTRAP: '1',
        // Panic messages of the library carry these paths into every module.
        RUSTFLAGS: `--remap-path-prefix=${cargoHome}=/cargo`,
        RUSTUP_TOOLCHAIN: undefined,
      },
      onLine: cargoProgress(handle),
      trouble: `the standard library could not be built. ${otherwise}`,
    },
  );
  const rustlib = join(draft, 'lib', 'rustlib');
  const library = join(rustlib, target, 'lib');
  mkdirSync(library, { recursive: true });
  const built = join(crate, 'target', target, 'release', 'deps');
  for (const name of readdirSync(built)) {
    if (name.endsWith('.rlib') && !name.startsWith('libempty')) copyFileSync(join(built, name), join(library, name));
  }
  const sysroot = await ask('/usr/bin/rustc', ['--print', 'sysroot'], { env: { RUSTUP_TOOLCHAIN: undefined } });
  mkdirSync(join(rustlib, host, 'bin'), { recursive: true });
  symlinkSync(join(sysroot, 'lib', 'rustlib', host, 'lib'), join(rustlib, host, 'lib'));
  symlinkSync(await linker(otherwise), join(rustlib, host, 'bin', 'rust-lld'));
  const bin = join(draft, 'bin');
  mkdirSync(bin);
  symlinkSync('/usr/bin/cargo', join(bin, 'cargo'));
  writeFileSync(join(bin, 'rustc'), `#!/bin/sh\nexec /usr/bin/rustc --sysroot ${dir} "$@"\n`);
  chmodSync(join(bin, 'rustc'), 0o755);
  rmSync(crate, { recursive: true });
}

/** rustup's rust-lld serves; Debian's lld otherwise. */
async function linker(otherwise) {
  const sysroot = await ask('rustc', ['--print', 'sysroot'], { env: ordinary });
  const own = sysroot === null ? '' : join(sysroot, 'lib', 'rustlib', host, 'bin', 'rust-lld');
  if (existsSync(own)) return own;
  const debian = '/usr/lib/llvm-22/bin/ld.lld';
  if (!existsSync(debian)) await apt(['lld-22'], otherwise);
  return debian;
}
