import { join } from 'node:path';
import { command, cargoTests, sum } from '../lib/gate.mjs';
import { targetDir } from '../lib/paths.mjs';
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
    // With its tests: nothing else compiles those without the faces.
    if (!quick) results.push(await lint('--lib', '--profile', 'test'));
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
    const args = [
      'test',
      '--locked',
      '--no-fail-fast',
      '--workspace',
      '--exclude',
      'doorward-bench',
      '--features',
      'hash,faces',
    ];
    return cargoTests(await tryRun('cargo', args, { env, onLine }));
  },
};

export const wasmTests = {
  name: 'wasm',
  title: 'Rust tests in WebAssembly',
  run: async (_, handle) => {
    const [{ cargo, env }, bin] = [await wasmCompiler(), await wasmTools()];
    const runner = join(bin, 'wasm-bindgen-test-runner');
    const result = await tryRun(cargo, ['test', '--locked', ...wasm, '--features', 'hash', '--test', 'core'], {
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
          CARGO_PROFILE_RELEASE_LTO: 'off',
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
