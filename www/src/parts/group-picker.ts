import type { GroupRecord } from 'doorward';
import { html, nothing, type TemplateResult } from 'lit';
import { checkField } from './field.ts';

interface GroupPickerOptions {
  legend: string;
  groups: readonly GroupRecord[];
  value: readonly string[];
  error: string;
  hint?: string;
  onChange: (value: string[]) => void;
}

/** Chooses groups; those that may not be given cannot be added, only taken away. */
export function groupPicker({ legend, groups, value, error, hint, onChange }: GroupPickerOptions): TemplateResult {
  const chosen = new Set(value);
  const toggle = (key: string, on: boolean) => {
    const next = new Set(chosen);
    if (on) next.add(key);
    else next.delete(key);
    onChange([...next]);
  };
  return html`<fieldset
    class="choices"
    aria-invalid=${error === '' ? nothing : 'true'}
    tabindex=${error === '' ? nothing : '-1'}
  >
    <legend>${legend} <span class="count">${value.length} chosen</span></legend>
    ${hint === undefined ? nothing : html`<p class="hint">${hint}</p>`}
    <div class="choices-list">
      ${groups.map((group) =>
        checkField({
          name: `group:${group.key}`,
          label: html`${group.name || group.key}${group.dangerous ? html` <span class="tag danger">dangerous</span>` : nothing}`,
          hint: group.description || nothing,
          checked: chosen.has(group.key),
          disabled: !group.assignable && !chosen.has(group.key),
          onChange: (on) => toggle(group.key, on),
        }),
      )}
      ${groups.length === 0 ? html`<p class="hint">There are no groups yet.</p>` : nothing}
    </div>
    ${error === '' ? nothing : html`<p class="field-error" role="alert">${error}</p>`}
  </fieldset>`;
}
