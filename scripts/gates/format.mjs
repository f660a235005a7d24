import { join } from 'node:path';
import { command, sum } from '../lib/gate.mjs';
import { inRoot, workDir } from '../lib/paths.mjs';

export const prettier = {
  name: 'prettier',
  title: 'format of scripts, styles and documents (prettier)',
  quick: true,
  run: () => {
    const cache = ['--cache', '--cache-strategy', 'content', '--cache-location', join(workDir, 'prettier')];
    return command(inRoot('node_modules/.bin/prettier'), ['--check', '--log-level=warn', ...cache, '.']);
  },
};

export const rustfmt = {
  name: 'rustfmt',
  title: 'format of the Rust sources (rustfmt)',
  quick: true,
  run: async () => sum([await command('cargo', ['fmt', '--all', '--check', '--', '--color', 'never'])]),
};
