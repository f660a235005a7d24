// Builds what is out of date, and nothing else: the wasm modules, the package, the page.
//
//   node scripts/build.mjs              everything
//   node scripts/build.mjs --only wasm  the modules alone (or: pkg, www)
//
// A stamp holds the hash of a step's inputs and of its outputs; dates play no part. The modules are made by cargo,
// wasm-bindgen and wasm-opt called directly: wasm-pack would add minutes of its own compilation to a fresh machine,
// and offers no way to leave out the default module path.

import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { isAbsolute, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { digests, filesBelow, locked, stamp, stampOf, upToDate } from './lib/files.mjs';
import { nameByLikeness, pieces } from './lib/likeness.mjs';
import { trapAtOnce } from './lib/panics.mjs';
import { cargoHome, inRoot, root, targetDir, workDir } from './lib/paths.mjs';
import { Trouble, run } from './lib/run.mjs';
import { cargoProgress, report, step } from './lib/step.mjs';
import { checkNode, lockedVersion, npmPackages, wasmCompiler, wasmTools } from './toolchain.mjs';

/** The features every engine of the last years has; wasm-opt must neither miss nor add one. */
const engine = [
  'bulk-memory',
  'mutable-globals',
  'nontrapping-float-to-int',
  'sign-ext',
  'reference-types',
  'multivalue',
];

/** SHA-2 without its loops unrolled. */
const shortSha = ['--cfg', 'sha2_backend_soft="compact"'];

/** What of wasm-opt makes a module that was compiled for size smaller under brotli; all of it (`-Oz`) makes it larger. */
const smaller = [
  '--dae',
  '--rse',
  '--optimize-instructions',
  '--vacuum',
  '--duplicate-function-elimination',
  '--reorder-locals',
  '--remove-unused-names',
  '--code-pushing',
  '--remove-unused-module-elements',
];

/**
 * `small`: its panics say nothing, and its functions are put in the order of their likeness. `bound` is the module whose bindings it is used
 * through; its own have to be the same.
 */
const modules = {
  core: {
    package: 'doorward',
    features: 'wasm',
    profile: 'core',
    rustflags: shortSha,
    engine,
    optimise: smaller,
    small: true,
  },
  faces: {
    package: 'doorward',
    features: 'wasm,faces',
    profile: 'core',
    rustflags: [],
    engine,
    optimise: smaller,
    small: true,
  },
  hash: {
    package: 'doorward-hash',
    features: 'wasm,argon2id',
    profile: 'release',
    rustflags: ['-C', 'target-feature=+simd128'],
    engine: [...engine, 'simd'],
    optimise: ['-O4'],
  },
  // For engines without simd128.
  hash_scalar: {
    package: 'doorward-hash',
    features: 'wasm,argon2id',
    profile: 'release',
    // It has no SHA-2; with the flags of `imported` the two share what they depend on.
    rustflags: shortSha,
    folder: 'imported',
    engine,
    optimise: ['-O4'],
    bound: 'hash',
  },
  imported: {
    package: 'doorward-hash',
    features: 'wasm,imported',
    profile: 'release',
    rustflags: shortSha,
    engine,
    optimise: ['-Oz'],
  },
};

const wasmOut = join('pkg', 'wasm');
const scriptsOfWasm = ['build', 'lib/likeness', 'lib/module', 'lib/panics', 'lib/wasm-target'].map(
  (name) => `scripts/${name}.mjs`,
);

/** Paths of the machine in panic messages would end up in the published module. */
const remap = () => [
  ...['--remap-path-prefix', `${cargoHome}=/cargo`],
  ...['--remap-path-prefix', `${root}/=`],
  ...['--remap-path-prefix', `${root}=.`],
];

const manifestsOfCrates = () => filesBelow(['crates'], (path) => path.endsWith('/Cargo.toml'));

/** One that is used through the bindings of another is its binary alone. */
const filesOf = (name) =>
  modules[name].bound === undefined
    ? [`${name}.js`, `${name}.d.ts`, `${name}_bg.wasm`, `${name}_bg.wasm.d.ts`]
    : [`${name}_bg.wasm`];

/** What the last build of a module read, from cargo's own list: sources of other features are not in it. */
function moduleFiles(name, sources = stampOf(`wasm-${name}`)?.sources ?? filesBelow(['src', 'crates'])) {
  return {
    inputs: ['Cargo.toml', 'Cargo.lock', ...manifestsOfCrates(), ...scriptsOfWasm, ...sources],
    outputs: filesOf(name).map((file) => join(wasmOut, file)),
    extra: lockedVersion('wasm-bindgen'),
  };
}

/** cargo writes `output: source source…`, with spaces escaped. */
function sourcesOf(depFile) {
  const [, list = ''] = /^[^\n]*?: (.*)$/m.exec(readFileSync(depFile, 'utf8')) ?? [];
  const paths = list.split(/(?<!\\) /).map((path) => path.replaceAll('\\ ', ' '));
  return paths.map((path) => (isAbsolute(path) ? relative(root, path) : path)).filter((path) => path !== '');
}

/** One for each set of flags: cargo recompiles every dependency whenever they differ from those of the build before. */
const folderOf = (name) => modules[name].folder ?? name;

async function buildModule(name, compiler, tools, packages) {
  const { package: crate, features, profile, rustflags, engine, optimise, small = false, bound = name } = modules[name];
  const library = crate.replaceAll('-', '_');
  const { cargo, env } = await compiler;
  const before = digests(filesBelow(['Cargo.toml', 'Cargo.lock', 'src', 'crates', ...scriptsOfWasm]));
  const folder = join(targetDir, folderOf(name));
  const built = join(folder, 'wasm32-unknown-unknown', profile);
  const raw = join(workDir, 'wasm', `${name}.raw.wasm`);
  mkdirSync(join(workDir, 'wasm'), { recursive: true });
  const sources = await step(`compiling ${name}.wasm`, async (handle) => {
    await run(
      cargo,
      [
        ...[
          'build',
          '--package',
          crate,
          '--profile',
          profile,
          '--lib',
          '--locked',
          '--target',
          'wasm32-unknown-unknown',
          '--target-dir',
          folder,
        ],
        ...['--no-default-features', '--features', features],
      ],
      {
        env: {
          ...env,
          CARGO_ENCODED_RUSTFLAGS: [...rustflags, ...remap()].join('\x1f'),
          // wasm-bindgen reads the list of features that a complete strip would take away; wasm-opt strips the rest.
          CARGO_PROFILE_RELEASE_STRIP: 'debuginfo',
        },
        onLine: cargoProgress(handle),
        trouble: `the module \`${name}\` does not compile`,
      },
    );
    copyFileSync(join(built, `${library}.wasm`), raw);
    return sourcesOf(join(built, `${library}.d`));
  });
  const bin = await tools;
  await packages;
  await step(`binding and optimising ${name}.wasm`, async () => {
    const draft = join(workDir, 'wasm', name);
    rmSync(draft, { recursive: true, force: true });
    await run(join(bin, 'wasm-bindgen'), [
      ...[raw, '--target', 'web', '--omit-default-module-path', '--out-dir', draft, '--out-name', bound],
      ...['--remove-producers-section', ...(small ? [] : ['--remove-name-section'])],
    ]);
    const wasm = join(draft, `${bound}_bg.wasm`);
    const flags = engine.map((feature) => `--enable-${feature}`);
    const wasmOpt = (passes) =>
      run(process.execPath, [
        inRoot('node_modules', 'binaryen', 'bin', 'wasm-opt'),
        ...[wasm, '-o', wasm, ...passes, '--strip-debug', '--strip-producers', ...flags],
      ]);
    if (small) writeFileSync(wasm, trapAtOnce(readFileSync(wasm)));
    await wasmOpt(optimise);
    if (small) {
      const unordered = readFileSync(wasm);
      const tried = [];
      for (const piece of pieces) {
        writeFileSync(wasm, nameByLikeness(unordered, piece));
        await wasmOpt(['--reorder-functions-by-name']);
        const ordered = readFileSync(wasm);
        tried.push({ ordered, size: brotliCompressSync(ordered).length });
      }
      writeFileSync(wasm, tried.toSorted((a, b) => a.size - b.size)[0].ordered);
    }
    mkdirSync(inRoot(wasmOut), { recursive: true });
    for (const file of filesOf(name)) copyFileSync(join(draft, file.replace(name, bound)), join(root, wasmOut, file));
  });
  stamp(`wasm-${name}`, moduleFiles(name, sources), before, { sources });
}

/** The wasm modules; cargo does not wait for `packages`, which only wasm-opt needs. */
async function buildWasm(packages) {
  const stale = Object.keys(modules).filter((name) => !upToDate(`wasm-${name}`, moduleFiles(name)));
  if (stale.length === 0) return;
  const compiler = wasmCompiler();
  const tools = wasmTools();
  // Awaited further on: until then a failure must not count as unhandled.
  tools.catch(() => {});
  packages.catch(() => {});
  // In one folder they overwrite the result of each other.
  const into = async (folder) => {
    for (const name of stale.filter((each) => folderOf(each) === folder))
      await buildModule(name, compiler, tools, packages);
  };
  await Promise.all([...new Set(stale.map(folderOf))].map(into));
  for (const [name, { bound }] of Object.entries(modules)) {
    if (bound === undefined) continue;
    const [own, used] = [name, bound].map((each) => readFileSync(join(workDir, 'wasm', each, `${bound}.js`), 'utf8'));
    if (own !== used) throw new Trouble(`the module \`${name}\` needs other bindings than \`${bound}\``);
  }
}

const pageCopy = 'pkg/dist/www';
const manifests = [
  ...['package-lock.json', 'pkg/package.json', 'tsconfig.base.json', 'scripts/build.mjs'],
  ...['scripts/lib/bundle.mjs', 'scripts/lib/schema.mjs'],
];
const below = (dir) => (path) => path.startsWith(`${dir}/`);
/** Stand at the root for readers, and go into the package as copies: npm leaves out links. */
const papers = ['README.md', 'LICENSE-MIT', 'LICENSE-APACHE'];
const ofPackage = () => filesBelow(['pkg/dist'], (path) => !below(inRoot(pageCopy))(path));

/** The package: compiled files only; the modules' bindings and their declarations come from the step before. */
async function buildPackage() {
  const bindings = filesBelow([wasmOut], (path) => /\.[jt]s$/.test(path));
  const inputs = [...manifests, ...filesBelow(['pkg/src', 'pkg/schema', 'pkg/tsconfig.json']), ...bindings];
  const outputs = ofPackage();
  if (outputs.length > 0 && upToDate('pkg', { inputs, outputs })) return;
  const before = digests(inputs);
  await step('compiling the package', async () => {
    for (const path of outputs) rmSync(inRoot(path), { force: true });
    await run(inRoot('node_modules', '.bin', 'tsc'), ['-p', 'pkg'], { trouble: 'the package does not compile' });
    // Loaded here: the npm packages may have been installed by this very run.
    const [{ bundleForNode }, { compileWorldSchema }] = await Promise.all([
      import('./lib/bundle.mjs'),
      import('./lib/schema.mjs'),
    ]);
    compileWorldSchema();
    await bundleForNode();
    if (existsSync(inRoot('pkg/dist/cli.js'))) chmodSync(inRoot('pkg/dist/cli.js'), 0o755);
  });
  stamp('pkg', { inputs, outputs: ofPackage() }, before);
}

function copyPapers() {
  const present = papers.filter((name) => existsSync(inRoot(name)));
  for (const name of present) copyFileSync(inRoot(name), inRoot('pkg', name));
}

/** The page, by Vite; the command serves its copy inside the package. */
async function buildPage() {
  const sources = filesBelow(['www'], (path) => !below(inRoot('www/dist'))(path));
  const inputs = [...manifests, ...sources, ...ofPackage(), ...filesBelow([wasmOut])];
  const page = { inputs, outputs: ['www/dist'] };
  if (!upToDate('www', page)) {
    const before = digests(inputs);
    await step('building the page', async () => {
      await run('npm', ['run', '--silent', 'build', '-w', 'www'], { trouble: 'the page does not build' });
      if (!existsSync(inRoot('www/dist/index.html'))) throw new Trouble('the build of the page left no index.html');
    });
    stamp('www', page, before);
  }
  const copy = { inputs: filesBelow(['www/dist']), outputs: [pageCopy] };
  if (upToDate('www-copy', copy)) return;
  const before = digests(copy.inputs);
  rmSync(inRoot(pageCopy), { recursive: true, force: true });
  cpSync(inRoot('www/dist'), inRoot(pageCopy), { recursive: true });
  stamp('www-copy', copy, before);
}

/**
 * Everything, or one part with what it stands on.
 * @param {'wasm'|'pkg'|'www'|undefined} only
 */
export async function build(only) {
  checkNode();
  await locked(
    workDir,
    'build',
    async () => {
      const packages = npmPackages();
      await Promise.all([packages, buildWasm(packages)]);
      if (only === 'wasm') return;
      await buildPackage();
      copyPapers();
      if (only === 'pkg') return;
      await buildPage();
    },
    (pid) => process.stderr.write(`waiting for another build (process ${pid}) to finish\n`),
  );
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const at = argv.indexOf('--only');
  const only = at === -1 ? undefined : argv[at + 1];
  try {
    if (at !== -1 && !['wasm', 'pkg', 'www'].includes(only))
      throw new Trouble('usage: node scripts/build.mjs [--only wasm|pkg|www]');
    await build(only);
  } catch (error) {
    report(error);
    process.exit(1);
  }
}
