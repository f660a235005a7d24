/**
 * The other half of the REST store: a web-standard handler over any store. The protocol is in `docs/rest-store.md`.
 *
 * Whoever may use it holds every record of the store, digests of passwords and tokens included.
 */
import type { Check, Commit, Entry, Key, Mutation, Range, Snapshot, Store } from '../contract.js';
import { DoorwardError } from '../errors.js';
import { limits } from '../limits.js';
import { Journal, type Reader } from './internal/rest-journal.js';
import { bodyBytes, heartbeat, idempotencyForm, idempotencyHeader, markerLife } from './internal/rest-protocol.js';
import { isReserved, protocolVersion, refuseReserved, reserved, statusOf } from './internal/rest-protocol.js';
import { checkOptions } from './internal/validate.js';

export interface StoreHandlerOptions {
  /**
   * May this request use the store? False, or a thrown `DoorwardError`, refuses it. Asked for every request, and for a
   * watch again and again while it lasts.
   */
  authorize(request: Request): boolean | Promise<boolean>;
  /** The path the handler is mounted at, without a slash at its end: `/store`. The empty one if nothing is said. */
  base?: string;
}

export interface StoreHandler {
  (request: Request): Promise<Response>;
  /** Ends all watches. The store stays open: it is its owner's. */
  close(): void;
}

/** One commit in so many looks for markers that are no longer needed. */
const pruneEvery = 64;
const prunePage = 200;
/** A reader that is slower than things happen is cut off; it goes on where it was. */
const waitingLimit = 64;

/**
 * Serves a store to `rest()`, or to whoever speaks the protocol.
 * @throws DoorwardError `invalidArgument`, `unknownField`
 */
export function storeHandler(store: Store, options: StoreHandlerOptions): StoreHandler {
  checkOptions(options, ['authorize', 'base'], 'storeHandler');
  const { authorize, base = '' } = options;
  if (typeof authorize !== 'function') throw new DoorwardError('invalidArgument', '`authorize` has to be a function');
  if (typeof base !== 'string' || !/^(?:\/[\w.~-]+)*$/.test(base)) {
    throw new DoorwardError('invalidArgument', '`base` has to be a path like `/store`');
  }
  const serving = new Serving(store, authorize, base);
  return Object.assign((request: Request) => serving.handle(request), { close: () => serving.close() });
}

class Serving {
  readonly #store: Store;
  readonly #authorize: StoreHandlerOptions['authorize'];
  readonly #base: string;
  readonly #journal: Journal;
  readonly #closed = new AbortController();
  #commits = 0;
  #pruned: Key | undefined;

  constructor(store: Store, authorize: StoreHandlerOptions['authorize'], base: string) {
    this.#store = store;
    this.#authorize = authorize;
    this.#base = base;
    this.#journal = new Journal(store);
  }

  async handle(request: Request): Promise<Response> {
    try {
      await this.#admit(request);
      return await this.#route(request);
    } catch (error) {
      return refusal(error);
    }
  }

  close(): void {
    this.#closed.abort();
    this.#journal.close();
  }

  async #admit(request: Request): Promise<void> {
    if (this.#closed.signal.aborted) throw new DoorwardError('storeClosed');
    if ((await this.#authorize(request)) !== true)
      throw new DoorwardError('denied', undefined, { details: { by: 'store' } });
  }

  async #route(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const path = url.pathname.startsWith(this.#base)
      ? url.pathname.slice(this.#base.length).replace(/\/$/, '')
      : undefined;
    switch (`${request.method} ${path ?? '?'}`) {
      case 'GET ':
        return json({ doorwardStore: protocolVersion, position: this.#journal.position(), limits });
      case 'GET /entry':
        return this.#entry(request, parameter(url, 'key'));
      case 'GET /watch':
        return this.#watch(request, (parameter(url, 'prefixes') ?? [[]]) as readonly Key[]);
      case 'POST /read':
        return json(await this.#read(await bodyOf(request)));
      case 'POST /commit':
        return json(await this.#commit(await bodyOf(request), request.headers.get(idempotencyHeader)));
      default:
        throw new DoorwardError('notFound', 'there is nothing at this path of the store');
    }
  }

  async #entry(request: Request, key: unknown): Promise<Response> {
    refuseReserved(key);
    const { ranges } = await this.#store.read([{ key: key as Key }]);
    const entry = ranges[0]?.[0];
    if (entry === undefined) throw new DoorwardError('notFound', 'there is no such key');
    // The browser's cache may keep it, and has to ask whether it still holds.
    const headers = { etag: `"${entry.version}"`, 'cache-control': 'private, no-cache' };
    if (request.headers.get('if-none-match') === headers.etag) return new Response(null, { status: 304, headers });
    return new Response(entry.value, { headers: { ...headers, 'content-type': 'application/json' } });
  }

  async #read(body: Record<string, unknown>): Promise<Snapshot> {
    const ranges = fieldsOf(body, ['ranges'])['ranges'] as readonly Range[];
    if (!Array.isArray(ranges)) return this.#store.read(ranges);
    const below = ranges.map((range: Range) => {
      if (typeof range !== 'object' || range === null) return range;
      if ('key' in range) refuseReserved(range.key);
      else {
        refuseReserved(range.prefix);
        refuseReserved(range.after);
        if (range.reverse === true && range.prefix?.length === 0) return { ...range, after: range.after ?? [reserved] };
      }
      return range;
    });
    const snapshot = await this.#store.read(below);
    return { ranges: snapshot.ranges.map((entries) => entries.filter(({ key }) => !isReserved(key))) };
  }

  async #commit(body: Record<string, unknown>, id: string | null): Promise<object> {
    const commit = fieldsOf(body, ['checks', 'mutations']) as unknown as Commit;
    const { checks, mutations } = commit;
    if (!Array.isArray(checks) || !Array.isArray(mutations)) return this.#store.commit(commit);
    for (const check of checks as (Check | null)[]) refuseReserved(check?.key);
    for (const mutation of mutations as (Mutation | null)[]) {
      refuseReserved(
        mutation !== null && typeof mutation === 'object' && 'set' in mutation ? mutation.set : mutation?.delete,
      );
    }
    // A commit that changes nothing can be repeated as it is.
    if (id === null || mutations.length === 0) return this.#store.commit(commit);
    if (!idempotencyForm.test(id)) throw new DoorwardError('invalidArgument', 'the idempotency key is malformed');
    if (checks.length >= limits.checks || mutations.length >= limits.mutations) {
      throw new DoorwardError('limitExceeded', 'a commit with an idempotency key has one check and mutation less');
    }
    const marker = [reserved, id];
    const result = await this.#store.commit({
      checks: [...checks, { key: marker, version: null }],
      mutations: [...mutations, { set: marker, value: String(Date.now()) }],
    });
    if (result.ok) {
      await this.#prune();
      return result;
    }
    if (!result.conflicts.some(isReserved)) return result;
    // It was made by an earlier request of this id: the marker is of the same commit, and has its version.
    const { ranges } = await this.#store.read([{ key: marker }]);
    const version = ranges[0]?.[0]?.version;
    if (version === undefined) throw new DoorwardError('storeFailed', 'the commit was repeated too late');
    return { ok: true, version };
  }

  async #prune(): Promise<void> {
    this.#commits += 1;
    if (this.#commits % pruneEvery !== 0) return;
    try {
      const { ranges } = await this.#store.read([
        { prefix: [reserved], limit: prunePage, ...(this.#pruned && { after: this.#pruned }) },
      ]);
      const page: readonly Entry[] = ranges[0] ?? [];
      this.#pruned = page.length === prunePage ? page.at(-1)?.key : undefined;
      const old = page.filter(({ value }) => Number(value) < Date.now() - markerLife);
      if (old.length > 0) await this.#store.commit({ checks: [], mutations: old.map(({ key }) => ({ delete: key })) });
    } catch {
      // The commit it came with is made; the next one of its kind tries again.
    }
  }

  #watch(request: Request, prefixes: readonly Key[]): Response {
    if (!Array.isArray(prefixes)) throw new DoorwardError('invalidArgument', '`prefixes` has to be an array');
    const from = request.headers.get('last-event-id');
    const reader = this.#journal.read(from, prefixes);
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>(undefined, undefined, {
      highWaterMark: waitingLimit,
    });
    void this.#stream(request, reader, writable.getWriter());
    const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' };
    return new Response(readable, { headers });
  }

  async #stream(request: Request, reader: Reader, writer: WritableStreamDefaultWriter<Uint8Array>): Promise<void> {
    const encoder = new TextEncoder();
    const say = (event: string, id: string, data: object): Promise<void> =>
      writer.write(encoder.encode(`id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`));
    let over = false;
    let wake = (): void => undefined;
    const end = (): void => {
      over = true;
      wake();
    };
    reader.onItem = () => wake();
    for (const signal of [request.signal, this.#closed.signal]) signal.addEventListener('abort', end, { once: true });
    writer.closed.then(end, end);
    try {
      await say('ready', reader.id, {});
      while (!over) {
        for (let item = reader.next(); item !== undefined && !over; item = reader.next()) {
          // Rights come and go while a stream lasts.
          await this.#admit(request);
          await say(
            item.changes === null ? 'lost' : 'commit',
            item.id,
            item.changes === null ? {} : { changes: item.changes },
          );
        }
        if (over) break;
        const beat = await sleep(heartbeat, (now) => (wake = now));
        if (!beat) continue;
        await this.#admit(request);
        await say('here', reader.id, {});
      }
      await writer.close();
    } catch {
      // The reader is gone, or may no longer read: it learns why when it asks again.
      await writer.abort().catch(() => undefined);
    } finally {
      reader.close();
      this.#closed.signal.removeEventListener('abort', end);
    }
  }
}

/** True after the time, false where it was woken before. */
function sleep(milliseconds: number, waker: (wake: () => void) => void): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds, true);
    waker(() => {
      clearTimeout(timer);
      resolve(false);
    });
  });
}

function json(value: object): Response {
  return Response.json(value, { headers: { 'cache-control': 'no-store' } });
}

function refusal(error: unknown): Response {
  // What is no error of ours may say things that concern no stranger.
  const { code, message, details } = DoorwardError.is(error) ? error : new DoorwardError('internal');
  const headers: Record<string, string> = { 'cache-control': 'no-store' };
  const status = statusOf(code);
  if (status === 401) headers['www-authenticate'] = 'Bearer realm="doorward"';
  return Response.json({ error: { code, message, details } }, { status, headers });
}

function parameter(url: URL, name: string): unknown {
  const text = url.searchParams.get(name);
  if (text === null) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new DoorwardError('invalidArgument', `the parameter \`${name}\` is not JSON`);
  }
}

function fieldsOf(body: Record<string, unknown>, known: readonly string[]): Record<string, unknown> {
  for (const field of Object.keys(body)) {
    if (!known.includes(field)) throw new DoorwardError('unknownField', `there is no field \`${field.slice(0, 64)}\``);
  }
  return body;
}

async function bodyOf(request: Request): Promise<Record<string, unknown>> {
  const type = (request.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') {
    throw new DoorwardError('invalidArgument', 'the body has to be of the type application/json');
  }
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  // A client may send no length, or a wrong one. One that sends somewhat too much is listened to, or it would lose the
  // connection before it reads why.
  for await (const part of request.body ?? []) {
    length += part.length;
    if (length <= bodyBytes) parts.push(part);
    else if (length > 4 * bodyBytes) break;
  }
  if (length > bodyBytes) {
    const message = `the body is larger than ${bodyBytes} bytes`;
    throw new DoorwardError('limitExceeded', message, { details: { limit: bodyBytes } });
  }
  let value: unknown;
  try {
    const bytes = await new Blob(parts).arrayBuffer();
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    throw new DoorwardError('invalidArgument', 'the body is not JSON in UTF-8');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new DoorwardError('invalidArgument', 'the body has to be a JSON object');
  }
  return value as Record<string, unknown>;
}
