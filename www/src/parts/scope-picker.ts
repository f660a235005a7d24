import type { ScopeInfo } from 'doorward';
import { html, nothing, type TemplateResult } from 'lit';
import { page } from '../page.ts';
import { InsidePart } from './part.ts';
import { checkField } from './field.ts';

/** From this many on, a list of choices gets a filter. */
const FILTER_FROM = 9;

/** What a set of scopes brings beyond itself, each with the chosen scope that brings it. */
function implied(chosen: ReadonlySet<string>, catalogue: readonly ScopeInfo[]): Map<string, string> {
  const byName = new Map(catalogue.map((scope) => [scope.name, scope]));
  const found = new Map<string, string>();
  for (const start of chosen) {
    const open = [...(byName.get(start)?.implies ?? [])];
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      if (found.has(name) || name === start) continue;
      found.set(name, start);
      open.push(...(byName.get(name)?.implies ?? []));
    }
    if (start === 'admin') for (const { name } of catalogue) if (!found.has(name)) found.set(name, start);
  }
  return found;
}

/** Chooses scopes out of the door's catalogue. */
export class ScopePicker extends InsidePart {
  static override properties = { value: { attribute: false }, picked: { attribute: false }, legend: {}, error: {} };
  declare value: readonly string[];
  declare picked: (value: string[]) => void;
  declare legend: string;
  declare error: string;
  #filter = '';

  constructor() {
    super();
    this.value = [];
    this.legend = 'Scopes';
    this.error = '';
  }

  #toggle(name: string, on: boolean): void {
    const chosen = new Set(this.value);
    if (on) chosen.add(name);
    else chosen.delete(name);
    this.value = [...chosen];
    this.picked([...chosen]);
  }

  protected override render(): TemplateResult {
    const catalogue = page.door.scopes;
    const chosen = new Set(this.value);
    const brought = implied(chosen, catalogue);
    const known = new Set(catalogue.map((scope) => scope.name));
    // A scope that the host no longer registers can still be seen, and taken away.
    const strangers = this.value
      .filter((name) => !known.has(name))
      .map((name) => ({ name, implies: [], dangerous: false, description: 'Not in the catalogue: grants nothing' }));
    const needle = this.#filter.trim().toLowerCase();
    const shown = [...catalogue, ...strangers].filter(
      (scope) => needle === '' || `${scope.name} ${scope.description}`.toLowerCase().includes(needle),
    );
    return html`<fieldset
      class="choices"
      aria-invalid=${this.error === '' ? nothing : 'true'}
      tabindex=${this.error === '' ? nothing : '-1'}
    >
      <legend>${this.legend} <span class="count">${this.value.length} chosen</span></legend>
      ${
        catalogue.length < FILTER_FROM
          ? nothing
          : html`<input
              type="search"
              class="choices-filter"
              aria-label="Filter the scopes"
              placeholder="Filter"
              .value=${this.#filter}
              @input=${(event: InputEvent) => {
                this.#filter = (event.target as HTMLInputElement).value;
                this.requestUpdate();
              }}
            />`
      }
      <div class="choices-list" tabindex="-1">
        ${shown.map((scope) => {
          const by = chosen.has(scope.name) ? undefined : brought.get(scope.name);
          return checkField({
            name: `scope:${scope.name}`,
            label: html`<code>${scope.name}</code
              >${scope.dangerous ? html` <span class="tag danger">dangerous</span>` : nothing}`,
            hint: by === undefined ? scope.description || nothing : html`comes with <code>${by}</code>`,
            checked: chosen.has(scope.name),
            onChange: (on) => this.#toggle(scope.name, on),
          });
        })}
        ${shown.length === 0 ? html`<p class="hint">No scope matches.</p>` : nothing}
      </div>
      ${this.error === '' ? nothing : html`<p class="field-error" role="alert">${this.error}</p>`}
    </fieldset>`;
  }
}

customElements.define('dw-scope-picker', ScopePicker);
