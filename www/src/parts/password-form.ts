import { html, nothing, type TemplateResult } from 'lit';
import { page } from '../page.ts';
import { codeOf } from '../words.ts';
import { formError, submitButton } from './field.ts';
import { FieldError, Form, filled, text } from './form.ts';
import { InsidePart } from './part.ts';
import { passwordField } from './password.ts';

/** Sets a password: one's own with the present one, or somebody else's. */
export class PasswordForm extends InsidePart {
  static override properties = { user: {}, done: { attribute: false } };
  /** The owner's login name. */
  declare user: string;
  declare done: ((changed: boolean) => void) | undefined;
  readonly #form = new Form(this, ['current', 'password', 'repeat']);
  /** Presets differ: some do not ask for the current password, and some ask an administrator for it as well. */
  #askCurrent = false;

  readonly #send = this.#form.submit(async (data, form) => {
    const password = filled(data, 'password', 'the new password');
    if (text(data, 'repeat') !== password) throw new FieldError('repeat', 'the two passwords differ');
    const current = text(data, 'current');
    try {
      await page.session.users.changePassword(this.user, password, current === '' ? undefined : current);
    } catch (error) {
      if (codeOf(error) === 'currentPasswordRequired') this.#askCurrent = true;
      throw error;
    }
    form.reset();
    page.say(this.#own ? 'Your password was changed.' : `The password of ${this.user} was changed.`);
    this.done?.(true);
  });

  get #own(): boolean {
    return this.user === page.session.me.name;
  }

  protected override render(): TemplateResult {
    const form = this.#form;
    return html`<form novalidate @submit=${this.#send}>
      ${formError(form)}
      <input
        type="text"
        name="username"
        class="unseen"
        tabindex="-1"
        aria-hidden="true"
        autocomplete="username"
        readonly
        .value=${this.user}
      />
      ${
        this.#own || this.#askCurrent
          ? passwordField({ form, name: 'current', label: 'Current password', autocomplete: 'current-password' })
          : nothing
      }
      ${passwordField({ form, name: 'password', label: 'New password', autocomplete: 'new-password' })}
      ${passwordField({ form, name: 'repeat', label: 'New password again', autocomplete: 'new-password' })}
      <div class="actions">
        ${
          this.done === undefined
            ? nothing
            : html`<button type="button" class="button" @click=${() => this.done?.(false)}>Cancel</button>`
        }
        ${submitButton(form, 'Change password')}
      </div>
    </form>`;
  }
}

customElements.define('dw-password-form', PasswordForm);
