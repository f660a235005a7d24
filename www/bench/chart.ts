/** A chart of bars and the table of the same figures beside it. */
import type { Row } from './measure.ts';

const height = 30;
const labels = 250;
const width = 720;
const namespace = 'http://www.w3.org/2000/svg';

export function duration(ms: number): string {
  const digits = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));
  if (ms < 1e-3) return `${digits(ms * 1e6)} ns`;
  if (ms < 1) return `${digits(ms * 1e3)} µs`;
  return `${digits(ms)} ms`;
}

const times = (ratio: number): string => `${ratio >= 100 ? ratio.toFixed(0) : ratio.toPrecision(3)} ×`;

function drawn(name: string, attributes: Record<string, string | number>, text = ''): SVGElement {
  const element = document.createElementNS(namespace, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.textContent = text;
  return element;
}

/** Bars grow with the logarithm: the slowest takes thousands of times as long as the quickest. */
function lengths(rows: readonly Row[]): number[] {
  const logs = rows.map(({ median }) => Math.log10(median));
  const low = Math.floor(Math.min(...logs) - 0.3);
  const high = Math.max(...logs);
  return logs.map((log) => ((log - low) / Math.max(high - low, 1)) * (width - labels - 110));
}

function chart(rows: readonly Row[], title: string): SVGElement {
  const svg = drawn('svg', { class: 'chart', viewBox: `0 0 ${width} ${rows.length * height}`, role: 'img' });
  svg.setAttribute('aria-label', `${title}: bars of the times in the table below, on a logarithmic scale`);
  const long = lengths(rows);
  rows.forEach(({ name, ours, median }, at) => {
    const length = long[at] ?? 0;
    const middle = at * height + height / 2;
    const size = { x: labels, y: at * height + 5, width: length.toFixed(1), height: height - 10 };
    svg.append(
      drawn('text', { x: labels - 10, y: middle + 4, 'text-anchor': 'end' }, name),
      drawn('rect', { class: ours ? 'bar ours' : 'bar', ...size }),
      drawn('text', { x: labels + length + 8, y: middle + 4 }, duration(median)),
    );
  });
  return svg;
}

function table(rows: readonly Row[], title: string): HTMLElement {
  const element = document.createElement('table');
  element.createCaption().textContent = `${title}; the ratio is to the first row. The scale of the bars is logarithmic.`;
  const head = element.createTHead().insertRow();
  for (const name of ['what', 'time', 'ratio']) {
    const cell = document.createElement('th');
    cell.scope = 'col';
    cell.textContent = name;
    head.append(cell);
  }
  const body = element.createTBody();
  for (const { name, median, ratio } of rows) {
    const line = body.insertRow();
    const cell = document.createElement('th');
    cell.scope = 'row';
    cell.textContent = name;
    line.append(cell);
    line.insertCell().textContent = duration(median);
    line.insertCell().textContent = times(ratio);
  }
  const wide = document.createElement('div');
  wide.className = 'wide';
  // Can be scrolled by the keyboard where it does not fit.
  wide.tabIndex = 0;
  wide.setAttribute('role', 'region');
  wide.setAttribute('aria-label', title);
  wide.append(element);
  return wide;
}

export function show(place: Element, rows: readonly Row[], title: string): void {
  const focused = place.contains(document.activeElement);
  place.replaceChildren(chart(rows, title), table(rows, title));
  if (focused) place.querySelector<HTMLElement>('.wide')?.focus();
}
