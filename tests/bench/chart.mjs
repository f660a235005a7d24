/** The curves of growth as SVG: a panel an operation, both axes logarithmic. */
import { duration } from './report.mjs';
import { shown } from './pages.mjs';

const panel = { width: 250, height: 190, left: 62, right: 14, top: 34, bottom: 34 };
const columns = 3;

const escape = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const fixed = (number) => number.toFixed(1);

function onePanel(name, series, sizes) {
  const values = series.flatMap((each) => each.values);
  const [low, high] = [Math.floor(Math.log10(Math.min(...values))), Math.ceil(Math.log10(Math.max(...values)))];
  const inner = { width: panel.width - panel.left - panel.right, height: panel.height - panel.top - panel.bottom };
  const x = (at) => panel.left + (sizes.length > 1 ? (at / (sizes.length - 1)) * inner.width : 0);
  const y = (value) => panel.top + inner.height * (1 - (Math.log10(value) - low) / Math.max(1, high - low));
  const parts = [`<text class="title" x="${panel.left}" y="18">${escape(name)}</text>`];
  for (let power = low; power <= high; power++) {
    const at = fixed(y(10 ** power));
    parts.push(`<line class="grid" x1="${panel.left}" x2="${panel.width - panel.right}" y1="${at}" y2="${at}"/>`);
    parts.push(
      `<text class="tick" x="${panel.left - 6}" y="${at}" dy="4" text-anchor="end">${duration(10 ** power)}</text>`,
    );
  }
  sizes.forEach((size, at) => {
    const label = `10${'⁰¹²³⁴⁵⁶⁷⁸⁹'[Math.round(Math.log10(size))]}`;
    parts.push(`<text class="tick" x="${fixed(x(at))}" y="${panel.height - 14}" text-anchor="middle">${label}</text>`);
  });
  for (const { where, values: line } of series) {
    const points = line.map((value, at) => `${fixed(x(at))},${fixed(y(value))}`);
    parts.push(`<polyline class="${where}" points="${points.join(' ')}"/>`);
    line.forEach((value, at) => {
      const title = `<title>${where}, ${shown(sizes[at])} users: ${duration(value)}</title>`;
      const [cx, cy] = [fixed(x(at)), fixed(y(value))];
      // Told apart by form as well as by colour.
      parts.push(
        where === 'memory'
          ? `<circle class="${where}" cx="${cx}" cy="${cy}" r="4">${title}</circle>`
          : `<rect class="${where}" x="${fixed(x(at) - 4)}" y="${fixed(y(value) - 4)}" width="8" height="8">${title}</rect>`,
      );
    });
  }
  return parts.join('\n');
}

/** @param {{sizes: number[], series: {name: string, where: string, values: number[]}[]}} table */
export function growthChart({ sizes, series }) {
  const names = [...new Set(series.map(({ name }) => name))];
  const rows = Math.ceil(names.length / columns);
  const [width, height] = [panel.width * columns, panel.height * rows + 30];
  const panels = names.map((name, at) => {
    const place = `translate(${(at % columns) * panel.width} ${Math.floor(at / columns) * panel.height})`;
    const own = series.filter((each) => each.name === name);
    return `<g transform="${place}">\n${onePanel(name, own, sizes)}\n</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title desc">
<title id="title">How cost grows with the number of users</title>
<desc id="desc">Time of each operation over ${sizes.map(shown).join(', ')} users, on memory and on LMDB. The figures are in the table of performance.md.</desc>
<style>
svg { background: #fff; }
text { font: 11px system-ui, sans-serif; fill: #1b1f24; }
.title { font-weight: 600; font-size: 13px; }
.tick { fill: #4c5560; }
.grid { stroke: #d4d9df; }
polyline { fill: none; stroke-width: 2; }
polyline.memory { stroke: #0b57b0; } circle.memory { fill: #0b57b0; }
polyline.lmdb { stroke: #a8410a; stroke-dasharray: 6 3; } rect.lmdb { fill: #a8410a; }
@media (prefers-color-scheme: dark) {
svg { background: #14181d; }
text { fill: #e8ebef; } .tick { fill: #b4bcc6; } .grid { stroke: #39414a; }
polyline.memory { stroke: #7db4ff; } circle.memory { fill: #7db4ff; }
polyline.lmdb { stroke: #ffab7a; } rect.lmdb { fill: #ffab7a; }
}
</style>
${panels.join('\n')}
<g transform="translate(${panel.left} ${height - 12})">
<circle class="memory" cx="0" cy="-4" r="4"/><text x="10" y="0">memory</text>
<rect class="lmdb" x="76" y="-8" width="8" height="8"/><text x="90" y="0">LMDB</text>
<text class="tick" x="150" y="0">users across, time of one operation upward; both logarithmic</text>
</g>
</svg>
`;
}
