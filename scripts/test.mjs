// `npm test`: sets up what is missing, runs every gate, and closes with one line of counts.
//
//   --quick        what fits into two minutes
//   --only NAME    one gate (several: repeat it, or separate by commas)
//   --list         the names

import { argv } from 'node:process';
import { parseArgs } from 'node:util';
import { build } from './build.mjs';
import { prettier, rustfmt } from './gates/format.mjs';
import { clippy, rustDocs, rustTests, wasmLint, wasmTests } from './gates/rust.mjs';
import { browserStores, inBrowser, node, packaging, servers, tidy, types, upstream } from './gates/script.mjs';
import { sizes } from './gates/sizes.mjs';
import { outcome } from './lib/gate.mjs';
import { Trouble } from './lib/run.mjs';
import { report, step } from './lib/step.mjs';
import { browser, checkNode, native, npmPackages } from './toolchain.mjs';

// Stages come one after another; the lanes of a stage run side by side, the gates of a lane one after another. The first
// lane needs no build until its end, and runs beside it. What measures time comes last, alone.
const stages = [
  [
    [rustfmt, clippy, rustTests, wasmLint, wasmTests, rustDocs, packaging, upstream],
    [prettier, types, tidy, sizes, node, servers, browserStores],
  ],
  [[inBrowser]],
];
const gates = stages.flat(2);

function chosen() {
  const usage = `usage: npm test -- [--quick] [--only NAME] [--list]\nnames: ${gates.map((gate) => gate.name).join(', ')}`;
  let values;
  try {
    const options = { quick: { type: 'boolean' }, only: { type: 'string', multiple: true }, list: { type: 'boolean' } };
    ({ values } = parseArgs({ args: argv.slice(2), options }));
  } catch (error) {
    throw new Trouble(`${error.message}\n${usage}`);
  }
  if (values.list) {
    process.stdout.write(`${gates.map((gate) => `${gate.name.padEnd(12)}${gate.title}`).join('\n')}\n`);
    process.exit(0);
  }
  const names = values.only?.flatMap((name) => name.split(','));
  const unknown = names?.find((name) => !gates.some((gate) => gate.name === name));
  if (unknown !== undefined) throw new Trouble(`there is no gate \`${unknown}\`\n${usage}`);
  const quick = values.quick ?? false;
  return {
    quick,
    gates: gates.filter((gate) => (names === undefined ? !quick || gate.quick : names.includes(gate.name))),
  };
}

const results = [];
const record = (name, result) => results.push({ name, ...result });

/** Builds what the chosen gates need; a failure is that of a gate named `build`, and the others go on without it. */
async function prepare(wanted) {
  const needs = (what) => wanted.some((gate) => gate.needs?.includes(what));
  try {
    await Promise.all([needs('build') ? build() : undefined, needs('browser') ? browser() : undefined]);
    return true;
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    record('build', outcome({ failed: 1, output: `${error.output}\n${error.message}\n` }));
    return false;
  }
}

async function runGate(gate, options, prepared) {
  if (gate.needs !== undefined && !(await prepared)) {
    record(gate.name, outcome({ skipped: [{ name: gate.title, reason: 'the build failed' }] }));
    return;
  }
  await step(gate.title, async (handle) => {
    let result;
    try {
      result = await gate.run(options, handle);
    } catch (error) {
      result = outcome({
        failed: 1,
        output: `${error.output ?? ''}\n${error instanceof Trouble ? error.message : error.stack}\n`,
      });
    }
    record(gate.name, result);
    const counts = `${result.passed} passed${result.failed > 0 ? `, ${result.failed} FAILED` : ''}`;
    handle.note([counts, result.note].filter(Boolean).join('; '));
  });
}

async function main() {
  const { quick, gates: wanted } = chosen();
  checkNode();
  await Promise.all([npmPackages(), native()]);
  const prepared = prepare(wanted);
  // Awaited by the gates: until then a failure must not count as unhandled.
  prepared.catch(() => {});
  const inOrder = async (lane) => {
    for (const gate of lane) if (wanted.includes(gate)) await runGate(gate, { quick }, prepared);
  };
  for (const lanes of stages) await Promise.all(lanes.map(inOrder));

  for (const { name, failed, output } of results) {
    if (failed > 0) process.stdout.write(`\n===== ${name} =====\n${output.trim()}\n`);
  }
  const skipped = results.flatMap((result) => result.skipped);
  for (const { name, reason } of skipped) process.stdout.write(`skipped: ${name}: ${reason}\n`);
  const total = (key) => results.reduce((all, result) => all + result[key], 0);
  process.stdout.write(`\n${total('passed')} passed, ${total('failed')} failed, ${skipped.length} skipped\n`);
  return total('failed') === 0 && total('passed') > 0 ? 0 : 1;
}

try {
  process.exit(await main());
} catch (error) {
  report(error);
  process.stdout.write('\n0 passed, 1 failed, 0 skipped\n');
  process.exit(1);
}
