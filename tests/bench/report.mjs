/** Numbers in words, tables on the terminal and in Markdown. */

const digits = (value) => (value >= 100 ? value.toFixed(0) : value.toPrecision(value < 1 ? 2 : 3));

/** @param {number} ms */
export function duration(ms) {
  if (ms < 1e-3) return `${digits(ms * 1e6)} ns`;
  if (ms < 1) return `${digits(ms * 1e3)} µs`;
  return ms < 10_000 ? `${digits(ms)} ms` : `${digits(ms / 1000)} s`;
}

/** Kilobytes of 1,000 bytes, as the budgets count them. */
export const bytes = (count) => `${(count / 1000).toFixed(1)} KB`;
export const times = (ratio) => `${ratio >= 1000 ? Math.round(ratio).toLocaleString('en') : digits(ratio)} ×`;
const perSecond = (ms) => Math.round(1000 / ms).toLocaleString('en');

/** A column a size of house. */
function growthCells({ sizes, rows, bytes: weights }) {
  const size = (value) => (value === undefined ? '' : `${Math.round(value).toLocaleString('en')}`);
  return {
    head: ['what', ...sizes.map((count) => count.toLocaleString('en'))],
    lines: [
      ...rows.map(({ name, values }) => [name, ...values.map(duration)]),
      ...weights.map(({ name, values }) => [name, ...values.map(size)]),
    ],
  };
}

/** Head and lines of a table of measurements, as text. */
function cells(table) {
  const { unit, rows, perSecond: rate, p99 } = table;
  if (unit === 'growth') return growthCells(table);
  if (unit === 'bytes') return { head: ['what', 'size'], lines: rows.map((row) => [row.name, bytes(row.bytes)]) };
  return {
    head: ['what', `one ${unit}`, 'quickest', ...(rate ? ['per second'] : []), ...(p99 ? ['p99'] : []), 'to the first'],
    lines: rows.map((row) => [
      row.name,
      duration(row.median),
      duration(row.lowest),
      ...(rate ? [perSecond(row.median)] : []),
      ...(p99 ? [duration(row.p99)] : []),
      times(row.ratio),
    ]),
  };
}

const verdictCells = (verdicts) => ({
  head: ['target', 'limit', 'measured', 'met'],
  lines: verdicts.map(({ what, limit, measured, met, failed }) => [
    what,
    limit,
    measured,
    met ? 'yes' : failed ? 'NO' : 'nearly',
  ]),
});

const plain = (text) => text.replaceAll('`', '');

function forTerminal({ head, lines }) {
  const all = [head, ...lines].map((line) => line.map(plain));
  const widths = head.map((_, at) => Math.max(...all.map((line) => line[at].length)));
  return all
    .map((line) => line.map((text, at) => (at === 0 ? text.padEnd(widths[at]) : text.padStart(widths[at]))).join('  '))
    .join('\n');
}

const forMarkdown = ({ head, lines }) =>
  [
    `| ${head.join(' | ')} |`,
    `|${head.map((_, at) => (at === 0 ? '---' : '---:')).join('|')}|`,
    ...lines.map((line) => `| ${line.join(' | ')} |`),
  ].join('\n');

/** One table for the terminal. */
export const tableText = (table) => `${plain(table.title)}\n\n${forTerminal(cells(table))}\n`;
export const verdictText = (verdicts) => `targets\n\n${forTerminal(verdictCells(verdicts))}\n`;

function growthText({ bent }) {
  const found =
    bent.length === 0
      ? 'No curve more than doubles where the users are ten times as many.'
      : `More than doubled for ten times as many users: ${bent.join('; ')}.`;
  return `![Curves of the time of each operation over the number of users](growth.svg)\n\nUsers beyond the first thousand are copies of what the service wrote for one. ${found}\n\n`;
}

/** docs/performance.md. */
export function document({ notes, machine, date, versions, options, tables, verdicts }) {
  const peers = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `# Performance

Written by \`npm run bench -- --write\`; do not edit by hand.

- ${date}, ${machine.cpu}, ${machine.cores} cores, ${machine.system}, Node ${machine.node}, load ${machine.load} when it began
- Peers: ${peers.join(', ')}
- ${options.users.toLocaleString('en')} users, ${options.tokens.toLocaleString('en')} tokens, ${options.rounds} rounds of ${options.batch} ms a candidate

All candidates of a table run in one process, interleaved: every round has a batch of each, in an order of its own, and
before the first round their answers are compared. A time is the median over the rounds, a ratio the median of the
ratios within each round. Times depend on the machine and on what else it does; trust the ratios. "Baseline" is no
peer but the least that the language could do. KB are 1,000 bytes after brotli.

## Targets

"Nearly" is short of the limit by a fifth at most. Why a target is missed, and what was tried, is said below.

${forMarkdown(verdictCells(verdicts))}

${notes}
${tables.map((table) => `## ${table.title}\n\n${table.bent === undefined ? '' : growthText(table)}${forMarkdown(cells(table))}\n`).join('\n')}`;
}
