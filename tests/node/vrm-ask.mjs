// Requests to the VRM face as somebody, and what a failure looks like.
import assert from 'node:assert/strict';
import { send } from './vector-http.mjs';
import { base, logIn, vector } from './vrm-runner.mjs';

const credentials = new Map();

/** Asks as somebody; a path that begins with `/` is below the base. */
export async function ask(target, line, { as, body, headers = {} } = {}) {
  const [method, path] = line.split(/ (.*)/s);
  if (as !== undefined && !as.includes(' ')) {
    const key = `${target.url} ${as}`;
    if (!credentials.has(key)) credentials.set(key, logIn(target.url, vector.logins[as]));
    headers = { 'x-authorization': `Bearer ${await credentials.get(key)}`, ...headers };
  } else if (as !== undefined) headers = { 'x-authorization': as, ...headers };
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  return send(target.url + base + path, { method, headers, body: text });
}

export function isFault({ status, headers, json }, wanted, where) {
  assert.equal(status, wanted, `${where}: ${JSON.stringify(json)}`);
  assert.match(headers['content-type'], /^application\/json/, where);
  assert.equal(json.success, false, where);
  assert.ok(['string', 'object'].includes(typeof json.errors) && json.errors !== null, where);
  assert.ok(json.error_code === null || typeof json.error_code === 'string', where);
  assert.ok('error_code' in json, where);
}
