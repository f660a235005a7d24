// The order of a module's functions. Brotli spells what it has seen by how far back it was: functions that are alike are
// best put side by side, and the compiler leaves them where their types come from. That is worth 4 % of the core.

/** Bytes that make one piece of a function. */
const piece = 4;
/** A piece that more functions than this have says nothing about any of them. */
const common = 400;

const sections = { custom: 0, import: 2, code: 10 };
const kinds = { function: 0, table: 1, memory: 2, global: 3 };

/** Reads a module byte by byte. */
class Reader {
  constructor(bytes, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  byte() {
    return this.bytes[this.at++];
  }

  number() {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.byte();
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  }

  /** What is preceded by its length. */
  block() {
    const length = this.number();
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  limits() {
    if (this.number() & 1) this.number();
    this.number();
  }
}

/** How many functions are imported: they come first in the numbering. */
function importedFunctions(section) {
  const reader = new Reader(section);
  let functions = 0;
  for (let left = reader.number(); left > 0; left -= 1) {
    reader.block();
    reader.block();
    const kind = reader.byte();
    if (kind === kinds.function) {
      reader.number();
      functions += 1;
    } else if (kind === kinds.global) {
      reader.at += 2;
    } else if (kind === kinds.table || kind === kinds.memory) {
      if (kind === kinds.table) reader.byte();
      reader.limits();
    } else {
      throw new Error(`a module imports something of kind ${kind}`);
    }
  }
  return functions;
}

function parse(bytes) {
  const reader = new Reader(bytes, 8);
  let [imported, functions] = [0, []];
  while (reader.at < bytes.length) {
    const id = reader.byte();
    const section = reader.block();
    if (id === sections.import) imported = importedFunctions(section);
    if (id === sections.code) {
      const code = new Reader(section);
      functions = Array.from({ length: code.number() }, () => code.block());
    }
  }
  return { imported, functions };
}

/** The different pieces of a function, as numbers. */
function piecesOf(body) {
  const pieces = new Set();
  for (let at = 0; at + piece <= body.length; at += 1) pieces.add(body.readUInt32LE(at));
  return pieces;
}

/** From the largest on, always the one that has most in common with the one before. */
function chain(functions) {
  const pieces = functions.map(piecesOf);
  const holders = new Map();
  for (const [at, own] of pieces.entries()) {
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
    for (const one of pieces[current]) {
      const having = holders.get(one);
      if (having.length <= common) for (const at of having) shared[at] += 1;
    }
    const size = pieces[current].size;
    let best = -Infinity;
    let next;
    for (const at of left) {
      const other = pieces[at].size;
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

function encode(value) {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return [...bytes, value];
}

/** The module with names on its functions, whose alphabetical order is the one they should come in. */
export function nameByLikeness(bytes) {
  const { imported, functions } = parse(bytes);
  const names = [];
  for (const [rank, at] of chain(functions).entries()) names[at] = `f${String(rank).padStart(6, '0')}`;
  const entries = names.flatMap((name, at) => [...encode(imported + at), ...encode(name.length), ...Buffer.from(name)]);
  const map = [...encode(names.length), ...entries];
  const section = [4, ...Buffer.from('name'), 1, ...encode(map.length), ...map];
  return Buffer.concat([bytes, Buffer.from([sections.custom, ...encode(section.length), ...section])]);
}
