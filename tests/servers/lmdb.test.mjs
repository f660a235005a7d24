// The races and the kills on LMDB, beside those on the databases.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { testRaces } from './races.mjs';

const folder = mkdtempSync(join(tmpdir(), 'doorward-races-'));
after(() => rmSync(folder, { recursive: true }));

testRaces('lmdb', `lmdb:${folder}/`);
