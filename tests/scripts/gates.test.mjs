// What the test runner counts: a gate that miscounts would hide a failure.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { cargoTests, command, nodeTests, outcome, sum } from '../../scripts/lib/gate.mjs';

const dir = mkdtempSync(join(tmpdir(), 'doorward-gates-'));
after(() => rmSync(dir, { recursive: true, force: true }));

const file = (name, text) => {
  writeFileSync(join(dir, name), text);
  return join(dir, name);
};
const counts = ({ passed, failed, skipped }) => ({ passed, failed, skipped });
const begin = "import { test } from 'node:test';\n";

test('node: passed, failed and skipped tests are counted, skipped ones with their reason', async () => {
  const good = file(
    'good.test.mjs',
    `${begin}test('a', () => {}); test('b', { skip: 'no such thing here' }, () => {}); test('b2', { skip: true }, () => {});`,
  );
  const bad = file('bad.test.mjs', `${begin}test('c', () => { throw new Error('broken on purpose'); });`);
  const skipped = [
    { name: 'b', reason: 'no such thing here' },
    { name: 'b2', reason: 'no reason given' },
  ];
  assert.deepEqual(counts(await nodeTests([good])), { passed: 1, failed: 0, skipped });
  const both = await nodeTests([good, bad]);
  assert.deepEqual(counts(both), { passed: 1, failed: 1, skipped });
  assert.match(both.output, /broken on purpose/);
});

test('node: no file, no test, a crash and a hanging test are failures', async () => {
  assert.equal((await nodeTests([])).failed, 1);
  assert.ok((await nodeTests([file('crash.test.mjs', 'process.exit(3);')])).failed > 0);
  assert.ok((await nodeTests([file('syntax.test.mjs', 'const;')])).failed > 0);
  const hanging = file('hang.test.mjs', `${begin}test('h', () => new Promise(() => setInterval(() => {}, 1000)));`);
  assert.ok((await nodeTests([hanging], { timeout: 500 })).failed > 0);
});

test('cargo: every result line counts; silence and crashes are failures', () => {
  const lines = (...results) => results.map((text) => `test result: ${text}; 0 measured; 0 filtered out`).join('\n');
  const two = lines('ok. 3 passed; 0 failed; 1 ignored', 'ok. 2 passed; 0 failed; 0 ignored');
  const ignored = 'test slow ... ignored, takes an hour\n';
  assert.deepEqual(counts(cargoTests({ code: 0, output: ignored + two })), {
    passed: 5,
    failed: 0,
    skipped: [{ name: 'slow', reason: 'takes an hour' }],
  });
  assert.equal(cargoTests({ code: 101, output: lines('FAILED. 3 passed; 2 failed; 0 ignored') }).failed, 2);
  assert.equal(cargoTests({ code: 101, output: 'error: could not compile' }).failed, 1);
  assert.equal(cargoTests({ code: 101, output: two }).failed, 1);
  assert.equal(cargoTests({ code: 0, output: lines('ok. 0 passed; 0 failed; 0 ignored') }).failed, 1);
});

test('a command passes or fails as a whole; sums keep the output of failures alone', async () => {
  const good = await command(process.execPath, ['-e', 'console.log("fine")']);
  const bad = await command(process.execPath, ['-e', 'console.log("bad"); process.exit(2)']);
  const absent = await command('no-such-program-anywhere', []);
  assert.deepEqual([good.passed, bad.failed, absent.failed], [1, 1, 1]);
  const all = sum([good, bad, outcome({ skipped: [{ name: 'x', reason: 'y' }] })]);
  assert.deepEqual(counts(all), { passed: 1, failed: 1, skipped: [{ name: 'x', reason: 'y' }] });
  assert.equal(all.output, 'bad\n');
});
