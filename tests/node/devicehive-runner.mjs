// Runs a case of tests/vectors/devicehive.json against a server that holds that file's world.
import { startWorld, readVector } from './vector-targets.mjs';
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

/**
 * Access tokens by the name of their log-in. Only those that a case uses are asked for: a log-in leaves its time.
 * @param {{url: string, tokens?: Map<string, Promise<string>>}} target
 */
async function tokensFor(one, target) {
  target.tokens ??= new Map();
  const text = JSON.stringify(one.steps);
  const found = {};
  for (const [name, credentials] of Object.entries(vector.logins)) {
    if (!text.includes(`\${${name}}`)) continue;
    if (!target.tokens.has(name)) target.tokens.set(name, logIn(target.url, credentials));
    found[name] = await target.tokens.get(name);
  }
  return found;
}

/** @param {object} one a case @param {{url: string}} target */
export async function run(one, target) {
  await runSteps(one.steps, {
    base: target.url + base,
    header: 'Authorization',
    variables: { ...vector.given, ...(await tokensFor(one, target)) },
    failure: (error, message) => ({ error, message }),
  });
}
