import { html, noChange, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import type { Form } from './form.ts';
import { icon } from './icon.ts';
import { notice } from './states.ts';

interface Common {
  form: Form;
  name: string;
  label: string;
  hint?: unknown;
}

/** Ids of what describes a control: its hint and its error. */
function described({ form, name, hint }: Common): string | typeof nothing {
  const ids = [
    hint === undefined ? '' : `${form.id}-${name}-hint`,
    form.errorOf(name) === '' ? '' : `${form.id}-${name}-error`,
  ].filter((id) => id !== '');
  return ids.length > 0 ? ids.join(' ') : nothing;
}

/** Hint and error below a control. */
export function below({ form, name, hint }: Common): TemplateResult {
  const error = form.errorOf(name);
  return html`${hint === undefined ? nothing : html`<p class="hint" id="${form.id}-${name}-hint">${hint}</p>`}
  ${error === '' ? nothing : html`<p class="field-error" id="${form.id}-${name}-error">${icon('error')}${error}</p>`}`;
}

interface TextField extends Common {
  type?: 'text' | 'email' | 'password' | 'search' | 'date';
  /** Absent: the input keeps what is typed by itself. */
  value?: string;
  required?: boolean;
  autocomplete?: string;
  readonly?: boolean;
  /** A login name or a key: no spelling help, no capital first letter. */
  verbatim?: boolean;
  min?: string;
  onInput?: (value: string) => void;
}

export function textField(options: TextField): TemplateResult {
  const { form, name, label, type = 'text', value, required = false, autocomplete = 'off' } = options;
  const plain = options.verbatim === true || type === 'password' || type === 'email';
  return html`<div class="field">
    <label for="${form.id}-${name}"
      >${label}${required ? nothing : html` <span class="optional">optional</span>`}</label
    >
    <input
      id="${form.id}-${name}"
      name=${name}
      type=${type}
      .value=${value === undefined ? noChange : live(value)}
      autocomplete=${autocomplete as AutoFill}
      autocapitalize=${plain ? 'none' : nothing}
      spellcheck=${plain ? 'false' : nothing}
      min=${options.min ?? nothing}
      ?readonly=${options.readonly === true}
      aria-required=${required ? 'true' : nothing}
      aria-invalid=${form.errorOf(name) === '' ? nothing : 'true'}
      aria-describedby=${described(options)}
      @input=${(event: InputEvent) => options.onInput?.((event.target as HTMLInputElement).value)}
    />
    ${below(options)}
  </div>`;
}

interface AreaField extends Common {
  value: string;
  rows: number;
  code?: boolean;
  onInput?: (value: string) => void;
}

export function areaField(options: AreaField): TemplateResult {
  const { form, name, label, value, rows, code = false } = options;
  return html`<div class="field">
    <label for="${form.id}-${name}">${label}</label>
    <textarea
      id="${form.id}-${name}"
      name=${name}
      rows=${rows}
      class=${code ? 'code' : nothing}
      spellcheck=${code ? 'false' : nothing}
      .value=${live(value)}
      aria-invalid=${form.errorOf(name) === '' ? nothing : 'true'}
      aria-describedby=${described(options)}
      @input=${(event: InputEvent) => options.onInput?.((event.target as HTMLTextAreaElement).value)}
    ></textarea>
    ${below(options)}
  </div>`;
}

interface SelectField extends Common {
  value: string;
  choices: readonly (readonly [string, string])[];
  onChange?: (value: string) => void;
}

export function selectField(options: SelectField): TemplateResult {
  const { form, name, label, value, choices } = options;
  return html`<div class="field">
    <label for="${form.id}-${name}">${label}</label>
    <select
      id="${form.id}-${name}"
      name=${name}
      aria-invalid=${form.errorOf(name) === '' ? nothing : 'true'}
      aria-describedby=${described(options)}
      @change=${(event: Event) => options.onChange?.((event.target as HTMLSelectElement).value)}
    >
      ${choices.map(([key, words]) => html`<option value=${key} .selected=${key === value}>${words}</option>`)}
    </select>
    ${below(options)}
  </div>`;
}

interface CheckField {
  name: string;
  label: unknown;
  checked: boolean;
  hint?: unknown;
  disabled?: boolean;
  onChange?: (checked: boolean) => void;
}

/** A checkbox whose whole line is the target. */
export function checkField({ name, label, checked, hint, disabled = false, onChange }: CheckField): TemplateResult {
  return html`<label class="check">
    <input
      type="checkbox"
      name=${name}
      .checked=${live(checked)}
      ?disabled=${disabled}
      @change=${(event: Event) => onChange?.((event.target as HTMLInputElement).checked)}
    />
    <span>${label}${hint === undefined ? nothing : html`<span class="check-hint">${hint}</span>`}</span>
  </label>`;
}

/** The form's error that belongs to no field; focusable, so that it is read out. */
export function formError(form: Form): TemplateResult | typeof nothing {
  return form.error === undefined ? nothing : html`<div class="notice-slot" role="alert">${notice(form.error)}</div>`;
}

/** The button that sends a form; it keeps the focus while it waits. */
export function submitButton(form: Form, label: string, tone: 'primary' | 'danger' = 'primary'): TemplateResult {
  return html`<button type="submit" class="button ${tone}" aria-disabled=${form.busy ? 'true' : nothing}>
    ${label}${form.busy ? html`<span class="dots" aria-hidden="true">…</span>` : nothing}
  </button>`;
}
