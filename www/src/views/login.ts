import { html, nothing, type TemplateResult } from 'lit';
import { formError, submitButton, textField } from '../parts/field.ts';
import { Form, filled } from '../parts/form.ts';
import { icon, mark } from '../parts/icon.ts';
import { Part } from '../parts/part.ts';
import { passwordField } from '../parts/password.ts';
import { modeLabel } from '../door.ts';
import { page } from '../page.ts';
import { codeOf, duration, retryAfterOf } from '../words.ts';

/** How the session is called in the list of tokens. */
export function deviceName(): string {
  const system = /Android|iPhone|iPad|Windows|Mac OS|CrOS|Linux/.exec(navigator.userAgent)?.[0] ?? 'unknown system';
  return `Admin page, ${system.replace('Mac OS', 'macOS')}`;
}

/** Only without a server: there the session's value lies in the browser's storage, and the user says for how long. */
export function staySignedIn(): TemplateResult | typeof nothing {
  if (page.mode.kind === 'server') return nothing;
  return html`<label class="check">
    <input type="checkbox" name="stay" />
    <span>Stay signed in<span class="check-hint">Otherwise until this tab is closed.</span></span>
  </label>`;
}

/** Log-in, with the wait after too many failures. */
export class LoginView extends Part {
  readonly #form = new Form(this, ['name', 'password', 'code']);
  /** When the next attempt is possible; 0: now. */
  #until = 0;
  /** The password was right, and a code is asked for as well. */
  #asksCode = false;
  #clock: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.whileHere(() => clearInterval(this.#clock));
  }

  readonly #send = this.#form.submit(async (data) => {
    const name = filled(data, 'name', 'the login name');
    const password = filled(data, 'password', 'the password');
    try {
      const code = this.#asksCode ? filled(data, 'code', 'the code') : undefined;
      const options = { device: deviceName(), ...(code !== undefined && { code }) };
      const session = await page.door.logIn(name, password, options);
      page.signIn(session, data.has('stay'));
    } catch (error) {
      if (codeOf(error) === 'lockedOut') this.#wait(retryAfterOf(error));
      if (codeOf(error) === 'secondFactorRequired' && !this.#asksCode) return this.#askCode();
      throw error;
    }
  });

  /** No error: the form goes on with one field more. */
  #askCode(): void {
    this.#asksCode = true;
    this.requestUpdate();
    void this.updateComplete.then(() => this.querySelector<HTMLInputElement>('input[name="code"]')?.focus());
  }

  #wait(milliseconds: number): void {
    this.#until = Date.now() + milliseconds;
    clearInterval(this.#clock);
    this.#clock = setInterval(() => {
      if (Date.now() >= this.#until) {
        clearInterval(this.#clock);
        this.#until = 0;
        this.#form.reset();
      }
      this.requestUpdate();
    }, 1000);
  }

  #problem(): TemplateResult | typeof nothing {
    const form = this.#form;
    if (codeOf(form.error) !== 'lockedOut') return formError(form);
    return html`<div class="notice-slot" role="alert">
        <p class="notice error">
          ${icon('denied')}<span>Too many failed log-ins. You have to wait before the next attempt.</span>
        </p>
      </div>
      <p class="wait" role="timer">Try again in ${duration(this.#until - Date.now())}.</p>`;
  }

  protected override render(): TemplateResult {
    const form = this.#form;
    return html`<section class="gate" aria-labelledby="view-title">
      <div class="gate-brand">${mark()}<span>Doorward</span></div>
      <h1 id="view-title" tabindex="-1" data-focus>Log in</h1>
      ${page.ended === '' ? nothing : html`<p class="notice info" role="status">${page.ended} Log in to go on.</p>`}
      <form novalidate @submit=${this.#send}>
        ${this.#problem()}
        ${textField({ form, name: 'name', label: 'Login name', required: true, autocomplete: 'username', verbatim: true })}
        ${passwordField({ form, name: 'password', label: 'Password', autocomplete: 'current-password' })}
        ${
          this.#asksCode
            ? textField({
                form,
                name: 'code',
                label: 'Code',
                hint: 'Of your authenticator, or a recovery code.',
                required: true,
                verbatim: true,
                autocomplete: 'one-time-code',
              })
            : nothing
        }
        ${staySignedIn()}
        <div class="actions">${submitButton(form, 'Log in')}</div>
      </form>
      <p class="mode">${modeLabel(page.mode)}</p>
    </section>`;
  }
}

customElements.define('dw-login', LoginView);
