// The races and the kills on LMDB, beside those on the databases.
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isWhole } from './faults.mjs';
import { kills } from './lengths.mjs';
import { openStore } from './open.mjs';
import { testRaces } from './races.mjs';

const folder = mkdtempSync(join(tmpdir(), 'doorward-races-'));
after(() => rmSync(folder, { recursive: true }));
const url = `lmdb:${folder}/`;

testRaces('lmdb', url);

test(
  `lmdb: ${kills} times kill -9 of the writer loses and tears nothing`,
  { timeout: 60_000 + kills * 2000 },
  async () => {
    const acknowledged = [];
    for (let round = 1; round <= kills; round += 1) {
      const writer = fork(new URL('child.mjs', import.meta.url), ['write', url, 'killed'], {
        stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      });
      const ended = once(writer, 'close');
      let said = '';
      writer.stdout.setEncoding('utf8').on('data', (data) => (said += data));
      await once(writer.stdout, 'data');
      await sleep(Math.random() * 60);
      writer.kill('SIGKILL');
      assert.deepEqual(await ended, [null, 'SIGKILL']);
      // The last line may be cut off: what was not said whole was not acknowledged.
      acknowledged.push(...said.split('\n').slice(0, -1));
      if (round % 20 === 0 || round === kills) {
        const store = openStore(url, 'killed');
        await isWhole(store, acknowledged);
        await store.close();
      }
    }
    assert.ok(acknowledged.length >= kills, `only ${acknowledged.length} commits were acknowledged`);
  },
);
