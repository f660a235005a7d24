import { html, nothing, type TemplateResult } from 'lit';
import { below } from './field.ts';
import type { Form } from './form.ts';

interface PasswordField {
  form: Form;
  name: string;
  label: string;
  autocomplete: 'current-password' | 'new-password';
  hint?: string;
  optional?: boolean;
}

/** Shows or hides what is typed, without a render: the field keeps its caret. */
function reveal(event: Event): void {
  const button = event.currentTarget as HTMLButtonElement;
  const input = button.previousElementSibling as HTMLInputElement;
  const hidden = input.type === 'password';
  input.type = hidden ? 'text' : 'password';
  button.setAttribute('aria-pressed', String(hidden));
  input.focus();
}

/** A password; it stays in the input and never in the state of a part. */
export function passwordField(options: PasswordField): TemplateResult {
  const { form, name, label, autocomplete, hint, optional = false } = options;
  const error = form.errorOf(name);
  const ids = [hint === undefined ? '' : `${form.id}-${name}-hint`, error === '' ? '' : `${form.id}-${name}-error`];
  return html`<div class="field">
    <label for="${form.id}-${name}"
      >${label}${optional ? html` <span class="optional">optional</span>` : nothing}</label
    >
    <div class="password">
      <input
        id="${form.id}-${name}"
        name=${name}
        type="password"
        autocomplete=${autocomplete}
        autocapitalize="none"
        spellcheck="false"
        aria-required=${optional ? nothing : 'true'}
        aria-invalid=${error === '' ? nothing : 'true'}
        aria-describedby=${ids.join(' ').trim() || nothing}
      />
      <button
        type="button"
        class="button small reveal"
        aria-pressed="false"
        aria-label="Show what is typed"
        @click=${reveal}
      >
        Show
      </button>
    </div>
    ${below({ form, name, label, ...(hint === undefined ? {} : { hint }) })}
  </div>`;
}
