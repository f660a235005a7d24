// The callers of OctoPrint's conformance cases: requests as they are, and a cookie jar that is no cleverer than needed.
import assert from 'node:assert/strict';
import { request } from 'node:http';

/** Pages that hand out the CSRF cookie, the light one first. */
const pages = ['/login/', '/'];

const safe = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * One request on a connection of its own: a server that is restarted must not meet an old one.
 * @returns {Promise<{status: number, headers: Record<string, string>, cookies: Map<string, object>, text: string, body: unknown}>}
 */
export function send(base, { method, path, headers = {}, body }) {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(base);
    const outgoing = request({ hostname, port, method, path, headers, agent: false }, (incoming) => {
      const parts = [];
      incoming.on('error', reject);
      incoming.on('data', (part) => parts.push(part));
      incoming.on('end', () => {
        const text = Buffer.concat(parts).toString('utf8');
        const isJson = /^application\/(?:\S+\+)?json\b/.test(incoming.headers['content-type'] ?? '');
        resolve({
          status: incoming.statusCode,
          headers: Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)])),
          cookies: new Map((incoming.headers['set-cookie'] ?? []).map(parseCookie)),
          text,
          body: isJson && text !== '' ? JSON.parse(text) : undefined,
        });
      });
    });
    outgoing.setTimeout(30_000, () => outgoing.destroy(new Error(`no answer to ${method} ${path}`)));
    outgoing.on('error', reject).end(body);
  });
}

const day = 86_400_000;

/** A Set-Cookie header as name and properties; `days` is how long it lasts from now, null for a session's length. */
function parseCookie(header) {
  const [pair, ...attributes] = header.split(/;\s*/);
  const at = pair.indexOf('=');
  const found = Object.fromEntries(
    attributes.map((text) => {
      const [name, ...rest] = text.split('=');
      return [name.toLowerCase(), rest.join('=')];
    }),
  );
  let days = null;
  if (found['max-age'] !== undefined) days = (Number(found['max-age']) * 1000) / day;
  else if (found.expires !== undefined) days = (Date.parse(found.expires) - Date.now()) / day;
  const value = pair.slice(at + 1).replace(/^"(.*)"$/, '$1');
  return [
    pair.slice(0, at),
    {
      value,
      path: found.path ?? null,
      httpOnly: found.httponly !== undefined,
      secure: found.secure !== undefined,
      sameSite: found.samesite ?? null,
      days: days === null ? null : Math.round(days),
      gone: days !== null && days <= 0,
    },
  ];
}

/** One client: a jar, and the header that its key or its CSRF cookie asks for. */
export class Caller {
  #jar = new Map();
  #key;

  constructor(base, { key } = {}) {
    this.base = base;
    this.#key = key;
    this.suffix = `_P${new URL(base).port}`;
  }

  cookie(name) {
    return this.#jar.get(name + this.suffix);
  }

  drop(name) {
    this.#jar.delete(name + this.suffix);
  }

  /** A fresh CSRF cookie, as a page load gives it. */
  async load() {
    const before = this.cookie('csrf_token');
    for (const path of pages) {
      await this.send({ method: 'GET', path });
      if (this.cookie('csrf_token') !== before) return;
    }
    assert.fail(`no page of ${pages.join(', ')} sets the cookie csrf_token${this.suffix}`);
  }

  async logIn(user, pass, remember) {
    await this.load();
    const { status, text } = await this.send({
      method: 'POST',
      path: '/api/login',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ user, pass, remember }),
    });
    assert.equal(status, 200, `${user} cannot log in: ${text}`);
  }

  /**
   * Headers and cookies of the step lie over the caller's own; null takes one away.
   * @param {{method: string, path: string, headers?: object, cookies?: object, body?: string, follow?: boolean}} step
   */
  async send({ method, path, headers = {}, cookies = {}, body, follow = false }) {
    const sent = new Map(this.#jar);
    for (const [name, value] of Object.entries(cookies)) {
      if (value === null) sent.delete(name + this.suffix);
      else sent.set(name + this.suffix, value);
    }
    const all = {};
    if (sent.size > 0) all.Cookie = [...sent].map(([name, value]) => `${name}=${value}`).join('; ');
    if (this.#key !== undefined) all['X-Api-Key'] = this.#key;
    else if (!safe.has(method) && this.cookie('csrf_token') !== undefined)
      all['X-CSRF-Token'] = this.cookie('csrf_token');
    for (const [name, value] of Object.entries(headers)) {
      if (value === null) delete all[name];
      else all[name] = value;
    }
    if (body !== undefined) all['Content-Length'] = String(Buffer.byteLength(body));
    const response = await send(this.base, { method, path, headers: all, body });
    for (const [name, cookie] of response.cookies) {
      if (cookie.gone) this.#jar.delete(name);
      else this.#jar.set(name, cookie.value);
    }
    if (!follow || response.headers.location === undefined) return response;
    const target = new URL(response.headers.location, this.base);
    return this.send({ method, path: target.pathname + target.search, headers, cookies, body });
  }
}

/**
 * The caller that a case names: K(x), S(x), SR(x), RM(x), Anon or Bare; `#2` behind it makes a second one.
 * @param {{url: string, keys: Record<string, string>, users: {name: string, password: string}[]}} server
 */
export async function callerNamed(text, server) {
  const [, kind, name] = /^(\w+?)(?:\((\w+)\))?(?:#\d+)?$/.exec(text) ?? [];
  if (kind === 'K') return new Caller(server.url, { key: server.keys[name] });
  const caller = new Caller(server.url);
  if (kind === 'Bare') return caller;
  if (kind === 'Anon') {
    await caller.load();
    return caller;
  }
  assert.ok(['S', 'SR', 'RM'].includes(kind), `no such caller: ${text}`);
  const { password } = server.users.find((user) => user.name === name);
  await caller.logIn(name, password, kind !== 'S');
  if (kind === 'RM') caller.drop('session');
  return caller;
}
