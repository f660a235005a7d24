import { RequestError } from './request-error.js';
import type { TextStatus, XhrLike } from './types.js';

/** A good answer. */
export interface Answer<T> {
  data: T;
  textStatus: TextStatus;
  xhr: XhrLike;
}

export type DoneCallback<T> = (data: T, textStatus: TextStatus, xhr: XhrLike) => void;
/** `errorThrown`: the reason phrase, or the error of a body that is no JSON. */
export type FailCallback = (xhr: XhrLike, textStatus: TextStatus, errorThrown: string | Error) => void;
/** The arguments of `done` or of `fail`. */
export type AlwaysCallback = (...outcome: never[]) => void;

type Given<F> = F | readonly (F | undefined | null)[] | undefined | null;
type Outcome = { ok: boolean; args: readonly unknown[] };
type Executor<T> = (resolve: (value: T | PromiseLike<T>) => void, reject: (reason?: unknown) => void) => void;

function failure(error: unknown): Outcome {
  if (!(error instanceof RequestError)) return { ok: false, args: [error] };
  const { cause, status, statusText, textStatus, xhr } = error;
  // As jQuery has it: a phrase, none where there was no answer, the error where the body could not be read.
  const phrase = textStatus === 'error' && status === 0 ? '' : statusText;
  return { ok: false, args: [xhr, textStatus, textStatus === 'parsererror' ? cause : phrase] };
}

/**
 * A running request: a native promise, which also takes the callbacks of a jQuery one, for old code (spec 1.4).
 *
 * `done`, `fail` and `always` give the call itself, run in the order they were added, at once where it is over, and make
 * no promises of their own. So a failure nobody has a handler for is reported once, however many `done` there are;
 * `fail` and `always` count as handlers. What `then`, `catch` and `finally` give has all this as well.
 */
export class Call<T> extends Promise<T> {
  /** What native code derives is a plain promise; `then` makes a call of it. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  #waiting: ((outcome: Outcome) => void)[] = [];
  #outcome: Outcome | undefined;
  #handled = false;
  #abort: () => void = () => undefined;

  /** @internal */
  static request<T>(send: (signal: AbortSignal) => Promise<Answer<T>>): Call<T> {
    const controller = new AbortController();
    const { call, resolve, reject } = Call.#deferred<T>(() => controller.abort());
    void send(controller.signal).then(
      ({ data, textStatus, xhr }) => {
        resolve(data);
        call.#settle({ ok: true, args: [data, textStatus, xhr] });
      },
      (error: unknown) => {
        reject(error);
        call.#settle(failure(error));
      },
    );
    return call;
  }

  static #deferred<T>(abort: () => void) {
    let resolve!: Parameters<Executor<T>>[0];
    let reject!: Parameters<Executor<T>>[1];
    const call = new Call<T>((onDone, onFail) => {
      resolve = onDone;
      reject = onFail;
    });
    call.#abort = abort;
    return { call, resolve, reject };
  }

  override then<A = T, B = never>(
    onDone?: ((value: T) => A | PromiseLike<A>) | null,
    // `any`, as the native declaration has it.
    onFail?: ((reason: any) => B | PromiseLike<B>) | null,
  ): Call<A | B> {
    const { call, resolve, reject } = Call.#deferred<A | B>(this.#abort);
    super.then(onDone, onFail).then(
      (value) => {
        resolve(value);
        call.#settle({ ok: true, args: [value] });
      },
      (error: unknown) => {
        reject(error);
        call.#settle(failure(error));
      },
    );
    return call;
  }

  override catch<B = never>(onFail?: ((reason: any) => B | PromiseLike<B>) | null): Call<T | B> {
    return this.then(undefined, onFail);
  }

  override finally(onEnd?: (() => void) | null): Call<T> {
    // Native `finally` goes through `then`.
    return super.finally(onEnd) as Call<T>;
  }

  /** Called with data, `textStatus` and the answer when the request succeeds; after a `then`, with its value alone. */
  done(...callbacks: Given<DoneCallback<T>>[]): this {
    return this.#on(callbacks, (outcome) => outcome.ok);
  }

  /** Called with the answer, `textStatus` and the reason when the request fails; with the error a `then` before it threw. */
  fail(...callbacks: Given<FailCallback>[]): this {
    return this.#handle().#on(callbacks, (outcome) => !outcome.ok);
  }

  /** Called either way, with the arguments of `done` or of `fail`. */
  always(...callbacks: Given<AlwaysCallback>[]): this {
    return this.#handle().#on(callbacks, () => true);
  }

  /** jQuery's; a request tells of no progress (spec 1.4). */
  progress(): this {
    return this;
  }

  /** Ends the request, if it still runs: it fails with `textStatus: 'abort'`. */
  abort(): void {
    this.#abort();
  }

  #handle(): this {
    if (!this.#handled) super.then(undefined, () => undefined);
    this.#handled = true;
    return this;
  }

  #on(given: readonly unknown[], applies: (outcome: Outcome) => boolean): this {
    // Old code hands on what its own callers left out.
    const callbacks = given.flat().filter((callback) => typeof callback === 'function');
    const hear = (outcome: Outcome): void => {
      if (!applies(outcome)) return;
      for (const callback of callbacks) {
        try {
          callback.apply(this, outcome.args);
        } catch (error) {
          // It takes nothing from the others, and surfaces as an uncaught error.
          queueMicrotask(() => {
            throw error;
          });
        }
      }
    };
    if (this.#outcome !== undefined) hear(this.#outcome);
    else this.#waiting.push(hear);
    return this;
  }

  #settle(outcome: Outcome): void {
    this.#outcome = outcome;
    for (const hear of this.#waiting.splice(0)) hear(outcome);
  }
}
