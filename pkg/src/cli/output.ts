import { describe } from './problem.js';

/** Where a command writes: results on stdout, everything else on stderr. */
export interface Output {
  readonly json: boolean;
  /** The result: `value` as one line of JSON with `--json`, otherwise what `human` prints. */
  result(value: unknown, human: () => void): void;
  /** A line on stdout, for people. */
  line(text: string): void;
  /** One line of cells. */
  row(cells: readonly unknown[]): void;
  table(columns: readonly string[], rows: readonly (readonly unknown[])[]): void;
  /** One `name: value` line for each field. */
  fields(record: object): void;
  /** A line on stderr: progress and hints. Silent with `--json`. */
  note(text: string): void;
}

// Names come from strangers: a control or direction character in them must not reach the terminal.
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** The text with control and formatting characters made visible. */
export function printable(text: string): string {
  return text.replace(unprintable, (char) => `\\u{${char.codePointAt(0)?.toString(16) ?? ''}}`);
}

const times = new Set(['created', 'updated', 'lastLogin', 'lastUsed', 'expires', 'at']);

function cell(value: unknown, column = ''): string {
  if (value === null || value === undefined || value === '') return '-';
  if (typeof value === 'number' && times.has(column)) return new Date(value).toISOString();
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) {
    return value.length === 0 ? '-' : printable(value.join(', '));
  }
  return printable(typeof value === 'object' ? JSON.stringify(value) : String(value));
}

export function makeOutput(json: boolean): Output {
  const line = (text: string): void => void process.stdout.write(`${text}\n`);
  return {
    json,
    line,
    result(value, human) {
      if (json) line(JSON.stringify(value));
      else human();
    },
    row(cells) {
      line(cells.map((value) => cell(value)).join(' '));
    },
    table(columns, rows) {
      const cells = [
        columns.map((name) => name.toUpperCase()),
        ...rows.map((row) => row.map((value, i) => cell(value, columns[i]))),
      ];
      const widths = columns.map((_, i) => Math.max(...cells.map((row) => row[i]?.length ?? 0)));
      for (const row of cells)
        line(
          row
            .map((text, i) => text.padEnd(widths[i] ?? 0))
            .join('  ')
            .trimEnd(),
        );
    },
    fields(record) {
      const entries = Object.entries(record);
      const width = Math.max(0, ...entries.map(([name]) => name.length));
      for (const [name, value] of entries) line(`${`${name}:`.padEnd(width + 1)} ${cell(value, name)}`);
    },
    note(text) {
      if (!json) process.stderr.write(`${printable(text)}\n`);
    },
  };
}

/** Reports a failure on stderr, as text or JSON. */
export function reportError(error: unknown, json: boolean): void {
  const { code, message, details } = describe(error);
  const text = json
    ? JSON.stringify({ error: { code, message, details } })
    : printable(`doorward: ${code}: ${message}`);
  process.stderr.write(`${text}\n`);
}
