// A wasm module as bytes: as much of its form as the build needs to change it.

export const sections = { custom: 0, import: 2, code: 10 };
const functionNames = 1;
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

/** A number as modules write it. */
export function encode(value) {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return [...bytes, value];
}

/** The names of functions, by number. */
function namesOf(section) {
  const reader = new Reader(section);
  const names = new Map();
  while (reader.at < section.length) {
    const of = reader.byte();
    const part = new Reader(reader.block());
    if (of !== functionNames) continue;
    for (let left = part.number(); left > 0; left -= 1) names.set(part.number(), part.block().toString());
  }
  return names;
}

/** What there is to know of a module's functions: how many are imported, the bodies of the others, and all their names. */
export function parse(bytes) {
  const reader = new Reader(bytes, 8);
  let [imported, functions, names] = [0, [], new Map()];
  let code;
  while (reader.at < bytes.length) {
    const from = reader.at;
    const id = reader.byte();
    const section = reader.block();
    if (id === sections.import) imported = importedFunctions(section);
    if (id === sections.code) {
      const list = new Reader(section);
      functions = Array.from({ length: list.number() }, () => list.block());
      code = { from, to: reader.at };
    }
    if (id === sections.custom) {
      const custom = new Reader(section);
      if (custom.block().toString() === 'name') names = namesOf(section.subarray(custom.at));
    }
  }
  return { imported, functions, names, code };
}

/** The module with other bodies for its functions. */
export function withFunctions(bytes, { from, to }, functions) {
  const list = Buffer.concat([
    Buffer.from(encode(functions.length)),
    ...functions.flatMap((body) => [Buffer.from(encode(body.length)), body]),
  ]);
  const head = Buffer.from([sections.code, ...encode(list.length)]);
  return Buffer.concat([bytes.subarray(0, from), head, list, bytes.subarray(to)]);
}
