// The tree as the tidy rules see it: a map from path to text, of every file that git holds or would hold.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const binary = /\.(png|ico|woff2|wasm|gz|snap)$/;

/** @returns {Map<string, string>} */
export function readTree() {
  const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  const paths = [...new Set(list.split('\0'))].filter((path) => path !== '' && !binary.test(path));
  return new Map(
    paths.filter((path) => existsSync(join(root, path))).map((path) => [path, readFileSync(join(root, path), 'utf8')]),
  );
}

/** The entries whose path matches. */
export const matching = (tree, pattern) => [...tree].filter(([path]) => pattern.test(path));

/** The number of the line in which `index` lies. */
export const lineOf = (text, index) => text.slice(0, index).split('\n').length;

/** Blanks out what `pattern` finds, so that positions and line numbers stay as they were. */
export const blank = (text, pattern) => text.replace(pattern, (found) => found.replace(/[^\n]/g, ' '));
