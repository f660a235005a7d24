import type { Reach, ReachInput } from 'doorward';
import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import { FieldError } from './form.ts';
import { icon } from './icon.ts';
import { InsidePart } from './part.ts';

/** Kinds that the protocols bring; others may be typed. */
const KINDS = ['thing', 'network', 'devicetype', 'site'];

interface Row {
  kind: string;
  all: boolean;
  /** One id a line, with a level behind it where there is one. */
  ids: string;
}

function toRows(reach: Reach): Row[] {
  return Object.entries(reach).map(([kind, ids]) => ({
    kind,
    all: ids === 'all',
    ids:
      ids === 'all'
        ? ''
        : Object.entries(ids)
            .map(([id, level]) => (level === null ? id : `${id} ${level}`))
            .join('\n'),
  }));
}

let editors = 0;

/** Edits how far somebody reaches: per kind of resource all, or some by id. */
export class ReachEditor extends InsidePart {
  static override properties = { value: { attribute: false }, touched: { attribute: false }, error: {} };
  declare value: Reach;
  /** Called with every edit. */
  declare touched: () => void;
  declare error: string;
  #rows: Row[] = [];
  #shown: Reach | undefined;
  readonly #id = `reach${++editors}`;

  constructor() {
    super();
    this.value = {};
    this.error = '';
  }

  protected override willUpdate(): void {
    // Only a new value from outside replaces what is being typed.
    if (this.#shown === this.value) return;
    this.#shown = this.value;
    this.#rows = toRows(this.value);
  }

  /** @throws FieldError where a line cannot be read */
  read(): ReachInput {
    const reach: Record<string, 'all' | Record<string, number | null>> = {};
    for (const { kind, all, ids } of this.#rows) {
      const name = kind.trim();
      if (name === '') throw new FieldError('reach', 'a kind of resource is missing');
      if (Object.hasOwn(reach, name)) throw new FieldError('reach', `the kind \`${name}\` is there twice`);
      reach[name] = all ? 'all' : this.#readIds(ids);
    }
    return reach;
  }

  #readIds(ids: string): Record<string, number | null> {
    const lines = ids.split('\n').map((line) => line.trim());
    return Object.fromEntries(
      lines
        .filter((line) => line !== '')
        .map((line) => {
          const [id = '', level, ...rest] = line.split(/\s+/);
          if (rest.length > 0 || (level !== undefined && !/^-?\d{1,15}$/.test(level))) {
            throw new FieldError('reach', `the line \`${line}\` is no id with an optional level`);
          }
          return [id, level === undefined ? null : Number(level)];
        }),
    );
  }

  #change(row: Row, change: Partial<Row>): void {
    Object.assign(row, change);
    this.requestUpdate();
    this.touched();
  }

  async #add(): Promise<void> {
    const free = KINDS.find((kind) => this.#rows.every((row) => row.kind !== kind)) ?? '';
    this.#rows = [...this.#rows, { kind: free, all: true, ids: '' }];
    this.touched();
    this.requestUpdate();
    await this.updateComplete;
    this.querySelector<HTMLElement>('.reach-row:last-of-type input')?.focus();
  }

  #remove(row: Row): void {
    this.#rows = this.#rows.filter((other) => other !== row);
    this.touched();
    this.requestUpdate();
    this.querySelector<HTMLElement>('.reach-add')?.focus();
  }

  #row(row: Row, index: number): TemplateResult {
    const id = `${this.#id}-${index}`;
    return html`<div class="reach-row" role="group" aria-label="Reach of the kind ${row.kind}">
      <div class="reach-line">
        <div class="field">
          <label for="${id}-kind">Kind</label>
          <input
            id="${id}-kind"
            list="${this.#id}-kinds"
            autocomplete="off"
            spellcheck="false"
            autocapitalize="none"
            .value=${live(row.kind)}
            @input=${(event: InputEvent) => this.#change(row, { kind: (event.target as HTMLInputElement).value })}
          />
        </div>
        <div class="field">
          <label for="${id}-all">Reaches</label>
          <select
            id="${id}-all"
            @change=${(event: Event) => this.#change(row, { all: (event.target as HTMLSelectElement).value === 'all' })}
          >
            <option value="all" .selected=${row.all}>All</option>
            <option value="some" .selected=${!row.all}>Only these</option>
          </select>
        </div>
        <button
          type="button"
          class="button quiet square"
          aria-label="Remove the kind ${row.kind}"
          @click=${() => this.#remove(row)}
        >
          ${icon('trash')}
        </button>
      </div>
      ${
        row.all
          ? nothing
          : html`<div class="field">
              <label for="${id}-ids">Ids</label>
              <textarea
                id="${id}-ids"
                class="code"
                rows="3"
                spellcheck="false"
                aria-describedby="${id}-hint"
                .value=${live(row.ids)}
                @input=${(event: InputEvent) => this.#change(row, { ids: (event.target as HTMLTextAreaElement).value })}
              ></textarea>
              <p class="hint" id="${id}-hint">One a line; a level may follow, as in <code>101 2</code>.</p>
            </div>`
      }
    </div>`;
  }

  protected override render(): TemplateResult {
    return html`<fieldset
      class="reach"
      aria-invalid=${this.error === '' ? nothing : 'true'}
      tabindex=${this.error === '' ? nothing : '-1'}
    >
      <legend>Reach</legend>
      <p class="hint">On which resources the scopes hold. A kind that is not named is not reached.</p>
      <datalist id="${this.#id}-kinds">${KINDS.map((kind) => html`<option value=${kind}></option>`)}</datalist>
      ${this.#rows.map((row, index) => this.#row(row, index))}
      <button type="button" class="button reach-add" @click=${() => void this.#add()}>${icon('add')}Add a kind</button>
      ${this.error === '' ? nothing : html`<p class="field-error" role="alert">${this.error}</p>`}
    </fieldset>`;
  }
}

customElements.define('dw-reach-editor', ReachEditor);
