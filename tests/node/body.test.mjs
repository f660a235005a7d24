// Bodies of answers end with their request's signal, however far they came.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, test } from 'node:test';
import { textOf } from '../../pkg/dist/body.js';

let answer;
const server = createServer((_, response) => answer(response)).listen(0, '127.0.0.1');
await once(server, 'listening');
after(() => (server.closeAllConnections(), server.close()));

async function ask(signal) {
  return textOf(await fetch(`http://127.0.0.1:${server.address().port}/`, { signal }), signal);
}

test('a text comes whole, whatever it was cut into', async () => {
  const text = `{"name":"Zoë 🐢 ${'x'.repeat(100_000)}"}`;
  answer = async (response) => {
    const bytes = Buffer.from(text);
    for (const [from, to] of [
      [0, 12],
      [12, 15],
      [15, 17],
      [17, bytes.length],
    ]) {
      response.write(bytes.subarray(from, to));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    response.end();
  };
  assert.equal(await ask(AbortSignal.timeout(5000)), text);
  answer = (response) => response.writeHead(204).end();
  assert.equal(await ask(AbortSignal.timeout(5000)), '');
});

test('a body that does not end is cut off by the signal, and its connection with it', { timeout: 20_000 }, async () => {
  let closed;
  answer = (response) => {
    closed = once(response, 'close');
    response.write('{"name":');
  };
  await assert.rejects(ask(AbortSignal.timeout(200)), { name: 'TimeoutError' });
  await closed;
  const stopping = new AbortController();
  const asked = ask(stopping.signal);
  setTimeout(() => stopping.abort(new Error('stopped')), 100);
  await assert.rejects(asked, /stopped/);
  await closed;
});

test('a connection that is lost in the middle of a body is an error', async () => {
  answer = (response) => {
    response.writeHead(200, { 'content-length': '100' }).write('{"name":');
    setTimeout(() => response.destroy(), 20);
  };
  await assert.rejects(ask(AbortSignal.timeout(5000)), TypeError);
});
