// Runs a case of tests/vectors/devicehive.json against a server that holds that file's world.
import { credentialsFor, readVector, startWorld } from './vector-targets.mjs';
import { runSteps, send } from './vector-http.mjs';

export const vector = readVector('devicehive');

/** What the real clients and the cases take for the base of all paths. */
export const base = '/dh/rest';

export const start = (t) => startWorld(t, { policy: 'devicehive', world: vector.world });

async function logIn(url, credentials) {
  const reply = await send(`${url}${base}/token`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(credentials),
  });
  if (reply.status !== 201) throw new Error(`no log-in as ${credentials.login}: ${reply.status} ${reply.text}`);
  return reply.json.accessToken;
}

/** @param {object} one a case @param {{url: string}} target */
export async function run(one, target) {
  await runSteps(one.steps, {
    base: target.url + base,
    header: 'Authorization',
    variables: {
      ...vector.given,
      ...(await credentialsFor(one, vector, target, (credentials) => logIn(target.url, credentials))),
    },
    failure: (error, message) => ({ error, message }),
  });
}
