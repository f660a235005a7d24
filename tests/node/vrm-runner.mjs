// Runs a case of tests/vectors/vrm.json against a server that holds that file's world.
import { setTimeout as sleep } from 'node:timers/promises';
import { Secret, TOTP } from 'otpauth';
import { runSteps, send } from './vector-http.mjs';
import { check, fill } from './vector-match.mjs';
import { credentialsFor, readVector, startWorld } from './vector-targets.mjs';

export const vector = readVector('vrm');

export const base = '/v2';

const period = 30;

const codes = (secret) => new TOTP({ secret: Secret.fromBase32(secret), algorithm: 'SHA1', digits: 6, period });

/** A secret whose codes of the next minutes begin with no 0: a case sends one as a JSON number. */
function secretForNumbers() {
  for (;;) {
    const secret = new Secret({ size: 20 });
    const steps = [-1, 0, 1, 2, 3, 4];
    const begins = steps.map((step) => codes(secret.base32).generate({ timestamp: Date.now() + step * period * 1000 }));
    if (begins.every((code) => !code.startsWith('0'))) return secret.base32;
  }
}

/** The code that is valid now and for some seconds to come. */
async function totp(secret) {
  const left = period - ((Date.now() / 1000) % period);
  if (left < 3) await sleep(left * 1000 + 50);
  return codes(secret).generate();
}

/** A server; `given` is what is its own, beside what the vector gives. */
export async function start(t) {
  const given = { ...vector.given, 'tia secret': secretForNumbers() };
  const server = await startWorld(t, { policy: 'vrm', world: fill(vector.world, given) });
  return { url: server.url, given };
}

export async function logIn(url, credentials) {
  const body = JSON.stringify(credentials);
  const reply = await send(`${url}${base}/auth/login`, { method: 'POST', body });
  if (typeof reply.json?.token === 'string') return reply.json.token;
  throw new Error(`no log-in as ${credentials.username}: ${reply.status} ${reply.text}`);
}

/** V61, for every reply of every case. */
function isJsonObject({ headers, json }, where) {
  check(headers['content-type'], { '<begins>': 'application/json' }, `${where}: the content type`);
  check(json, '<object>', where);
}

/** @param {object} one a case @param {object} target from `start` */
export async function run(one, target) {
  await runSteps(one.steps, {
    base: target.url + base,
    header: 'x-authorization',
    variables: {
      ...target.given,
      ...(await credentialsFor(one, vector, target, (credentials) => logIn(target.url, credentials))),
    },
    always: isJsonObject,
    makers: { totp },
  });
}
