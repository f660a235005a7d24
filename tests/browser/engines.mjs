/**
 * Firefox and WebKit as the distribution has them, each by the protocol it brings along: Firefox by WebDriver BiDi, WebKit by
 * its driver. (Playwright drives builds of its own, which have to be downloaded.) A page here is what evaluates an expression.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';
import { freePort } from '../node/free-port.mjs';

const patience = 60_000;

/** A program in a group of its own, with a folder of its own as its home; `said(pattern)` waits for a line of it. */
function program(command, args, env = {}) {
  const home = mkdtempSync(join(tmpdir(), 'doorward-engine-'));
  const child = spawn(command, args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, HOME: home, XDG_RUNTIME_DIR: home, ...env },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (data) => (text += data));
  child.on('error', (error) => (text += error.message));
  const ended = once(child, 'exit').catch(() => undefined);
  return {
    home,
    async said(pattern) {
      for (const until = Date.now() + patience; !pattern.test(text); await sleep(20)) {
        if (Date.now() > until || child.exitCode !== null) throw new Error(`${command} did not start: ${text}`);
      }
      return pattern.exec(text);
    },
    async end() {
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It has ended by itself.
      }
      await ended;
      rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}

/** What an expression comes to crosses as JSON; a failure as its text. */
const asJson = (expression) =>
  `Promise.resolve().then(() => (${expression})).then((value) => JSON.stringify({ value }), (error) => JSON.stringify({ error: String(error && error.stack || error) }))`;

function unpack(text) {
  const { value, error } = JSON.parse(text);
  if (error !== undefined) throw new Error(error);
  return value;
}

export async function firefox(path) {
  const profile = mkdtempSync(join(tmpdir(), 'doorward-firefox-'));
  writeFileSync(join(profile, 'user.js'), 'user_pref("dom.min_background_timeout_value", 4);\n');
  const running = program(path, ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port', '0']);
  const [, address] = await running.said(/WebDriver BiDi listening on (ws:\S+)/);
  const socket = new WebSocket(`${address}/session`, { perMessageDeflate: false });
  await once(socket, 'open');
  const waiting = new Map();
  let last = 0;
  socket.on('message', (data) => {
    const { id, type, result, error, message } = JSON.parse(data);
    const waits = waiting.get(id);
    waiting.delete(id);
    if (type === 'error') waits?.reject(new Error(`${error}: ${message}`));
    else waits?.resolve(result);
  });
  const send = (method, params) =>
    new Promise((resolve, reject) => {
      waiting.set((last += 1), { resolve, reject });
      socket.send(JSON.stringify({ id: last, method, params }));
    });
  await send('session.new', { capabilities: {} });
  return {
    async page(url) {
      const { context } = await send('browsingContext.create', { type: 'tab' });
      await send('browsingContext.navigate', { context, url, wait: 'complete' });
      return async (expression) => {
        const asked = { expression: asJson(expression), target: { context }, awaitPromise: true };
        const { type, result, exceptionDetails } = await send('script.evaluate', asked);
        if (type !== 'success') throw new Error(exceptionDetails?.text);
        return unpack(result.value);
      };
    },
    async close() {
      socket.terminate();
      await running.end();
      rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}

/** @param {{ driver: string, browser: string, display: string }} paths of WebKitWebDriver, MiniBrowser and Xvfb */
export async function webkit({ driver, browser, display }) {
  // `-displayfd` says which number was free.
  const screen = program(display, ['-displayfd', '1', '-screen', '0', '800x600x24', '-nolisten', 'tcp']);
  const [, number] = await screen.said(/^(\d+)\n/);
  const port = await freePort();
  const running = program(driver, [`--port=${port}`], { DISPLAY: `:${number}`, WEBKIT_DISABLE_COMPOSITING_MODE: '1' });
  const ask = async (method, path, body) => {
    const reply = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const { value } = await reply.json();
    if (!reply.ok) throw new Error(`${path}: ${value?.error}: ${value?.message}`);
    return value;
  };
  for (const until = Date.now() + patience; ; await sleep(50)) {
    if (await ask('GET', '/status').then(Boolean, () => false)) break;
    if (Date.now() > until) throw new Error('WebKitWebDriver did not start');
  }
  const options = { binary: browser, args: ['--automation'] };
  const { sessionId } = await ask('POST', '/session', {
    capabilities: { alwaysMatch: { 'webkitgtk:browserOptions': options } },
  });
  const at = `/session/${sessionId}`;
  await ask('POST', `${at}/timeouts`, { script: 120_000, pageLoad: patience });
  let pages = 0;
  let current;
  // One window is driven at a time: whoever asks has the turn until he is answered.
  let turn = Promise.resolve();
  const inTurn = (work) => {
    const done = turn.then(work);
    turn = done.catch(() => undefined);
    return done;
  };
  const use = async (handle) => {
    if (handle !== current) await ask('POST', `${at}/window`, { handle });
    current = handle;
  };
  return {
    page: (url) =>
      inTurn(async () => {
        const first = pages === 0;
        pages += 1;
        const handle = first
          ? await ask('GET', `${at}/window`)
          : (await ask('POST', `${at}/window/new`, { type: 'tab' })).handle;
        await use(handle);
        await ask('POST', `${at}/url`, { url });
        return (expression) =>
          inTurn(async () => {
            await use(handle);
            const script = `const done = arguments[0]; ${asJson(expression)}.then(done);`;
            return unpack(await ask('POST', `${at}/execute/async`, { script, args: [] }));
          });
      }),
    async close() {
      await ask('DELETE', at).catch(() => undefined);
      await running.end();
      await screen.end();
    },
  };
}
