// What is in the tarball, and whether its manifest says the truth about it.
// `UPDATE_FILES=1 node --test tests/packaging/tarball.test.mjs` writes the list anew, for review.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { here, must, pack, removeFolders, root, temporaryFolder } from './support.mjs';

let packed;
before(async () => {
  packed = await pack(temporaryFolder());
});
after(removeFolders);

/** Vite puts a hash of the content into names; it is no matter for review. */
const plain = (path) => path.replace(/-[\w-]{8}(?=\.\w+$)/, path.startsWith('dist/www/') ? '-*' : '$&');

test('the files are those of the reviewed list', () => {
  const list = join(here, 'files.txt');
  const found = [...new Set(packed.files.map(plain))].sort();
  if (process.env.UPDATE_FILES) writeFileSync(list, `${found.join('\n')}\n`);
  const reviewed = readFileSync(list, 'utf8').trim().split('\n');
  const added = found.filter((path) => !reviewed.includes(path)).map((path) => `+ ${path}`);
  const gone = reviewed.filter((path) => !found.includes(path)).map((path) => `- ${path}`);
  assert.equal([...added, ...gone].join('\n'), '', 'the list in tests/packaging/files.txt differs');
});

test('the binaries, the licences and the page are in it', () => {
  const wanted = [
    'LICENSE-APACHE',
    'LICENSE-MIT',
    'README.md',
    'dist/cli.js',
    'dist/www/index.html',
    'wasm/core_bg.wasm',
    'wasm/hash_bg.wasm',
    'wasm/hash_scalar_bg.wasm',
    'wasm/imported_bg.wasm',
  ];
  for (const path of wanted) assert.ok(packed.files.includes(path), `${path} is not packed`);
});

test('nothing in it names a path of this machine', async () => {
  const dir = temporaryFolder();
  await must('tar', ['-xzf', packed.file, '-C', dir]);
  const home = process.env.CARGO_HOME ?? join(process.env.HOME ?? '', '.cargo');
  for (const path of packed.files) {
    const bytes = readFileSync(join(dir, 'package', path));
    for (const needle of [root, home]) assert.ok(!bytes.includes(needle), `${path} contains \`${needle}\``);
  }
});

test('every target of `exports` and `imports` is packed, with `types` first in each condition', () => {
  const { exports, imports, bin } = JSON.parse(readFileSync(join(root, 'pkg', 'package.json'), 'utf8'));
  const targets = Object.values(bin);
  const visit = (name, entry) => {
    if (typeof entry === 'string') {
      targets.push(entry);
      return;
    }
    const conditions = Object.keys(entry);
    assert.equal(conditions.at(-1), 'default', `${name}: \`default\` must come last`);
    // In front of `types` only what brings its own.
    const bare = conditions.filter((key) => typeof entry[key] === 'string');
    assert.equal(bare[0] ?? 'types', 'types', `${name}: \`types\` must come first`);
    for (const key of conditions) visit(`${name}, ${key}`, entry[key]);
  };
  for (const [name, entry] of Object.entries(exports)) visit(name, entry);
  // Inner names: their declarations lie beside them, and `types` would be taken for them in every condition.
  for (const entry of Object.values(imports)) targets.push(...Object.values(entry));
  for (const target of targets) assert.ok(packed.files.includes(target.slice(2)), `${target} is not packed`);
});

test('publint has nothing to say', async () => {
  const tarball = readFileSync(packed.file);
  const buffer = tarball.buffer.slice(tarball.byteOffset, tarball.byteOffset + tarball.length);
  const { messages, pkg } = await publint({ pack: { tarball: buffer }, strict: true });
  assert.deepEqual(
    messages.map((message) => formatMessage(message, pkg, { color: false })),
    [],
  );
});
