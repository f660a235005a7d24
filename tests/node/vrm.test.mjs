// Every conformance case of the VRM face, over real HTTP.
import { after, describe, test } from 'node:test';
import { Shared, lanes, pending } from './vector-targets.mjs';
import { run, start, vector } from './vrm-runner.mjs';

describe('VRM', { skip: pending.vrm, concurrency: lanes }, () => {
  const shared = new Shared(start);
  after(() => shared.close());
  for (const one of vector.cases) {
    test(`${one.id} ${one.title}`, async (t) => run(one, one.shared ? await shared.get() : await start(t)));
  }
});
