/** A file system of its own that is soon full. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A file system of a few megabytes, or why there can be none.
 * @param {number} megabytes
 */
export function smallDisk(megabytes) {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return { reason: 'mounting a small disk needs root' };
  const folder = mkdtempSync(join(tmpdir(), 'doorward-small-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0777`, 'tmpfs', folder], { stdio: 'pipe' });
  } catch (error) {
    rmdirSync(folder);
    return { reason: `a small disk cannot be mounted here: ${String(error.stderr).trim()}` };
  }
  let there = true;
  const remove = () => {
    if (!there) return;
    execFileSync('umount', [folder]);
    rmdirSync(folder);
    there = false;
  };
  // Where the test that wanted it does not run.
  process.once('exit', remove);
  const grow = (to) => execFileSync('mount', ['-o', `remount,size=${to}m`, folder]);
  return { folder, reason: false, grow, remove };
}

/**
 * Writes a commit of three large keys a round until one fails; what that failed with, and in which round. `versions` gets
 * those of the commits before.
 */
export async function writeUntilRefused(store, rounds, keyOf, versions = []) {
  // What repeats itself would be packed.
  const chance = () => Array.from({ length: 20_000 }, () => Math.random().toString(36).slice(2, 12)).join('');
  for (let round = 0; round < rounds; round += 1) {
    const mutations = ['a', 'b', 'c'].map((part) => ({ set: keyOf(round, part), value: JSON.stringify(chance()) }));
    try {
      versions.push((await store.commit({ checks: [], mutations })).version);
    } catch (error) {
      return { error, round };
    }
  }
  throw new Error('there was no end to the room');
}
