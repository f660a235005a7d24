// Every conformance case of the nymea face, over real TCP and over WebSocket.
import { after, describe, test } from 'node:test';
import { run, start, startIn, transports, vector } from './nymea-runner.mjs';
import { Shared, lanes } from './vector-targets.mjs';

/** Cases share a server where they begin in one state and belong to one group. */
const group = ({ start, shared }) => `${start} ${shared === true ? '' : shared}`;

// More of them than cores: many wait, for a lockdown to end or for something that must not come.
describe('nymea', { concurrency: lanes + 2 }, () => {
  const shared = new Shared((t, key) => startIn(t, key.split(' ')[0]));
  after(() => shared.close());
  for (const one of vector.cases) {
    for (const transport of transports) {
      test(`${one.id} ${one.title}, ${transport}`, async (t) =>
        run(one, one.shared ? await shared.get(group(one)) : await start(t), transport));
    }
  }
});
