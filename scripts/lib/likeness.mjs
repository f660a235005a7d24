// The order of a module's functions. Brotli spells what it has seen by how far back it was: functions that are alike are
// best put side by side, and the compiler leaves them where their types come from. That is worth 4 % of the core.

import { encode, parse, sections } from './module.mjs';

/** Bytes that make one piece of a function: which of them tells most differs from build to build, by some 0.3 %. */
export const pieces = [4, 5, 6];
/** A piece that more functions than this have says nothing about any of them. */
const common = 400;

/** The different pieces of a function, as numbers. */
function piecesOf(body, piece) {
  const found = new Set();
  for (let at = 0; at + piece <= body.length; at += 1) found.add(body.readUIntLE(at, piece));
  return found;
}

/** From the largest on, always the one that has most in common with the one before. */
function chain(functions, piece) {
  const parts = functions.map((body) => piecesOf(body, piece));
  const holders = new Map();
  for (const [at, own] of parts.entries()) {
    for (const one of own) {
      if (!holders.has(one)) holders.set(one, []);
      holders.get(one).push(at);
    }
  }
  const left = new Set(functions.keys());
  let current = 0;
  for (const at of left) if (functions[at].length > functions[current].length) current = at;
  const order = [current];
  left.delete(current);
  const shared = new Uint32Array(functions.length);
  while (left.size > 0) {
    shared.fill(0);
    for (const one of parts[current]) {
      const having = holders.get(one);
      if (having.length <= common) for (const at of having) shared[at] += 1;
    }
    const size = parts[current].size;
    let best = -Infinity;
    let next;
    for (const at of left) {
      const other = parts[at].size;
      // The share they have in common; of those that have as much, the one of the nearest size.
      const likeness = shared[at] / (size + other - shared[at] + 1) - Math.abs(size - other) * 1e-7;
      if (likeness > best) [best, next] = [likeness, at];
    }
    order.push(next);
    left.delete(next);
    current = next;
  }
  return order;
}

/** The module with names on its functions, whose alphabetical order is the one they should come in. */
export function nameByLikeness(bytes, piece) {
  const { imported, functions } = parse(bytes);
  const names = [];
  for (const [rank, at] of chain(functions, piece).entries()) names[at] = `f${String(rank).padStart(6, '0')}`;
  const entries = names.flatMap((name, at) => [...encode(imported + at), ...encode(name.length), ...Buffer.from(name)]);
  const map = [...encode(names.length), ...entries];
  const section = [4, ...Buffer.from('name'), 1, ...encode(map.length), ...map];
  return Buffer.concat([bytes, Buffer.from([sections.custom, ...encode(section.length), ...section])]);
}
