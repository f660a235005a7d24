import type { GroupRecord, NewUser } from 'doorward';
import { html, type TemplateResult } from 'lit';
import { checkField, formError, submitButton, textField } from '../parts/field.ts';
import { Form, filled, text } from '../parts/form.ts';
import { groupPicker } from '../parts/group-picker.ts';
import { Load } from '../parts/load.ts';
import { InsidePart } from '../parts/part.ts';
import { passwordField } from '../parts/password.ts';
import { ADMINS, page } from '../page.ts';

/** What a new user is asked for. Scopes and reach come later, on his own page. */
export class UserAdd extends InsidePart {
  static override properties = { done: { attribute: false } };
  declare done: (name?: string) => void;
  readonly #form = new Form(this, ['name', 'password', 'displayName', 'email', 'country', 'groups']);
  readonly #groups = new Load<GroupRecord[]>(this);
  /** Null: not touched, so the default groups are given. */
  #chosen: string[] | null = null;
  #admin = false;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#groups.run(async () => (await page.session.groups.list()).groups);
  }

  readonly #send = this.#form.submit(async (data) => {
    const password = text(data, 'password');
    const user: NewUser = {
      name: filled(data, 'name', 'the login name'),
      password: password === '' ? null : password,
      displayName: text(data, 'displayName'),
      email: text(data, 'email'),
      country: text(data, 'country'),
      admin: this.#admin,
      groups: this.#chosen,
    };
    const made = await page.session.users.create(user);
    this.done(made.name);
  });

  protected override render(): TemplateResult {
    const form = this.#form;
    return html`<form novalidate @submit=${this.#send}>
      ${formError(form)} ${textField({ form, name: 'name', label: 'Login name', required: true, verbatim: true })}
      ${passwordField({
        form,
        name: 'password',
        label: 'Password',
        optional: true,
        autocomplete: 'new-password',
        hint: 'Left empty, the account cannot log in by password, but may hold tokens.',
      })}
      <div class="pair">
        ${textField({ form, name: 'displayName', label: 'Display name' })}
        ${textField({ form, name: 'email', label: 'E-mail', type: 'email' })}
      </div>
      ${textField({ form, name: 'country', label: 'Country', hint: 'As two letters, such as NL.' })}
      ${this.#groups.show(
        (groups) =>
          groupPicker({
            legend: 'Groups',
            groups: groups.filter((group) => group.key !== ADMINS),
            value: this.#chosen ?? groups.filter((group) => group.default).map((group) => group.key),
            error: form.errorOf('groups'),
            onChange: (chosen) => {
              this.#chosen = chosen;
              this.requestUpdate();
            },
          }),
        2,
      )}
      ${checkField({
        name: 'admin',
        label: 'Administrator',
        hint: 'May do everything, and make others administrators.',
        checked: this.#admin,
        onChange: (admin) => {
          this.#admin = admin;
          this.requestUpdate();
        },
      })}
      <div class="actions">
        <button type="button" class="button" @click=${() => this.done()}>Cancel</button>
        ${submitButton(form, 'Add user')}
      </div>
    </form>`;
  }
}

customElements.define('dw-user-add', UserAdd);
