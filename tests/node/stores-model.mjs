/** Random reads and commits, on two handles of one store, against a sorted array. */

const elements = ['', '\0', 'a', 'ab', 'b', 'é', '\uffff', '\u{1f511}', '\u0001'];

/** The naive model: entries in an array, sorted anew after each commit, versions as the store gave them. */
class Model {
  entries = [];

  find(key) {
    return this.entries.find((entry) => compareKeys(entry.key, key) === 0);
  }

  read(range) {
    if (range.key) return this.entries.filter((entry) => compareKeys(entry.key, range.key) === 0);
    const { prefix, after, limit = 1000, reverse = false } = range;
    const below = this.entries.filter(
      ({ key }) => key.length > prefix.length && prefix.every((element, at) => key[at] === element),
    );
    if (reverse) below.reverse();
    const direction = reverse ? -1 : 1;
    return below.filter(({ key }) => !after || compareKeys(key, after) * direction > 0).slice(0, limit);
  }

  apply(mutations, version) {
    for (const mutation of mutations) {
      const key = mutation.set ?? mutation.delete;
      this.entries = this.entries.filter((entry) => compareKeys(entry.key, key) !== 0);
      if (mutation.set) this.entries.push({ key, value: mutation.value, version });
    }
    this.entries.sort((a, b) => compareKeys(a.key, b.key));
  }
}

/** Element by element, each by its UTF-8 bytes; a key that begins another comes first. */
export function compareKeys(a, b) {
  for (let at = 0; at < Math.min(a.length, b.length); at += 1) {
    const [left, right] = [a[at], b[at]].map((element) => new TextEncoder().encode(element));
    for (let byte = 0; byte < Math.min(left.length, right.length); byte += 1) {
      if (left[byte] !== right[byte]) return left[byte] - right[byte];
    }
    if (left.length !== right.length) return left.length - right.length;
  }
  return a.length - b.length;
}

const same = (actual, expected, what) => {
  const [left, right] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (left !== right) throw new Error(`${what}: the store gives ${left}, the model ${right}`);
};

/**
 * @param fc fast-check, imported by the caller: a page bundles it
 * @param {(dataset: string) => import('doorward/contract').Store} open
 * @param {number} runs
 */
export async function checkAgainstModel(fc, open, runs) {
  const key = fc.array(fc.constantFrom(...elements), { minLength: 1, maxLength: 3 });
  const prefix = fc.array(fc.constantFrom(...elements), { maxLength: 2 });
  const value = fc.json({ maxDepth: 1 }).filter((text) => text.isWellFormed?.() ?? true);
  // Which version a check asks for is decided while it runs: the current one, none, or one of the past.
  const check = fc.record({ key, ask: fc.constantFrom('current', 'current', 'current', 'absent', 'stale') });
  const mutation = fc.oneof(fc.record({ set: key, value }), fc.record({ set: key, value }), fc.record({ delete: key }));
  const below = fc.record(
    {
      prefix,
      rest: fc.array(fc.constantFrom(...elements), { minLength: 1, maxLength: 2 }),
      limit: fc.integer({ min: 1, max: 6 }),
      reverse: fc.boolean(),
    },
    { requiredKeys: ['prefix'] },
  );
  const range = fc.oneof(
    fc.record({ key }),
    below.map(({ rest, ...range }) => (rest ? { ...range, after: [...range.prefix, ...rest] } : range)),
  );
  const commit = fc.record({
    checks: fc.array(check, { maxLength: 3 }),
    mutations: fc.array(mutation, { maxLength: 6 }),
  });
  const step = fc.record({ second: fc.boolean(), commit, ranges: fc.array(range, { maxLength: 4 }) });

  let run = 0;
  const label = Math.random().toString(36).slice(2, 10);
  const property = fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
    run += 1;
    const dataset = `model-${label}-${run}`;
    const handles = [await open(dataset), await open(dataset)];
    const model = new Model();
    const past = [];
    try {
      for (const { second, commit, ranges } of steps) {
        const store = handles[second ? 1 : 0];
        const versions = { absent: () => null, stale: () => past.at(-2) ?? 'none' };
        const checks = commit.checks.map(({ key, ask }) => ({
          key,
          version: ask === 'current' ? (model.find(key)?.version ?? null) : versions[ask](),
        }));
        const failing = checks.filter(({ key, version }) => (model.find(key)?.version ?? null) !== version);
        const result = await store.commit({ checks, mutations: commit.mutations });
        if (failing.length > 0) {
          const conflicts = failing.map(({ key }) => JSON.stringify(key));
          same(result, { ok: false, conflicts: [...new Set(conflicts)].map((key) => JSON.parse(key)) }, 'conflicts');
        } else {
          if (!result.ok) throw new Error(`refused without a reason: ${JSON.stringify(result)}`);
          if (commit.mutations.length > 0) {
            if (past.includes(result.version)) throw new Error(`the version ${result.version} came twice`);
            past.push(result.version);
          }
          model.apply(commit.mutations, result.version);
        }
        const asked = [...ranges, { prefix: [] }];
        const expected = asked.map((range) =>
          model.read(range).map(({ key, value, version }) => ({ key, value, version })),
        );
        same((await store.read(asked)).ranges, expected, 'a read');
      }
    } finally {
      await Promise.all(handles.map((store) => store.close()));
    }
  });
  await fc.assert(property, { numRuns: runs });
}
