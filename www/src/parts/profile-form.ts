import type { UserDetails } from 'doorward';
import { html, type TemplateResult } from 'lit';
import { page } from '../page.ts';
import { go, link } from '../router.ts';
import { clashPanel, Edits } from './clash.ts';
import { formError, submitButton, textField } from './field.ts';
import { Form } from './form.ts';
import { InsidePart } from './part.ts';

/** Name, display name, e-mail and country of a user. */
export class ProfileForm extends InsidePart {
  static override properties = { user: { attribute: false }, changed: { attribute: false } };
  declare user: UserDetails;
  declare changed: () => void;
  readonly #form = new Form(this, ['name', 'displayName', 'email', 'country']);
  #edits!: Edits;

  protected override willUpdate(properties: Map<PropertyKey, unknown>): void {
    if (!properties.has('user')) return;
    if (this.#edits === undefined) this.#edits = new Edits(this.user);
    else this.#edits.update(this.user);
  }

  readonly #send = this.#form.submit(async () => {
    const before = this.#edits.base.name;
    const saved = await this.#edits.save();
    if (saved === null) {
      if (this.#edits.clash === null) page.say('There was nothing to save.', 'info');
      return;
    }
    page.say('Saved.');
    if (saved.name !== before && location.hash.startsWith('#/users/')) go(link('users', [saved.name]));
    this.changed();
  });

  #field(name: 'name' | 'displayName' | 'email' | 'country', label: string, more: object = {}): TemplateResult {
    return textField({
      form: this.#form,
      name,
      label,
      value: this.#edits.get(name),
      onInput: (value) => {
        this.#edits.set(name, value);
        this.requestUpdate();
      },
      ...more,
    });
  }

  protected override render(): TemplateResult {
    return html`<form class="form" novalidate @submit=${this.#send} aria-label="Profile">
      ${clashPanel(this.#edits, () => this.requestUpdate())} ${formError(this.#form)}
      <div class="pair">
        ${this.#field('name', 'Login name', { required: true, verbatim: true })}
        ${this.#field('displayName', 'Display name')}
      </div>
      <div class="pair">${this.#field('email', 'E-mail', { type: 'email' })} ${this.#field('country', 'Country')}</div>
      <div class="actions">${submitButton(this.#form, 'Save')}</div>
    </form>`;
  }
}

customElements.define('dw-profile-form', ProfileForm);
