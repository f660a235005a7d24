// Sizes in brotli, as a browser would load them, against the budgets of scripts/budgets.json.

import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { outcome } from '../lib/gate.mjs';
import { inRoot } from '../lib/paths.mjs';

const brotli = (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;

/** An upper bound of what the page loads before it can be used: whatever its files name, transitively, later views included. */
function firstLoad(dir) {
  const wanted = ['index.html'];
  const seen = new Set();
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    if (seen.has(name) || !existsSync(join(dir, name))) continue;
    seen.add(name);
    if (!/\.(html|js|css)$/.test(name)) continue;
    const text = readFileSync(join(dir, name), 'utf8');
    // Relative names, in quotes or url(): imports, links, workers and `new URL(…, import.meta.url)` alike.
    for (const [, path] of text.matchAll(
      /["'`(]((?:\.{0,2}\/)?[\w@./-]+\.(?:js|css|wasm|woff2|svg|png|webmanifest))["'`)?#]/g,
    )) {
      wanted.push(posix.normalize(path.startsWith('/') ? path.slice(1) : posix.join(posix.dirname(name), path)));
      wanted.push(posix.normalize(path));
    }
  }
  return [...seen];
}

export const sizes = {
  name: 'sizes',
  title: 'size budgets (brotli)',
  quick: true,
  needs: ['build'],
  run: async () => {
    const budgets = JSON.parse(readFileSync(inRoot('scripts/budgets.json'), 'utf8'));
    const lines = [];
    let failed = 0;
    for (const { name, files, page, budget } of budgets) {
      const paths = page === undefined ? files : firstLoad(inRoot(page)).map((file) => join(page, file));
      const missing = paths.filter((path) => !existsSync(inRoot(path)));
      const bytes = paths
        .filter((path) => !missing.includes(path))
        .map((path) => [path, brotli(readFileSync(inRoot(path)))]);
      const total = bytes.reduce((all, [, size]) => all + size, 0);
      const bad = missing.length > 0 || paths.length === 0 || (budget !== null && total > budget);
      if (bad) failed += 1;
      const limit = budget === null ? 'reported only' : `of ${(budget / 1000).toFixed(1)} KB`;
      lines.push(
        `${name}: ${(total / 1000).toFixed(1)} KB ${limit}${missing.length > 0 ? `; missing: ${missing.join(', ')}` : ''}`,
      );
      if (bad) lines.push(...bytes.map(([path, size]) => `  ${String(size).padStart(8)} ${path}`));
    }
    return outcome({
      passed: budgets.length - failed,
      failed,
      output: `${lines.join('\n')}\n`,
      note: lines.filter((line) => !line.startsWith(' ')).join(', '),
    });
  },
};
