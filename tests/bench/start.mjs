/** Cold start in Node: a new process each time. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { median } from './measure.mjs';
import { address } from './peers.mjs';

const child = fileURLToPath(new URL('start-child.mjs', import.meta.url));

function start(what, entry = '') {
  const answer = JSON.parse(execFileSync(process.execPath, [child, what, entry], { encoding: 'utf8' }));
  assert.equal(answer.answer, true);
  return answer;
}

export const coldStart = {
  name: 'start',
  title: 'cold start in Node',
  async run({ rounds }) {
    const entry = address('@casl/ability');
    // The files come from the disk only once on any machine that has them in use.
    start('doorward');
    start('casl', entry);
    const ours = [];
    const theirs = [];
    for (let round = 0; round < Math.max(rounds, 5); round++) {
      if (round % 2 === 0) ours.push(start('doorward'));
      theirs.push(start('casl', entry));
      if (round % 2 === 1) ours.push(start('doorward'));
    }
    const row = (name, list, part) => {
      const samples = list.map((times) => times[part]);
      return {
        name,
        median: median(samples),
        lowest: Math.min(...samples),
        ratio: median(samples.map((sample, round) => sample / ours[round].both)),
      };
    };
    const rows = [
      row('Doorward, import to first answer', ours, 'both'),
      row('Doorward, the import of it', ours, 'import'),
      row('Doorward, `open` to first answer', ours, 'open'),
      row('@casl/ability, import to first answer', theirs, 'both'),
    ];
    return [{ id: 'start', title: 'cold start in Node, on memory', unit: 'start', rows }];
  },
};
