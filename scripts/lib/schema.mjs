// The check of a world file as code: compiling its schema was a quarter of each start of `serve --world`.

import { readFileSync, writeFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import standalone from 'ajv/dist/standalone/index.js';
import { inRoot } from './paths.mjs';
import { Trouble } from './run.mjs';

/** Ajv writes its helpers as `require`, also in a module. */
const asImports = (code) => {
  const imports = [];
  const rest = code.replace(/\brequire\("(ajv\/dist\/runtime\/\w+)"\)/g, (_, path) => {
    imports.push(`import helper${imports.length} from '${path}.js';\n`);
    return `helper${imports.length - 1}`;
  });
  const missed = /\brequire\([^)]*\)/.exec(rest);
  if (missed !== null) throw new Trouble(`the check of a world file wants ${missed[0]}, which no module can have`);
  return imports.join('') + rest;
};

/** Writes `dist/cli/world-schema.js`; what it exports is told by `src/cli/world-schema.d.ts`. */
export function compileWorldSchema() {
  const schema = JSON.parse(readFileSync(inRoot('pkg/schema/world.schema.json'), 'utf8'));
  // Verbose for the descriptions that stand beside a broken rule.
  const ajv = new Ajv2020({ verbose: true, allowUnionTypes: true, code: { source: true, esm: true } });
  writeFileSync(inRoot('pkg/dist/cli/world-schema.js'), asImports(standalone.default(ajv, ajv.compile(schema))));
}
