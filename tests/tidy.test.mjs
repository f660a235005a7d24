// The rules of the house that no compiler checks. Every rule is run twice: on the tree, which must be clean, and on a
// tree with one planted breach, which it must see.

import assert from 'node:assert/strict';
import test from 'node:test';
import { readTree } from './tidy/tree.mjs';
import { rustEdges, rustWorlds } from './tidy/rust.mjs';
import { exportedNames, scriptEdges } from './tidy/script.mjs';
import {
  errorCodes,
  fileLengths,
  forbiddenWords,
  oneVersion,
  publicRegistries,
  requiredFiles,
  sameLimits,
} from './tidy/house.mjs';

const tree = readTree();

/** The tree with some files replaced: text, or a function of the text that is there. Null takes a file away. */
function broken(changes) {
  const copy = new Map(tree);
  for (const [path, change] of Object.entries(changes)) {
    if (change === null) copy.delete(path);
    else copy.set(path, typeof change === 'function' ? change(copy.get(path) ?? '') : change);
  }
  return copy;
}

const swap = (from, to) => (text) => {
  assert.ok(text.includes(from), `nothing to break: \`${from}\` is not there`);
  return text.replace(from, to);
};

const json = (change) => (text) => {
  const value = JSON.parse(text);
  change(value);
  return JSON.stringify(value);
};

/** Rule → breaches, each with a part of what the rule must say about it. */
const rules = [
  [
    'Rust layers import one way',
    rustEdges,
    [
      [{ 'src/model/x.rs': 'use crate::rules::Policy;' }, 'src/model/x.rs:1: model must not use rules'],
      [
        { 'src/rules/x.rs': '\nuse crate::{model::{User, store}, service::Door};' },
        'src/rules/x.rs:2: rules must not use service',
      ],
      [{ 'src/rules/x.rs': 'fn f() { super::super::store::open() }' }, 'rules must not use store'],
      [{ 'src/store/x.rs': 'use crate::rules::Policy;' }, 'store must not use rules'],
      [{ 'src/json/x.rs': 'use crate::model::Reach;' }, 'json must not use model'],
      [{ 'src/model/x.rs': 'use crate::json::Writer;' }, 'model must not use json'],
      [{ 'src/service/x.rs': 'use crate::wasm::Door;' }, 'service must not use wasm'],
      [{ 'src/service/x.rs': 'use crate::store::memory::MemoryStore;' }, 'the service knows no adapter'],
      [{ 'src/faces/vrm.rs': 'use crate::store::Store;' }, 'faces must not use store'],
      [{ 'src/faces/vrm.rs': 'use crate::faces::nymea::Line;' }, 'a face must not use another one'],
      [{ 'src/stray/x.rs': '' }, 'the layer `stray` is not in the import table'],
    ],
  ],
  [
    'Rust layers see no clock, chance, world, JavaScript or wire format that is not theirs',
    rustWorlds,
    [
      [{ 'src/model/x.rs': 'use std::time::Instant;' }, 'model must not see `std::time`'],
      [{ 'src/rules/x.rs': 'use serde::Deserialize;' }, 'rules must not see `serde`'],
      [{ 'src/rules/x.rs': 'async fn f() {}' }, 'rules must not see `async`'],
      [{ 'src/model/x.rs': 'fn f() { getrandom::fill(&mut b) }' }, 'model must not see `getrandom::`'],
      [{ 'src/service/x.rs': 'use js_sys::Promise;' }, 'service must not see `js_sys`'],
      [{ 'src/store/x.rs': 'use wasm_bindgen::prelude::*;' }, 'store must not see `wasm_bindgen`'],
      [{ 'src/faces/x.rs': 'use std::net::TcpStream;' }, 'faces must not see `std::net`'],
      [{ 'src/service/x.rs': 'fn f() { std::fs::read(p) }' }, 'service must not see `std::fs`'],
    ],
  ],
  [
    'scripts import one way',
    scriptEdges,
    [
      [{ 'pkg/src/stores/x.ts': "import { open } from '../index.js';" }, 'is beyond the contract'],
      [{ 'pkg/src/stores/x.ts': "import { memory } from './memory.js';" }, 'is beyond the contract'],
      [{ 'pkg/src/stores/x.ts': "const a = await import('doorward');" }, 'its name is for the command alone'],
      [{ 'pkg/src/testing/x.ts': "export * from '../stores/memory.js';" }, 'is beyond the contract'],
      [{ 'pkg/src/cli/x.ts': "import type { Door } from '../types.js';" }, 'is beyond its own folder'],
      [{ 'pkg/src/x.ts': "import { lmdb } from './stores/lmdb.js';" }, 'is beyond the facade'],
      [{ 'pkg/src/x.ts': "import { connect } from './octoprint.js';" }, 'is beyond the facade'],
      [
        { 'pkg/src/octoprint/x.ts': "import { toJson } from '../core/json.js';" },
        'is beyond its own folder, the errors',
      ],
      [{ 'pkg/src/octoprint.ts': "import { open } from './index.js';" }, 'is beyond its own folder, the errors'],
      [
        { 'pkg/src/octoprint/x.ts': "import { init } from '../../wasm/core.js';" },
        'is beyond its own folder, the errors',
      ],
      [{ 'pkg/src/devicehive/x.ts': "import { send } from '../octoprint/send.js';" }, 'is beyond its own folder'],
      [{ 'pkg/src/remote/x.ts': "import { makeCookies } from '#octoprint-cookies';" }, 'is beyond its own folder'],
      [{ 'pkg/src/octoprint/x.ts': "import { x } from '#jar';" }, '`#jar` is not among the imports'],
      [{ 'www/src/x.ts': "import { open } from '../../pkg/src/index.js';" }, 'is beyond the page itself'],
      [{ 'tests/node/x.test.mjs': "import { open } from '../../pkg/dist/index.js';" }, 'is beyond the tests'],
      [{ 'tests/node/x.test.mjs': "import { errorCodes } from '../../pkg/src/errors.ts';" }, 'is beyond the tests'],
      [{ 'scripts/x.mjs': "import '../pkg/dist/cli.js';" }, 'is beyond the scripts'],
    ],
  ],
  [
    'the package is imported by names it exports',
    exportedNames,
    [
      [{ 'www/src/x.ts': "import { x } from 'doorward/core/host';" }, '`doorward/core/host` is not among the exports'],
      [{ 'tests/node/x.test.mjs': "import 'doorward/store/memory';" }, 'is not among the exports'],
    ],
  ],
  [
    'files are short',
    fileLengths,
    [
      [{ 'src/rules/x.rs': '\n'.repeat(501) }, 'src/rules/x.rs: 501 lines'],
      [{ 'www/src/x.css': '\n'.repeat(501) }, '501 lines'],
    ],
  ],
  [
    'no machine paths, loose ends or forgotten prints',
    forbiddenWords,
    [
      [{ 'docs/x.md': `see ${'/ro' + 'ot'}/.cargo` }, 'docs/x.md:1'],
      [{ 'scripts/x.mjs': `const a = '${'/ho' + 'me'}/ann/x';` }, 'a path of one machine'],
      [{ 'src/x.rs': `// ${'TO' + 'DO'}: later` }, 'without an issue number'],
      [{ 'pkg/src/x.ts': 'console.log(1);' }, 'a forgotten print'],
      [{ 'tests/node/x.test.mjs': 'test.only("x");' }, 'hides the others'],
    ],
  ],
  [
    'lock files name public registries alone',
    publicRegistries,
    [
      [{ 'package-lock.json': '"resolved": "https://npm.example.net/a.tgz"' }, '`npm.example.net`'],
      [{ 'Cargo.lock': (text) => `${text}\nsource = "registry+https://crates.example.net/"\n` }, 'crates.example.net'],
    ],
  ],
  [
    'what a reader looks for is there',
    requiredFiles,
    [
      [{ 'README.md': null }, 'README.md is missing'],
      [{ 'LICENSE-MIT': ' \n' }, 'LICENSE-MIT is missing or empty'],
    ],
  ],
  [
    'there is one version, and the changelog knows it',
    oneVersion,
    [
      [{ 'Cargo.toml': swap('version = "', 'version = "9.') }, 'Cargo.toml says 9.'],
      [
        { 'Cargo.lock': swap('name = "doorward"\nversion = "', 'name = "doorward"\nversion = "9.') },
        'Cargo.lock says 9.',
      ],
      [{ 'www/package.json': json((manifest) => (manifest.dependencies.doorward = '9.0.0')) }, 'dependency says 9.0.0'],
      [{ 'CHANGELOG.md': '# Changelog\n' }, 'CHANGELOG.md has no entry'],
    ],
  ],
  [
    'error codes are the same in every table',
    errorCodes,
    [
      [{ 'tests/vectors/errors.json': json((codes) => delete codes.busy) }, 'in errors.ts, not in the vector: `busy`'],
      [
        { 'tests/vectors/errors.json': json((codes) => (codes.extra = 'x')) },
        'in the vector, not in errors.ts: `extra`',
      ],
      [{ 'tests/vectors/errors.json': json((codes) => (codes.busy = 'x')) }, 'meaning differs: `busy`'],
      [{ 'src/model/error.rs': (text) => `${text}Self::New => "newCode"` }, 'in Rust, not in the vector: `newCode`'],
      [{ 'docs/errors.md': '`denied`' }, 'not in docs/errors.md: `busy`'],
      [{ 'docs/errors.md': '' }, 'docs/errors.md lists no codes'],
    ],
  ],
  [
    'limits are the same in every table',
    sameLimits,
    [
      [
        { 'tests/vectors/limits.json': json((limits) => (limits.keyBytes = 1)) },
        'in vector, not in limits.ts: `keyBytes = 1`',
      ],
      [
        { 'pkg/src/limits.ts': swap('keyElements: 8', 'keyElements: 9') },
        'in limits.ts, not in vector: `keyElements = 9`',
      ],
      [
        { 'src/store/limits.rs': swap('KEY_ELEMENTS: usize = 8', 'KEY_ELEMENTS: usize = 9') },
        'in limits.rs, not in vector',
      ],
    ],
  ],
];

for (const [name, rule, breaches] of rules) {
  test(name, () => {
    const problems = rule(tree);
    if (problems.length > 0) assert.fail(`\n${problems.join('\n')}`);
  });
  test(`${name}: a breach is seen`, () => {
    for (const [change, message] of breaches) {
      const seen = rule(broken(change));
      assert.ok(
        seen.some((problem) => problem.includes(message)),
        `expected \`${message}\` from ${JSON.stringify(Object.keys(change))}, got ${JSON.stringify(seen)}`,
      );
    }
  });
}
