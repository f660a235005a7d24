import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { lmdb } from 'doorward/stores/lmdb';
import { memory, memoryData } from 'doorward/stores/memory';
import { testStore } from 'doorward/testing';

const folder = mkdtempSync(join(tmpdir(), 'doorward-stores-'));
after(() => rmSync(folder, { recursive: true }));

const datasets = new Map();
testStore(
  'memory',
  (dataset) => {
    if (!datasets.has(dataset)) datasets.set(dataset, memoryData());
    return memory({ data: datasets.get(dataset) });
  },
  { test },
);

testStore('lmdb', (dataset) => lmdb(join(folder, `${dataset}.lmdb`)), { test });
