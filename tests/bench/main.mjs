/** The bench: started by scripts/bench.mjs, which says what the options mean. */
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, type } from 'node:os';
import { parseArgs } from 'node:util';
import { argon2 } from './argon2.mjs';
import { authenticate } from './authenticate.mjs';
import { border } from './border.mjs';
import { blocking, changes, indexedDb } from './browser.mjs';
import { can, filter } from './can.mjs';
import { devicehive } from './devicehive.mjs';
import { login } from './login.mjs';
import { connections } from './connections.mjs';
import { octoprint } from './octoprint.mjs';
import { growthChart } from './chart.mjs';
import { growth } from './growth.mjs';
import { few, pages, shown } from './pages.mjs';
import { visitor } from './visitor.mjs';
import { versions } from './peers.mjs';
import { people } from './people.mjs';
import { document, tableText, verdictText } from './report.mjs';
import { sizes } from './sizes.mjs';
import { coldStart } from './start.mjs';
import { stores } from './stores.mjs';
import { judge } from './targets.mjs';

const suites = [
  argon2,
  can,
  filter,
  authenticate,
  border,
  login,
  blocking,
  pages,
  indexedDb,
  changes,
  visitor,
  growth,
  connections,
  octoprint,
  devicehive,
  coldStart,
  sizes,
  stores,
];
const full = { rounds: 15, batch: 60, users: 100_000, tokens: 5000, sizes: [1e3, 1e4, 1e5, 1e6] };
const quick = { rounds: 3, batch: 10, users: 5000, tokens: 500, sizes: [1e3, 1e4] };

class Usage extends Error {}

function chosen() {
  const usage = `usage: npm run bench -- [--quick] [--only NAME] [--list] [--json] [--write] [--gate] | --rust\nnames: ${suites.map(({ name }) => name).join(', ')}`;
  const flag = { type: 'boolean', default: false };
  let values;
  try {
    const options = { quick: flag, list: flag, json: flag, write: flag, gate: flag };
    ({ values } = parseArgs({ options: { ...options, only: { type: 'string', multiple: true } } }));
  } catch (error) {
    throw new Usage(`${error.message}\n${usage}`);
  }
  const names = values.only?.flatMap((name) => name.split(','));
  const unknown = names?.find((name) => !suites.some((suite) => suite.name === name));
  if (unknown !== undefined) throw new Usage(`there is no suite \`${unknown}\`\n${usage}`);
  if (values.write && (values.quick || names)) throw new Usage(`--write is for a whole run\n${usage}`);
  return { ...values, suites: suites.filter(({ name }) => names?.includes(name) ?? true) };
}

function machine() {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const system = `${type()} ${release().split('-')[0]}`;
  return {
    cpu: model,
    cores: availableParallelism(),
    system,
    node: process.versions.node,
    load: loadavg()[0].toFixed(1),
  };
}

/** Progress on one line of a terminal; a log file gets only what is finished. */
const progressOn = (stream, title) => (text) => {
  if (stream.isTTY) stream.write(`\r\x1b[K${title}: ${text}`);
};

async function main() {
  const { suites: wanted, ...flags } = chosen();
  if (flags.list) {
    process.stdout.write(`${suites.map(({ name, title }) => `${name.padEnd(14)}${title}`).join('\n')}\n`);
    return 0;
  }
  const options = flags.quick ? quick : full;
  const about = machine();
  const tables = [];
  // Filled once; several suites page through the same people.
  const made = new Map();
  for (const suite of wanted) {
    const progress = progressOn(process.stderr, suite.title);
    const populations = (count) => {
      if (!made.has(count))
        made.set(
          count,
          people(count, (text) => progress(`${text} made`)),
        );
      return made.get(count);
    };
    const begin = Date.now();
    progress('…');
    const found = await suite.run({ ...options, populations, progress });
    progress('');
    process.stderr.write(`${suite.title}: ${((Date.now() - begin) / 1000).toFixed(1)} s\n`);
    tables.push(...found);
    if (!flags.json) for (const table of found) process.stdout.write(`\n${tableText(table)}\n`);
  }
  const verdicts = judge(tables);
  const date = new Date().toISOString().slice(0, 10);
  const result = { date, machine: about, versions: versions(), options, tables, verdicts };
  if (flags.json) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  else if (verdicts.length > 0) process.stdout.write(`\n${verdictText(verdicts)}`);
  if (options.users !== full.users) {
    process.stderr.write(`quick: ${shown(options.users)} users stand for many, ${shown(few)} for few\n`);
  }
  if (flags.write) {
    const docs = new URL('../../docs/', import.meta.url);
    const notes = readFileSync(new URL('notes.md', import.meta.url), 'utf8');
    writeFileSync(new URL('performance.md', docs), document({ ...result, notes }));
    const curves = tables.find(({ id }) => id === 'growth');
    writeFileSync(new URL('growth.svg', docs), growthChart(curves));
  }
  const missed = verdicts.filter(({ met }) => !met);
  for (const { what, limit, measured } of missed) process.stderr.write(`missed: ${what}: ${measured}, ${limit}\n`);
  return flags.gate && missed.some(({ failed }) => failed) ? 1 : 0;
}

try {
  process.exit(await main());
} catch (error) {
  process.stderr.write(`${error instanceof Usage ? error.message : error.stack}\n`);
  process.exit(error instanceof Usage ? 2 : 1);
}
