import { html, nothing, type ReactiveController, type ReactiveControllerHost, type TemplateResult } from 'lit';
import { page } from '../page.ts';
import { skeleton, failure } from './states.ts';

/** Below this, a skeleton would only flicker. */
const PATIENCE = 200;

/** Something that is read, with a picture for each state. The value of before stays on view while a newer one is read. */
export class Load<T> implements ReactiveController {
  value: T | undefined;
  error: unknown;
  busy = false;
  #slow = false;
  #turn = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #again: (() => Promise<T>) | undefined;
  readonly #host: ReactiveControllerHost;

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  hostDisconnected(): void {
    clearTimeout(this.#timer);
    this.#turn += 1;
  }

  /**
   * `fresh`: something else is read than before, so the old value is no stand-in for it. Answers false where a later
   * run has overtaken this one.
   */
  async run(read: () => Promise<T>, fresh = false): Promise<boolean> {
    const turn = ++this.#turn;
    this.#again = read;
    this.busy = true;
    this.#slow = false;
    if (fresh) this.value = undefined;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#slow = true;
      this.#host.requestUpdate();
    }, PATIENCE);
    this.#host.requestUpdate();
    try {
      const value = await read();
      if (turn !== this.#turn) return false;
      this.value = value;
      this.error = undefined;
      page.reached();
    } catch (error) {
      if (turn !== this.#turn) return false;
      page.concerns(error);
      this.error = error;
    }
    clearTimeout(this.#timer);
    this.busy = false;
    this.#slow = false;
    this.#host.requestUpdate();
    return true;
  }

  readonly retry = (): void => {
    if (this.#again !== undefined) void this.run(this.#again);
  };

  /** The value's picture, or that of waiting or failing. */
  show(done: (value: T) => unknown, rows = 5): TemplateResult | typeof nothing {
    if (this.error !== undefined && !this.busy) return failure(this.error, this.retry);
    if (this.value !== undefined) {
      return html`<div class="loaded" aria-busy=${this.busy ? 'true' : 'false'}>${done(this.value)}</div>`;
    }
    return this.#slow ? skeleton(rows) : nothing;
  }
}

/** A part of the page that is loaded when it is first needed; says so in words where that fails. */
export async function fetched(part: Promise<unknown>): Promise<true> {
  try {
    await part;
    return true;
  } catch (error) {
    throw new Error('a part of this page could not be loaded', { cause: error });
  }
}
