// A raw nymea client, over TCP or WebSocket: what arrives, in order, and whether the server has closed.
import assert from 'node:assert/strict';
import { connect as connectSocket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';

/** How long anything may take, in ms: far longer than it does, for machines that are busy. */
const patience = 10_000;

export class Connection {
  /** Every message that came, parsed, in order. */
  log = [];
  closed = false;
  /** What the server has bound to this connection, as far as a client can tell. */
  token;
  #nextId = 1000;
  #wake = new Set();

  /** @param {string} url `tcp://host:port` or `ws://host:port/path`; resolves once it is open or refused */
  static async open(url) {
    const connection = new Connection();
    await (url.startsWith('tcp:') ? connection.#tcp(new URL(url)) : connection.#webSocket(url));
    return connection;
  }

  #tcp({ hostname, port }) {
    return new Promise((resolve) => {
      const socket = connectSocket({ host: hostname, port: Number(port), noDelay: true });
      let rest = '';
      socket.setEncoding('utf8').on('data', (text) => {
        const lines = (rest + text).split('\n');
        rest = lines.pop();
        for (const line of lines) this.#take(line);
      });
      socket.on('connect', resolve);
      // A server that closes while we still write resets the connection: that is closed, too.
      socket.on('error', () => {});
      socket.on('end', () => this.#close());
      socket.on('close', () => {
        this.#close();
        resolve();
      });
      this.write = (text) => void socket.write(text);
      this.end = () => socket.destroy();
    });
  }

  #webSocket(url) {
    return new Promise((resolve) => {
      const socket = new WebSocket(url, { perMessageDeflate: false });
      socket.on('message', (data, binary) => {
        const text = data.toString('utf8');
        if (binary || !text.endsWith('\n') || text.trimEnd().includes('\n')) this.log.push({ malformed: text });
        else this.#take(text.slice(0, -1));
      });
      socket.on('open', resolve);
      socket.on('error', () => {});
      socket.on('close', () => {
        this.#close();
        resolve();
      });
      this.write = (text) => socket.send(text, () => {});
      this.binary = (text) => socket.send(Buffer.from(text), { binary: true });
      this.end = () => socket.terminate();
    });
  }

  #take(line) {
    try {
      this.log.push(JSON.parse(line));
    } catch {
      this.log.push({ malformed: line });
    }
    this.#tell();
  }

  #close() {
    this.closed = true;
    this.#tell();
  }

  #tell() {
    for (const wake of this.#wake) wake();
    this.#wake.clear();
  }

  /** Waits until the condition holds; says what was waited for where it does not. */
  async until(condition, what, limit = patience) {
    const end = Date.now() + limit;
    while (!condition()) {
      const left = end - Date.now();
      if (left <= 0) assert.fail(`${what}, in ${limit} ms; came: ${JSON.stringify(this.log.slice(-5))}`);
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake.add(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  /** Sends a request; gives its id. */
  request(method, params, token) {
    const id = this.#nextId++;
    this.write(`${JSON.stringify({ id, method, params, token })}\n`);
    return id;
  }

  /** Where the reply to that request stands in the log; -1 where the server closed without one. */
  async replyTo(id, what) {
    const find = () => this.log.findIndex((message) => message.id === id && !('notification' in message));
    await this.until(() => this.closed || find() !== -1, `${what}: no reply`);
    return find();
  }

  notifications() {
    return this.log.filter((message) => 'notification' in message);
  }

  replies() {
    return this.log.filter((message) => !('notification' in message));
  }

  async staysOpen(what) {
    await sleep(150);
    assert.ok(!this.closed, `${what}: the server has closed`);
  }

  isClosed(what) {
    return this.until(() => this.closed, `${what}: not closed`);
  }
}
