/** Pages of users across the border of WebAssembly, ten fields each: nothing but the conversion. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
// The reader of the core's own pages has no name in the package.
import { unpackUsers } from '../../pkg/dist/core/columns.js';
import { compare } from './measure.mjs';
import { crates } from './peers.mjs';

const count = 100;

/** As the core's reader does it: most lists have one item. */
function items(field) {
  if (field === '') return [];
  return field.includes('\u001d') ? field.split('\u001d') : [field];
}

/** The crate of peers writes ten fields in the core's manner; this reads them in it. */
function fromColumns({ text, numbers }) {
  const users = [];
  const fields = text.split('\u001f');
  for (let at = 0, field = 0; at < numbers.length; at += 4, field += 5) {
    const groups = fields[field + 4];
    const flags = numbers[at + 1];
    users.push({
      id: numbers[at],
      name: fields[field],
      displayName: fields[field + 1],
      email: fields[field + 2],
      country: fields[field + 3],
      active: (flags & 1) !== 0,
      admin: (flags & 2) !== 0,
      groups: items(groups),
      created: numbers[at + 2],
      updated: numbers[at + 3],
    });
  }
  return users;
}

/** A page as the core packs it, with all fields, and the same as JSON. */
function whole(users) {
  const list = (items, between) => items.join(between);
  const records = users.map(({ name, displayName, email, country }) =>
    list([name, displayName, email, country, '', '', 'users.read', 'users'], '\u001f'),
  );
  const text = list(['0', 'users', 'users.read\u001fself', list(records, '\u001f')], '\u001c');
  const numbers = Float64Array.from(
    users.flatMap(({ id, created, updated }) => [id, 5, 0, Number.NaN, created, updated, 0, 0]),
  );
  return { text, numbers, json: JSON.stringify(unpackUsers(text, numbers)) };
}

export const border = {
  name: 'border',
  title: 'records across the border',
  async run({ rounds, batch }) {
    const module = await import(pathToFileURL(join(crates, 'simd', 'peers.js')).href);
    module.initSync({ module: readFileSync(join(crates, 'simd', 'peers_bg.wasm')) });
    module.prepare(count);
    const columns = () => {
      const page = module.byColumns();
      const { text, numbers } = page;
      page.free();
      return fromColumns({ text, numbers });
    };
    const users = columns();
    const json = JSON.stringify(users);
    assert.equal(users.length, count);
    assert.deepEqual(module.bySerde(), users);
    const page = whole(users);
    assert.deepEqual(JSON.parse(page.json), unpackUsers(page.text, page.numbers));
    const candidate = (name, run) => ({ name, per: 1, run });
    const short = [
      candidate('columns, written and read', columns),
      candidate('JSON.parse of one string, its writing not counted', () => JSON.parse(json)),
      candidate('serde-wasm-bindgen', () => module.bySerde()),
    ];
    const long = [
      candidate('Doorward, `unpackUsers`', () => unpackUsers(page.text, page.numbers)),
      candidate('JSON.parse of one string', () => JSON.parse(page.json)),
    ];
    return [
      {
        id: 'border',
        title: `${count} users of ten fields`,
        unit: 'page',
        rows: await compare(short, { rounds, batch }),
      },
      {
        id: 'border-whole',
        title: `reading ${count} users with all their fields`,
        unit: 'page',
        rows: await compare(long, { rounds, batch }),
      },
    ];
  },
};
