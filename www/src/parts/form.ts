import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { page } from '../page.ts';
import { fieldOf, sentence } from '../words.ts';

type Host = ReactiveControllerHost & HTMLElement;

let forms = 0;

/** Thrown by a form's own checks, before anything is asked of the core. */
export class FieldError extends Error {
  readonly field: string;

  constructor(field: string, message: string) {
    super(message);
    this.field = field;
  }
}

/** A form's errors, each with the field it belongs to, and whether it is being sent. */
export class Form implements ReactiveController {
  /** Makes the ids of its fields unique in the document. */
  readonly id = `form${++forms}`;
  busy = false;
  /** An error that belongs to no field. */
  error: unknown;
  #errors = new Map<string, string>();
  readonly #host: Host;
  readonly #fields: readonly string[];

  constructor(host: Host, fields: readonly string[]) {
    this.#host = host;
    this.#fields = fields;
    host.addController(this);
  }

  hostConnected(): void {
    this.reset();
  }

  reset(): void {
    this.#errors.clear();
    this.error = undefined;
    this.#host.requestUpdate();
  }

  errorOf(field: string): string {
    return this.#errors.get(field) ?? '';
  }

  /** Sends the form once; a second press while it runs does nothing. */
  readonly submit =
    (send: (data: FormData, form: HTMLFormElement) => Promise<void>) =>
    async (event: SubmitEvent): Promise<void> => {
      event.preventDefault();
      if (this.busy) return;
      const form = event.target as HTMLFormElement;
      this.busy = true;
      this.reset();
      try {
        await send(new FormData(form), form);
        page.reached();
      } catch (error) {
        this.fail(error, form);
      } finally {
        this.busy = false;
        this.#host.requestUpdate();
      }
    };

  /** Shows an error at its field, and takes the focus there. */
  fail(error: unknown, form: HTMLFormElement): void {
    if (page.concerns(error)) return;
    const field = error instanceof FieldError ? error.field : fieldOf(error, this.#fields);
    if (field === '') this.error = error;
    else this.#errors.set(field, sentence(error));
    this.#host.requestUpdate();
    void this.#host.updateComplete.then(() => {
      form.querySelector<HTMLElement>('[aria-invalid="true"], .notice.error[tabindex]')?.focus();
    });
  }
}

export function text(data: FormData, name: string): string {
  const value = data.get(name);
  return typeof value === 'string' ? value : '';
}

/** The value of a field that has to be filled in. */
export function filled(data: FormData, name: string, what: string): string {
  const value = text(data, name);
  if (value === '') throw new FieldError(name, `${what} is missing`);
  return value;
}
