// What the house as a whole owes: lengths, words, files, one version, one table of codes and limits.

import { lineOf, matching } from './tree.mjs';

const maxLines = 500;

/** Files that may be longer, each with its reason. */
const longFiles = new Map([]);

export function fileLengths(tree, allowed = longFiles) {
  const problems = [];
  for (const [path, text] of matching(tree, /^(?:src|pkg\/src|www|tests|scripts)\/.*\.(?:rs|ts|mjs|css)$/)) {
    const lines = text.split('\n').length - 1;
    if (lines > maxLines && !allowed.has(path)) problems.push(`${path}: ${lines} lines; at most ${maxLines}: split it`);
    if (lines <= maxLines && allowed.has(path)) problems.push(`${path}: no longer too long; take it off the list`);
  }
  for (const path of allowed.keys()) if (!tree.has(path)) problems.push(`${path}: on the list of long files, but gone`);
  return problems;
}

/** The pattern, and what is wrong with it. Written so that this file does not find itself. */
const words = [
  [/(?<![\w.~-])\/(?:work|root|tmp)\/[\w.-]/g, 'a path of one machine'],
  [/\/home\/(?!runner\b)[a-z]\w*\//g, 'a path of one machine'],
  [
    new RegExp(`\\b(?:${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X'].join('|')})\\b(?![^\\n]*#\\d)`, 'g'),
    'without an issue number',
  ],
  [/\bconsole\.log\(/g, 'a forgotten print', /^(?:pkg\/src|www\/src)\//],
  [/\b(?:test|it|describe)\.only\(/g, 'runs one test and hides the others', /^tests\//],
];

const unread = /^(?:package-lock\.json|Cargo\.lock|LICENSE-\w+)$/;

export function forbiddenWords(tree) {
  const problems = [];
  for (const [path, text] of tree) {
    if (unread.test(path) || path === 'tests/tidy.test.mjs') continue;
    for (const [pattern, why, where] of words) {
      if (where !== undefined && !where.test(path)) continue;
      for (const found of text.matchAll(pattern)) {
        problems.push(`${path}:${lineOf(text, found.index)}: \`${found[0].trim()}\`: ${why}`);
      }
    }
  }
  return problems;
}

/** The lock files name no registry but the public ones. */
export function publicRegistries(tree) {
  const hosts = [...(tree.get('package-lock.json') ?? '').matchAll(/"resolved": "https?:\/\/([^/"]+)/g)].map(
    ([, host]) => host,
  );
  const strange = [...new Set(hosts)].filter((host) => host !== 'registry.npmjs.org');
  const sources = [...(tree.get('Cargo.lock') ?? '').matchAll(/^source = "([^"]+)"/gm)].map(([, source]) => source);
  strange.push(
    ...[...new Set(sources)].filter((source) => source !== 'registry+https://github.com/rust-lang/crates.io-index'),
  );
  return strange.map((host) => `a lock file names \`${host}\``);
}

const required = [
  'README.md',
  'CHANGELOG.md',
  'LICENSE-MIT',
  'LICENSE-APACHE',
  'src/ARCHITECTURE.md',
  'docs/threat-model.md',
  'docs/errors.md',
  'tests/README.md',
];

export const requiredFiles = (tree) =>
  required.filter((path) => !tree.get(path)?.trim()).map((path) => `${path} is missing or empty`);

/** One version for the crate, the package and the page, with a changelog entry. */
export function oneVersion(tree) {
  const pkg = JSON.parse(tree.get('pkg/package.json')).version;
  const www = JSON.parse(tree.get('www/package.json'));
  const found = {
    'Cargo.toml': /^version = "([^"]+)"/m.exec(tree.get('Cargo.toml'))?.[1],
    'Cargo.lock': /name = "doorward"\nversion = "([^"]+)"/.exec(tree.get('Cargo.lock'))?.[1],
    'www/package.json': www.version,
    'www/package.json, dependency': www.dependencies.doorward,
  };
  const problems = Object.entries(found)
    .filter(([, version]) => version !== pkg)
    .map(([where, version]) => `${where} says ${version}, pkg/package.json ${pkg}`);
  const changelog = tree.get('CHANGELOG.md') ?? '';
  if (!new RegExp(`^## \\[?${pkg.replaceAll('.', '\\.')}\\b`, 'm').test(changelog))
    problems.push(`CHANGELOG.md has no entry for ${pkg}`);
  return problems;
}

const difference = (title, left, right) => {
  const missing = left.filter((item) => !right.includes(item));
  return missing.map((item) => `${title}: \`${item}\``);
};

/** Error codes: the vector, the TypeScript table, the Rust enum and the document. */
export function errorCodes(tree) {
  const vector = JSON.parse(tree.get('tests/vectors/errors.json'));
  const script = [...tree.get('pkg/src/errors.ts').matchAll(/^ {2}(\w+): '((?:[^'\\]|\\.)*)',$/gm)];
  const table = Object.fromEntries(script.map(([, code, meaning]) => [code, meaning.replaceAll("\\'", "'")]));
  const rust = [...(tree.get('src/model/error.rs') ?? '').matchAll(/Self::\w+ => "(\w+)"/g)].map(([, code]) => code);
  const inDocs = [...(tree.get('docs/errors.md') ?? '').matchAll(/`(\w+)`/g)].map(([, code]) => code);
  const codes = Object.keys(vector);
  return [
    ...difference('in the vector, not in errors.ts', codes, Object.keys(table)),
    ...difference('in errors.ts, not in the vector', Object.keys(table), codes),
    ...codes
      .filter((code) => code in table && table[code] !== vector[code])
      .map((code) => `meaning differs: \`${code}\``),
    ...difference('in Rust, not in the vector', rust, codes),
    ...(rust.length === 0 ? ['no codes found in src/model/error.rs'] : []),
    ...(inDocs.length === 0 ? ['docs/errors.md lists no codes'] : difference('not in docs/errors.md', codes, inDocs)),
  ];
}

const number = (text) => Number(text.replaceAll('_', ''));

/** Limits: the vector, the TypeScript object and the Rust constants. */
export function sameLimits(tree) {
  const vector = JSON.parse(tree.get('tests/vectors/limits.json'));
  const script = [...tree.get('pkg/src/limits.ts').matchAll(/^ {2}(\w+): ([\d_]+),$/gm)];
  const rust = [
    ...(tree.get('src/store/limits.rs') ?? '').matchAll(/^pub(?:\(\w+\))? const (\w+): \w+ = ([\d_]+);$/gm),
  ];
  const camel = (name) => name.toLowerCase().replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
  const lines = (entries) => entries.map(([name, value]) => `${name} = ${value}`);
  const all = {
    vector: lines(Object.entries(vector)),
    'limits.ts': lines(script.map(([, name, value]) => [name, number(value)])),
    'limits.rs': lines(rust.map(([, name, value]) => [camel(name), number(value)])),
  };
  return Object.entries(all).flatMap(([here, mine]) =>
    Object.entries(all).flatMap(([there, theirs]) => difference(`in ${here}, not in ${there}`, mine, theirs)),
  );
}
