// Content hashes, stamps, locks, and directories that appear whole or not at all.

import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cacheDir, root, workDir } from './paths.mjs';

/** All files below the given files and folders (relative to the root), sorted; what is missing counts as empty. */
export function filesBelow(paths, keep = () => true) {
  const found = [];
  const visit = (path) => {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return;
    if (!stat.isDirectory()) {
      if (keep(path)) found.push(path);
      return;
    }
    for (const name of readdirSync(path)) {
      if (name !== 'node_modules' && name !== '.git') visit(join(path, name));
    }
  };
  for (const path of paths) visit(join(root, path));
  return found.map((path) => relative(root, path)).sort();
}

/** The hash of every file; null for a missing one. */
export function digests(paths) {
  const digest = (path) => createHash('sha256').update(readFileSync(path)).digest('hex');
  return new Map(paths.map((path) => [path, existsSync(join(root, path)) ? digest(join(root, path)) : null]));
}

/** One hash over names and contents. `known`: digests taken earlier, which win over what the files hold by now. */
export function hashFiles(paths, extra = '', known = new Map()) {
  const fresh = digests(paths.filter((path) => !known.has(path)));
  const lines = paths.map((path) => `${path}\0${known.get(path) ?? fresh.get(path) ?? ''}`);
  return createHash('sha256')
    .update([extra, ...lines].join('\n'))
    .digest('hex');
}

export function writeWhole(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${randomBytes(4).toString('hex')}`;
  writeFileSync(draft, text);
  renameSync(draft, path);
}

export function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}

const stampFile = (name) => join(workDir, 'stamps', `${name}.json`);

/**
 * Was this step's work done on the same inputs, and is its output still what it made then?
 * @param {string} name
 * @param {{inputs: string[], outputs: string[], extra?: string}} of files relative to the root; folders of outputs are walked
 */
export function upToDate(name, { inputs, outputs, extra }) {
  const stamp = readJson(stampFile(name));
  if (stamp === null || stamp.inputs !== hashFiles(inputs, extra)) return false;
  return outputs.every((path) => existsSync(join(root, path))) && stamp.outputs === hashFiles(filesBelow(outputs));
}

/**
 * Remembers that the work is done.
 * @param {Map<string, string|null>} before digests of the inputs from before the work began: a file that was edited
 *   meanwhile is out of date, whatever it holds now
 */
export function stamp(name, { inputs, outputs, extra }, before, more = {}) {
  const record = { ...more, inputs: hashFiles(inputs, extra, before), outputs: hashFiles(filesBelow(outputs)) };
  writeWhole(stampFile(name), JSON.stringify(record));
}

export const stampOf = (name) => readJson(stampFile(name));

const alive = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
};

/** An unreadable lock is one that is being written, or one whose writer died in the act. */
function isVoid(path, holder) {
  if (holder !== null) return holder.host === hostname() && !alive(holder.pid);
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat !== undefined && Date.now() - stat.mtimeMs > 5_000;
}

/** Runs `work` while no other process of this user on this machine holds the lock of that name. A dead holder's lock is void. */
export async function locked(dir, name, work, onWait = () => {}) {
  mkdirSync(dir, { recursive: true });
  const path = join(dir, `${name}.lock`);
  let told = false;
  for (;;) {
    try {
      writeFileSync(path, JSON.stringify({ pid: process.pid, host: hostname() }), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const holder = readJson(path);
    if (isVoid(path, holder)) {
      // Renamed first, then looked at again: of two who saw the same dead lock only one may remove it.
      const grave = `${path}.${process.pid}`;
      try {
        renameSync(path, grave);
        if (JSON.stringify(readJson(grave)) === JSON.stringify(holder)) rmSync(grave);
        else renameSync(grave, path);
      } catch {
        // The other one was quicker.
      }
      continue;
    }
    if (!told && holder !== null) {
      told = true;
      onWait(holder.pid);
    }
    await sleep(200);
  }
  const release = () => rmSync(path, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

/**
 * A folder of the cache, made once: `make(draft)` fills a draft folder, which then takes its name in one rename.
 * A half-made draft of an interrupted run is removed.
 * @param {string} name carries the version
 */
export async function cached(name, make) {
  const dir = join(cacheDir, name);
  if (existsSync(dir)) return dir;
  return locked(cacheDir, name, async () => {
    if (existsSync(dir)) return dir;
    const draft = `${dir}.draft`;
    rmSync(draft, { recursive: true, force: true });
    mkdirSync(draft, { recursive: true });
    await make(draft);
    renameSync(draft, dir);
    return dir;
  });
}
