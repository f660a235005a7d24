import type { AuditEntry } from 'doorward';
import { html, nothing, type TemplateResult } from 'lit';
import { icon } from '../parts/icon.ts';
import { Load } from '../parts/load.ts';
import { InsidePart } from '../parts/part.ts';
import { picture } from '../parts/states.ts';
import { page } from '../page.ts';
import { link, type Route } from '../router.ts';
import { eventWords, when } from '../words.ts';

const PAGE_SIZE = 50;

interface AuditPage {
  entries: AuditEntry[];
  next?: string;
}

/** Who did what, newest first. */
export class AuditView extends InsidePart {
  static override properties = { route: { attribute: false } };
  declare route: Route;
  readonly #page = new Load<AuditPage>(this);
  #asked: string | undefined;

  get #after(): string {
    return this.route.query.get('after') ?? '';
  }

  protected override willUpdate(): void {
    if (this.#asked === this.#after) return;
    this.#asked = this.#after;
    this.#read();
  }

  #read(): void {
    const after = this.#after;
    void this.#page.run(() => page.session.audit.list({ limit: PAGE_SIZE, ...(after === '' ? {} : { after }) }));
  }

  #on({ on }: AuditEntry): TemplateResult | string {
    if (on.user !== undefined) return html`<a href=${link('users', [on.user])}>${on.user}</a>`;
    if (on.group !== undefined) return html`<a href=${link('groups', [on.group])}>group ${on.group}</a>`;
    if (on.kind !== undefined) return `${on.kind} ${on.id ?? ''}`;
    return on.token === undefined ? '' : 'a token';
  }

  #row(entry: AuditEntry): TemplateResult {
    return html`<tr role="row">
      <td role="cell" class="cell-title">
        ${eventWords(entry.what)}
        ${entry.outcome === 'ok' ? nothing : html`<span class="tag warn">refused${entry.by === undefined ? '' : `: ${entry.by}`}</span>`}
      </td>
      <td role="cell" data-label="On">${this.#on(entry)}</td>
      <td role="cell" data-label="By">${entry.actor ?? html`<span class="muted">nobody known</span>`}</td>
      <td role="cell" data-label="At"><time datetime=${new Date(entry.at).toISOString()}>${when(entry.at)}</time></td>
    </tr>`;
  }

  #table({ entries, next }: AuditPage): TemplateResult {
    if (entries.length === 0)
      return picture({ icon: 'audit', title: 'Nothing yet', text: 'Changes and log-ins will be listed here.' });
    return html`<div class="table-box">
        <table class="table" role="table" aria-label="Audit">
          <thead role="rowgroup">
            <tr role="row">
              ${['What', 'On', 'By', 'At'].map((head) => html`<th role="columnheader" scope="col">${head}</th>`)}
            </tr>
          </thead>
          <tbody role="rowgroup">
            ${entries.map((entry) => this.#row(entry))}
          </tbody>
        </table>
      </div>
      ${
        this.#after === '' && next === undefined
          ? nothing
          : html`<nav class="pager" aria-label="Pages of the audit">
              ${this.#after === '' ? html`<span></span>` : html`<a class="button" href=${link('audit')}>${icon('back')}Newest</a>`}
              ${
                next === undefined
                  ? html`<span></span>`
                  : html`<a class="button" href=${link('audit', [], { after: next })}>Older${icon('next')}</a>`
              }
            </nav>`
      }`;
  }

  protected override render(): TemplateResult {
    return html`<section aria-labelledby="view-title">
      <header class="view-head">
        <h1 id="view-title" tabindex="-1" data-focus>Audit</h1>
        <button type="button" class="button" @click=${() => this.#read()}>Refresh</button>
      </header>
      ${this.#page.show((entries) => this.#table(entries), 8)}
    </section>`;
  }
}

customElements.define('dw-audit', AuditView);
