// Who may import whom in the package, the page and the tests.

import { posix } from 'node:path';
import { blank, lineOf, matching } from './tree.mjs';

const contract = /^pkg\/src\/(?:body|contract|errors|limits|keys|sse)\.(?:js|ts)$/;

/** The first pattern that matches a file decides what its relative imports may reach, after resolution. */
const table = [
  {
    of: /^pkg\/src\/stores\/internal\//,
    may: [contract, /^pkg\/src\/stores\/internal\//],
    what: 'the contract and its own folder',
    byName: false,
  },
  {
    of: /^pkg\/src\/stores\//,
    may: [contract, /^pkg\/src\/stores\/internal\//],
    what: 'the contract and stores/internal',
    byName: false,
  },
  {
    of: /^pkg\/src\/testing\//,
    may: [contract, /^pkg\/src\/testing\//],
    what: 'the contract and its own folder',
    byName: false,
  },
  {
    of: /^pkg\/src\/cli(?:\/|\.ts$)/,
    may: [/^pkg\/src\/cli\//],
    what: 'its own folder, and the package by name',
    byName: true,
  },
  {
    of: /^pkg\/src\/octoprint(?:\/|\.ts$)/,
    may: [/^pkg\/src\/(?:octoprint\/|(?:body|errors|types)\.js$)/],
    what: 'its own folder, the errors, the types and bodies that end',
    byName: false,
  },
  {
    of: /^pkg\/src\/devicehive(?:\/|\.ts$)/,
    may: [/^pkg\/src\/(?:devicehive\/|errors\.js$)/],
    what: 'its own folder and the errors',
    byName: false,
  },
  {
    of: /^pkg\/src\/(?:nymea|vrm)(?:\/|\.ts$)/,
    may: [/^pkg\/src\/(?:nymea\/|vrm\/|(?:errors|types)\.js$)/],
    what: 'its own folder, the errors and the types',
    byName: false,
  },
  {
    of: /^pkg\/src\/remote(?:\/|\.ts$)/,
    may: [/^pkg\/src\/(?:remote\/|[\w-]+\.js$)/],
    what: 'its own folder and the public modules',
    byName: false,
  },
  {
    of: /^pkg\/src\//,
    may: [
      /^pkg\/src\/(?!(?:cli|stores|testing|remote|octoprint|devicehive|nymea|vrm)(?:\/|\.))/,
      /^pkg\/wasm\/\w+\.js$/,
    ],
    what: 'the facade, the core and the hash',
    byName: false,
  },
  // Measures the module itself, which has no name in `exports`.
  {
    of: /^www\/bench\//,
    may: [/^www\/(?:bench\/|offline\.ts$)/, /^pkg\/wasm\/hash\.js$/],
    what: 'its own folder, the policy of the page and the module of the hash',
    byName: true,
  },
  { of: /^www\//, may: [/^www\/(?!bench\/)/], what: 'the page itself, and the package by name', byName: true },
  {
    of: /^tests\/scripts\//,
    may: [/^scripts\/lib\//, /^tests\/scripts\//],
    what: 'the scripts they test',
    byName: false,
  },
  // Holds the written declarations against the generated ones.
  {
    of: /^tests\/types\//,
    may: [/^tests\//, /^pkg\/(?:wasm|dist)\/[\w./-]+\.js$/],
    what: 'the declarations it compares',
    byName: true,
  },
  // Looks into the module itself.
  {
    of: /^tests\/node\/hash-kernel\.test\.mjs$/,
    may: [/^tests\//, /^pkg\/wasm\/(?:hash|imported)\.js(?:\?scalar)?$/, /^pkg\/wasm\/\w+_bg\.wasm$/],
    what: 'the tests and the modules of the hash',
    byName: true,
  },
  {
    of: /^tests\/bench\/argon2\.mjs$/,
    may: [/^tests\//, /^pkg\/wasm\/hash\.js(?:\?words)?$/, /^pkg\/wasm\/\w+_bg\.wasm$/],
    what: 'the tests and the modules of the hash',
    byName: true,
  },
  {
    of: /^tests\/bench\/visitor\.mjs$/,
    may: [/^tests\//, /^www\/bench\/vite\.config\.ts$/],
    what: 'the tests and the build of the page it opens',
    byName: true,
  },
  // Makes up files that the store would go on to map.
  {
    of: /^tests\/node\/stores-lmdb-file\.test\.mjs$/,
    may: [/^tests\//, /^pkg\/dist\/stores\/internal\/lmdb-file\.js$/],
    what: 'the tests and the look at a file',
    byName: true,
  },
  // The inside of `serve`: a process for each of some hundred servers would take minutes.
  {
    of: /^tests\/node\/serve-here\.mjs$/,
    may: [/^tests\//, /^pkg\/dist\/cli\/(?:context|control|server)\.js$/],
    what: 'the tests and the inside of `serve`',
    byName: true,
  },
  // What has no name in `exports` can be tested only by its compiled file; `cli.js` is the command, which is spawned.
  {
    of: /^tests\//,
    may: [
      /^tests\//,
      /^pkg\/dist\/(?!cli\/|stores\/|testing\/|index|remote|octoprint|devicehive|nymea|vrm)/,
      /^scripts\/lib\//,
    ],
    what: 'the tests, and the package by name',
    byName: true,
  },
  { of: /^scripts\//, may: [/^scripts\//], what: 'the scripts themselves', byName: true },
];

const sources = /^(?:pkg\/src|www|tests|scripts)\/.*\.(?:ts|mts|mjs|js)$/;
const plainComments = /^\s*(?:\/\/|\*|\/\*\*?)[^\n]*/gm;

/** Specifiers of static and dynamic imports, re-exports and `new URL(…, import.meta.url)`. */
function* imports(text) {
  const code = blank(text, plainComments);
  const forms = /(?:\bfrom\s*|\bimport\s*\(?\s*|\bnew URL\(\s*)(['"])([^'"\n]+)\1/g;
  for (const found of code.matchAll(forms)) yield [found[2], found.index];
}

/** `tests/tidy` plants broken imports on purpose; strangers' projects are no part of the house. */
const exempt = /^tests\/(?:tidy|packaging\/projects)\b/;
/** Also tries what must not work. */
const exemptByName = /^tests\/(?:tidy|packaging\/strangers)\b/;

export function scriptEdges(tree) {
  const problems = [];
  const aliases = JSON.parse(tree.get('pkg/package.json')).imports ?? {};
  /** The sources behind a name of `imports`; none for one that is not there. */
  const behind = (name) => Object.values(aliases[name] ?? {}).map((path) => path.replace(/^\.\/dist\//, 'pkg/src/'));
  for (const [path, text] of matching(tree, sources)) {
    if (exempt.test(path)) continue;
    const rule = table.find(({ of }) => of.test(path));
    for (const [name, at] of imports(text)) {
      const where = `${path}:${lineOf(text, at)}`;
      if (name.startsWith('#')) {
        const targets = path.startsWith('pkg/src/') ? behind(name) : [];
        if (targets.length === 0) problems.push(`${where}: \`${name}\` is not among the imports of the package`);
        if (!targets.every((target) => rule.may.some((pattern) => pattern.test(target))))
          problems.push(`${where}: \`${name}\` is beyond ${rule.what}`);
      } else if (name.startsWith('.')) {
        // Files that are no modules (a wasm binary, a schema, the built page) have no sources to reach into.
        if (!/\.(?:js|mjs|ts)$/.test(name)) continue;
        const target = posix.normalize(posix.join(posix.dirname(path), name));
        if (!rule.may.some((pattern) => pattern.test(target)))
          problems.push(`${where}: \`${name}\` is beyond ${rule.what}`);
      } else if (!rule.byName && /^doorward(?:\/|$)/.test(name)) {
        problems.push(`${where}: \`${name}\`: inside the package its name is for the command alone`);
      }
    }
  }
  return problems;
}

/** Every name of the package that somebody imports is in its `exports`. */
export function exportedNames(tree) {
  const exported = Object.keys(JSON.parse(tree.get('pkg/package.json')).exports);
  const problems = [];
  for (const [path, text] of matching(tree, sources)) {
    if (exemptByName.test(path)) continue;
    for (const [name, at] of imports(text)) {
      if (!/^doorward(?:\/|$)/.test(name)) continue;
      const key = name.replace(/^doorward/, '.').replace(/\?.*$/, '');
      if (!exported.includes(key)) problems.push(`${path}:${lineOf(text, at)}: \`${name}\` is not among the exports`);
    }
  }
  return problems;
}
