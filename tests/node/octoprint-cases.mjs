// The cases of tests/vectors/octoprint-client.json: one step on one client, ours or OctoPrint's own.
import { readFileSync } from 'node:fs';

const vector = JSON.parse(readFileSync(new URL('../vectors/octoprint-client.json', import.meta.url), 'utf8'));

export const cases = [
  ...vector.cases,
  ...vector.beyond.steps.map((step, at) => ({ id: `+${at + 1}`, title: step.call, steps: [step] })),
];
export const specified = vector.cases;

/** A value of the vector, with what JSON has no word for; `make`: the constructor of objects, of another window maybe. */
export function revive(value, make = () => ({})) {
  if (Array.isArray(value)) return value.map((item) => revive(item, make));
  if (typeof value !== 'object' || value === null) return value;
  if (value.$ === 'undefined') return undefined;
  const object = make();
  for (const [key, item] of Object.entries(value)) object[key] = revive(item, make);
  return object;
}

/** Of a recorded request, what a client has to say the same way. */
export const digest = ({ method, path, headers, body }) => ({
  method,
  path,
  body: body === '' ? null : body,
  contentType: headers['content-type'] ?? null,
  cacheControl: headers['cache-control'] ?? null,
  key: headers['x-api-key'] ?? null,
  csrf: headers['x-csrf-token'] ?? null,
});

/** How an outcome is written in the vector. `plain` takes values of another window into this one. */
const plain = (value) => {
  if (value === undefined) return { $: 'undefined' };
  if (Object.prototype.toString.call(value) === '[object Error]') return { $: 'error' };
  return JSON.parse(JSON.stringify(value));
};

/** Calls a function of a client by its path; gives what came of it, in the terms of the vector. */
export function outcome(client, { call, args }, make) {
  const path = call.split('.');
  const name = path.pop();
  const owner = path.reduce((object, part) => object[part], client);
  let running;
  try {
    running = owner[name](...args.map((argument) => revive(argument, make)));
  } catch (error) {
    return { throws: { name: error.name, message: error.message } };
  }
  if (typeof running?.done !== 'function') return { returns: running };
  return new Promise((resolve) => {
    running
      .done((data, textStatus, xhr) => resolve({ done: [plain(data), textStatus, xhr.status] }))
      .fail((xhr, textStatus, thrown) =>
        resolve({ fail: [xhr.status, plain(xhr.responseJSON ?? undefined), textStatus, plain(thrown)] }),
      );
  });
}

/** What a step expects, in the same terms; null stands for anything. */
export function expected(step) {
  if (step.throws) return { throws: step.throws };
  if ('returns' in step) return { returns: step.returns };
  if (step.fail) return { fail: step.fail.map((item) => (item === null ? { $: 'undefined' } : item)) };
  return { done: step.done ?? [{}, 'success', 200] };
}

/** The answer of the server to a step; to the page that is asked for a cookie, that cookie. */
export function answering(step, port) {
  return ({ path }) => {
    if (path === '/login/') {
      const cookie = `csrf_token_P${port}=${step.cookie}; Path=/; SameSite=Lax`;
      return { headers: { 'content-type': 'text/html', ...(step.cookie && { 'set-cookie': cookie }) }, body: '<p>' };
    }
    return step.reply;
  };
}

/** The options of a step's client. */
export function optionsOf(step, url) {
  if (step.options) return step.options;
  return step.cookie === undefined ? { baseurl: url, apikey: 'KEY' } : { baseurl: url };
}
