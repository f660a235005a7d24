import type { NewToken } from 'doorward';
import { html, nothing, type TemplateResult } from 'lit';
import { page } from '../page.ts';
import { formError, selectField, submitButton, textField } from './field.ts';
import { FieldError, Form, filled, text } from './form.ts';
import { icon } from './icon.ts';
import { InsidePart } from './part.ts';
import './scope-picker.ts';

const DAY = 86_400_000;

const LIVES: readonly (readonly [string, string])[] = [
  ['7', '7 days'],
  ['30', '30 days'],
  ['90', '90 days'],
  ['365', 'One year'],
  ['date', 'On a day…'],
  ['never', 'Never'],
];

/** What a new token is asked for. */
export class TokenForm extends InsidePart {
  static override properties = { user: {}, done: { attribute: false } };
  declare user: string;
  declare done: (made?: { name: string; value: string }) => void;
  readonly #form = new Form(this, ['name', 'kind', 'scopes', 'expires']);
  #narrow = false;
  #scopes: readonly string[] = [];
  #life = '90';

  readonly #send = this.#form.submit(async (data) => {
    const name = filled(data, 'name', 'a name');
    if (this.#narrow && this.#scopes.length === 0) throw new FieldError('scopes', 'choose at least one scope');
    const token: NewToken = {
      user: this.user,
      name,
      kind: text(data, 'kind') as NonNullable<NewToken['kind']>,
      scopes: this.#narrow ? this.#scopes : null,
      expires: this.#expires(data),
    };
    const { value } = await page.session.tokens.create(token);
    this.done({ name, value });
  });

  #expires(data: FormData): number | null {
    if (this.#life === 'never') return null;
    if (this.#life !== 'date') return Date.now() + Number(this.#life) * DAY;
    // The day counts to its end, in the reader's time zone.
    const end = new Date(`${filled(data, 'expires', 'a day')}T23:59:59`).getTime();
    if (Number.isNaN(end) || end <= Date.now()) throw new FieldError('expires', 'the day has to be in the future');
    return end;
  }

  protected override render(): TemplateResult {
    const form = this.#form;
    return html`<form novalidate @submit=${this.#send}>
      ${formError(form)}
      ${textField({ form, name: 'name', label: 'Name', hint: 'What it is for, such as “Slicer on the laptop”.', required: true })}
      <div class="pair">
        ${selectField({
          form,
          name: 'kind',
          label: 'Kind',
          value: 'apikey',
          hint: 'Programs for VRM take access tokens.',
          choices: [
            ['apikey', 'API key'],
            ['access', 'Access token'],
            ['device', 'Device'],
          ],
        })}
        ${selectField({
          form,
          name: 'life',
          label: 'Expires',
          value: this.#life,
          choices: LIVES,
          onChange: (life) => {
            this.#life = life;
            this.requestUpdate();
          },
        })}
      </div>
      ${
        this.#life === 'date'
          ? textField({
              form,
              name: 'expires',
              label: 'Last day',
              type: 'date',
              required: true,
              min: new Date().toISOString().slice(0, 10),
            })
          : nothing
      }
      <fieldset class="radios">
        <legend>What it may do</legend>
        ${[
          [false, `Everything ${this.user} may`],
          [true, 'Only what is chosen here, and never more than the owner may'],
        ].map(
          ([narrow, words]) =>
            html`<label class="check">
              <input
                type="radio"
                name="narrow"
                .checked=${this.#narrow === narrow}
                @change=${() => {
                  this.#narrow = narrow === true;
                  this.requestUpdate();
                }}
              /><span>${words}</span>
            </label>`,
        )}
      </fieldset>
      ${
        this.#narrow
          ? html`<dw-scope-picker
              .value=${this.#scopes}
              .error=${form.errorOf('scopes')}
              .picked=${(scopes: string[]) => {
                this.#scopes = scopes;
              }}
            ></dw-scope-picker>`
          : form.errorOf('scopes') === ''
            ? nothing
            : html`<p class="field-error" role="alert">${form.errorOf('scopes')}</p>`
      }
      <div class="actions">
        <button type="button" class="button" @click=${() => this.done()}>Cancel</button>
        ${submitButton(form, 'Create')}
      </div>
    </form>`;
  }
}

customElements.define('dw-token-form', TokenForm);

/** Shows a value that is shown once. */
export class TokenValue extends InsidePart {
  static override properties = { value: {}, done: { attribute: false } };
  declare value: string;
  declare done: () => void;
  #copied: 'no' | 'yes' | 'failed' = 'no';

  readonly #copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(this.value);
      this.#copied = 'yes';
    } catch {
      // No clipboard on plain http: the value is selected instead, ready to be copied by hand.
      this.querySelector('input')?.select();
      this.#copied = 'failed';
    }
    this.requestUpdate();
  };

  protected override render(): TemplateResult {
    return html`<p>Copy it now: it is shown this once and cannot be looked up again.</p>
      <div class="token-value">
        <label class="unseen" for="token-value">Value</label>
        <input
          id="token-value"
          class="code"
          readonly
          .value=${this.value}
          @focus=${(event: Event) => (event.target as HTMLInputElement).select()}
        />
        <button type="button" class="button primary" @click=${this.#copy}>
          ${icon(this.#copied === 'yes' ? 'check' : 'copy')}${this.#copied === 'yes' ? 'Copied' : 'Copy'}
        </button>
      </div>
      <p class="hint" role="status">
        ${this.#copied === 'yes' ? 'It is in the clipboard.' : this.#copied === 'failed' ? 'Press Ctrl+C to copy what is selected.' : ''}
      </p>
      <div class="actions">
        <button type="button" class="button" @click=${() => this.done()}>I have kept it</button>
      </div>`;
  }
}

customElements.define('dw-token-value', TokenValue);
