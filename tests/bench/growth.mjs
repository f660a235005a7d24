/** How cost grows with the number of users, on memory and on LMDB; a process of its own for each. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { shown } from './pages.mjs';
import { duration } from './report.mjs';

const child = fileURLToPath(new URL('growth-child.mjs', import.meta.url));
const stores = ['memory', 'lmdb'];
/** More than this times as slow for ten times as many users, and the curve is said to bend. */
const bend = 2;

async function measured(count, where, { rounds, batch }) {
  const more = [String(count), where, String(Math.min(rounds, 7)), String(batch)];
  const flags = ['--expose-gc', '--max-old-space-size=8000'];
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, child, ...more], { maxBuffer: 1e6 });
  return JSON.parse(stdout);
}

export const growth = {
  name: 'growth',
  title: 'how cost grows',
  async run({ rounds, batch, sizes, progress }) {
    const found = new Map();
    for (const where of stores) {
      for (const count of sizes) {
        progress(`${shown(count)} users, ${where}`);
        found.set(`${where} ${count}`, await measured(count, where, { rounds, batch }));
      }
    }
    const names = Object.keys(found.get(`memory ${sizes[0]}`).answer);
    const series = names.flatMap((name) =>
      stores.map((where) => ({
        name,
        where,
        values: sizes.map((count) => found.get(`${where} ${count}`).answer[name]),
      })),
    );
    const rows = series.map(({ name, where, values }) => ({ name: `${name}, ${where}`, values }));
    const bytes = stores.map((where) => ({
      name: `bytes a user, ${where}, a token for every tenth`,
      values: sizes.map((count) => found.get(`${where} ${count}`).bytes),
    }));
    const bent = series.flatMap(({ name, where, values }) =>
      values.flatMap((value, at) =>
        at > 0 && value > bend * values[at - 1]
          ? [
              `${name}, ${where}: ${duration(values[at - 1])} at ${shown(sizes[at - 1])}, ${duration(value)} at ${shown(sizes[at])}`,
            ]
          : [],
      ),
    );
    return [
      {
        id: 'growth',
        title: 'how cost grows with the number of users',
        unit: 'growth',
        sizes,
        series,
        rows,
        bytes,
        bent,
      },
    ];
  },
};
