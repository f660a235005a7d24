// Every conformance case of the DeviceHive face, over real HTTP.
import { after, describe, test } from 'node:test';
import { run, start, vector } from './devicehive-runner.mjs';
import { Shared, lanes } from './vector-targets.mjs';

describe('DeviceHive', { concurrency: lanes }, () => {
  const shared = new Shared(start);
  after(() => shared.close());
  for (const one of vector.cases) {
    test(`${one.id} ${one.title}`, async (t) => run(one, one.shared ? await shared.get() : await start(t)));
  }
});
