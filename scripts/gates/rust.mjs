import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { filesBelow } from '../lib/files.mjs';
import { command, cargoTests, outcome, sum } from '../lib/gate.mjs';
import { inRoot, targetDir } from '../lib/paths.mjs';
import { tryRun } from '../lib/run.mjs';
import { cargoProgress } from '../lib/step.mjs';
import { wasmCompiler, wasmTools } from '../toolchain.mjs';

const deny = ['--', '-D', 'warnings'];
const wasm = ['--target', 'wasm32-unknown-unknown', '--no-default-features'];

export const clippy = {
  name: 'clippy',
  title: 'lints of the Rust sources (clippy)',
  quick: true,
  run: async ({ quick }, handle) => {
    const onLine = cargoProgress(handle);
    const lint = (...args) => command('cargo', ['clippy', '--locked', ...args, ...deny], { onLine });
    const results = [await lint('--workspace', '--all-targets', '--features', 'hash,faces')];
    if (!quick) results.push(await lint('--lib'));
    return sum(results);
  },
};

export const wasmLint = {
  name: 'wasm-lint',
  title: 'lints of the bindings (wasm32)',
  run: async (_, handle) => {
    const { cargo, env } = await wasmCompiler();
    const onLine = cargoProgress(handle);
    const clippy = (await tryRun(cargo, ['clippy', '--version'], { env })).code === 0;
    const results = [];
    for (const [of, features] of [
      ['doorward', 'wasm'],
      ['doorward', 'wasm,faces'],
      ['doorward-hash', 'wasm,argon2id'],
      ['doorward-hash', 'wasm,imported'],
    ]) {
      const args = ['--package', of, '--lib', '--locked', ...wasm, '--features', features];
      results.push(
        clippy
          ? await command(cargo, ['clippy', ...args, ...deny], { env, onLine })
          : // The compiler put together from Debian's packages has no clippy; its own warnings count all the same.
            await command(cargo, ['check', ...args, '--target-dir', join(targetDir, 'check')], {
              env: { ...env, RUSTFLAGS: '-D warnings' },
              onLine,
            }),
      );
    }
    return { ...sum(results), note: clippy ? undefined : 'rustc only: this compiler has no clippy' };
  },
};

export const rustTests = {
  name: 'rust',
  title: 'Rust tests',
  quick: true,
  run: async ({ quick }, handle) => {
    const onLine = cargoProgress(handle);
    // Fewer random cases where only minutes are left.
    const env = quick ? { PROPTEST_CASES: process.env.PROPTEST_CASES ?? '32' } : {};
    const test = async (...args) => cargoTests(await tryRun('cargo', ['test', '--locked', ...args], { env, onLine }));
    // The hash is compiled as it is used: unoptimised, its oracle alone would take minutes.
    const hash = await test('--package', 'argon2-simd128', '--release');
    const form = await test('--package', 'doorward-hash');
    const all = sum([await test('--features', 'hash,faces'), hash, form]);
    if (quick) return all;
    // Without the feature the same tests run on less code: only that they do is of interest, not their number.
    const bare = await test('--lib');
    return { ...sum([all, { ...bare, passed: 0, skipped: [] }]), passed: all.passed };
  },
};

export const wasmTests = {
  name: 'wasm',
  title: 'Rust tests in WebAssembly',
  run: async (_, handle) => {
    // Those that replace `#[test]` there; the others need threads, files or a clock.
    const files = filesBelow(['tests/rust'], (path) => path.endsWith('.rs'));
    const able = files.filter((path) => readFileSync(inRoot(path), 'utf8').includes('wasm_bindgen_test as test;'));
    if (able.length === 0) return outcome({ failed: 1, output: 'no file in tests/rust is made for WebAssembly\n' });
    const tests = able.flatMap((path) => ['--test', basename(path, '.rs')]);
    const [{ cargo, env }, bin] = [await wasmCompiler(), await wasmTools()];
    const runner = join(bin, 'wasm-bindgen-test-runner');
    const result = await tryRun(cargo, ['test', '--locked', ...wasm, '--features', 'hash', ...tests], {
      env: { ...env, CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER: runner, WASM_BINDGEN_TEST_ONLY_NODE: '1' },
      onLine: cargoProgress(handle),
    });
    // The kernel exists with its instructions only; other flags make another folder, or cargo compiles all of it anew.
    const kernel = await tryRun(
      cargo,
      ['test', '--locked', ...wasm.slice(0, 2), '--package', 'argon2-simd128', '--release', '--test', 'oracle'],
      {
        env: {
          ...env,
          CARGO_TARGET_DIR: join(targetDir, 'kernel'),
          CARGO_ENCODED_RUSTFLAGS: ['-C', 'target-feature=+simd128'].join('\x1f'),
          // wasm-bindgen reads from a section that a complete strip would take away.
          CARGO_PROFILE_RELEASE_STRIP: 'debuginfo',
          CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER: runner,
          WASM_BINDGEN_TEST_ONLY_NODE: '1',
        },
        onLine: cargoProgress(handle),
      },
    );
    return sum([cargoTests(result), cargoTests(kernel)]);
  },
};

export const rustDocs = {
  name: 'docs',
  title: 'Rust documentation',
  run: (_, handle) =>
    command('cargo', ['doc', '--workspace', '--no-deps', '--locked', '--features', 'hash,faces'], {
      env: { RUSTDOCFLAGS: '-D warnings' },
      onLine: cargoProgress(handle),
    }),
};
