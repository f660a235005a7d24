/** The peers: installed apart by scripts/bench.mjs, hence reached through a module in their folder. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const folder = process.env.DOORWARD_BENCH_PEERS;
if (!folder) throw new Error('DOORWARD_BENCH_PEERS names no folder: start the bench by `npm run bench`');
/** Peers that are compiled: WebAssembly of crates, and the reference implementation. */
export const crates = process.env.DOORWARD_BENCH_CRATES;
const { load, address } = await import(pathToFileURL(join(folder, 'resolve.mjs')).href);

/** `load(name)` imports a peer; `address(name)` is its entry as a URL. */
export { load, address };

/** Names and versions, as installed. */
export function versions() {
  const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const manifest = (name) => JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8'));
  return Object.fromEntries(Object.keys(dependencies).map((name) => [name, manifest(name).version]));
}
