import { command, sum } from '../lib/gate.mjs';
import { inRoot } from '../lib/paths.mjs';

export const prettier = {
  name: 'prettier',
  title: 'format of scripts, styles and documents (prettier)',
  quick: true,
  run: () => command(inRoot('node_modules/.bin/prettier'), ['--check', '--log-level=warn', '.']),
};

export const rustfmt = {
  name: 'rustfmt',
  title: 'format of the Rust sources (rustfmt)',
  quick: true,
  run: async () => sum([await command('cargo', ['fmt', '--all', '--check', '--', '--color', 'never'])]),
};
