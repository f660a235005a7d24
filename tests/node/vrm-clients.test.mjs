// The client that others wrote for VRM, with an access token: it has no log-in that the specification knows.
import { pending } from './vector-targets.mjs';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inPython } from './python-client.mjs';
import { send } from './vector-http.mjs';
import { base, logIn, start, vector } from './vrm-runner.mjs';

test('the Python client from PyPI', { skip: pending.vrm }, async (t) => {
  const python = await inPython(t, 'victron-vrm');
  if (python === undefined) return;
  const { url } = await start(t);
  const bearer = await logIn(url, vector.logins.ann);
  const made = await send(`${url}${base}/users/7/accesstokens/create`, {
    method: 'POST',
    headers: { 'x-authorization': `Bearer ${bearer}` },
    body: JSON.stringify({ name: 'of the test' }),
  });
  const requests = await python('vrm_life.py', [`${url}${base}/`], { input: `${made.json.token}\n` });
  assert.ok(requests.length > 15);
  assert.ok(requests.every(({ headers }) => headers['x-authorization'] === 'Token'));
});
