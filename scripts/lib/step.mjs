// One line a step: what it does, its progress where it is long, its seconds.
//
// Steps may run side by side. The oldest one owns the open line and grows it; the others wait for their turn to be
// shown, so that lines never mix, on a terminal and in a log file alike.

import { Trouble } from './run.mjs';

/** When a step shows its progress, in seconds after it began; after the last one every minute. */
const progressAt = [10, 20, 40, 60];
const queue = [];
let out = process.stdout;

/** Sends the lines elsewhere; `start` keeps standard output for the server. */
export function stepsTo(stream) {
  out = stream;
}

function tick(entry) {
  // Timers may be a trifle early.
  const passed = (Date.now() - entry.began + 50) / 1000;
  const next = progressAt.find((seconds) => seconds > passed) ?? Math.floor(passed / 60 + 1) * 60;
  entry.timer = setTimeout(
    () => {
      const text = entry.progress();
      out.write(` … ${next} s${text ? `, ${text}` : ''}`);
      tick(entry);
    },
    (next - passed) * 1000,
  );
}

function show() {
  for (let head = queue[0]; head !== undefined; head = queue[0]) {
    if (!head.shown) {
      out.write(head.title);
      head.shown = true;
      tick(head);
    }
    if (head.ended === undefined) return;
    clearTimeout(head.timer);
    const seconds = ((head.ended - head.began) / 1000).toFixed(1);
    out.write(` … ${head.failed ? 'failed after ' : ''}${seconds} s${head.note ? ` (${head.note})` : ''}\n`);
    queue.shift();
  }
}

/**
 * Runs `work` under one line of output.
 * @template T
 * @param {string} title
 * @param {(handle: {progress: (text: string) => void, note: (text: string) => void}) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(title, work) {
  let progress = '';
  const entry = { title, began: Date.now(), shown: false, progress: () => progress, failed: false };
  queue.push(entry);
  show();
  try {
    return await work({
      progress: (text) => {
        progress = text;
      },
      note: (text) => {
        entry.note = text;
      },
    });
  } catch (error) {
    entry.failed = true;
    throw error;
  } finally {
    entry.ended = Date.now();
    show();
  }
}

/** For `onLine`: counts the crates that cargo compiles and shows the number as progress. */
export function cargoProgress(handle) {
  let crates = 0;
  return (line) => {
    if (/^\s*(Compiling|Checking) /.test(line)) handle.progress(`${++crates} crates`);
    else if (/^\s*(Updating|Downloading|Downloaded) /.test(line) && crates === 0) handle.progress('fetching crates');
  };
}

/** Says what went wrong, in plain words first, and sets the exit code. */
export function report(error) {
  for (const entry of queue) clearTimeout(entry.timer);
  if (queue.some((entry) => entry.shown)) out.write('\n');
  if (error instanceof Trouble) {
    if (error.output) process.stderr.write(`${error.output.trimEnd()}\n\n`);
    process.stderr.write(`${error.message}\n`);
  } else {
    process.stderr.write(`${error?.stack ?? error}\n`);
  }
  process.exitCode = 1;
}
