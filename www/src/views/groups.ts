import type { GroupRecord } from 'doorward';
import { html, nothing, type TemplateResult } from 'lit';
import { icon } from '../parts/icon.ts';
import { Load } from '../parts/load.ts';
import { InsidePart } from '../parts/part.ts';
import { picture } from '../parts/states.ts';
import '../parts/group-form.ts';
import { page } from '../page.ts';
import { go, link, type Route } from '../router.ts';

/** The groups, and one of them beside them. */
export class GroupsView extends InsidePart {
  static override properties = { route: { attribute: false } };
  declare route: Route;
  readonly #groups = new Load<GroupRecord[]>(this);

  override connectedCallback(): void {
    super.connectedCallback();
    for (const event of ['groupAdded', 'groupChanged', 'groupRemoved'] as const) {
      this.whileHere(page.door.on(event, () => this.#read()));
    }
    this.#read();
  }

  /** The form for a new group; not by a path element, as any text can be a key. */
  get #fresh(): boolean {
    return this.route.subject === '' && this.route.query.has('new');
  }

  #read(): void {
    void this.#groups.run(async () => (await page.session.groups.list()).groups);
  }

  #row(group: GroupRecord): TemplateResult {
    const selected = group.key === this.route.subject;
    return html`<tr role="row" class=${selected ? 'selected' : ''}>
      <td role="cell" class="cell-title">
        <span class="who"
          ><a class="row-link" href=${link('groups', [group.key])} aria-current=${selected ? 'true' : nothing}
            >${group.name || group.key}</a
          >
          <span class="muted"><code>${group.key}</code></span></span
        >
      </td>
      <td role="cell" data-label="Marks">
        ${group.dangerous ? html`<span class="tag danger">dangerous</span>` : nothing}
        ${group.default ? html`<span class="tag">default</span>` : nothing}
        ${group.changeable ? nothing : html`<span class="tag">fixed</span>`}
      </td>
      <td role="cell" data-label="Scopes" class="roomy">
        ${group.scopes.length === 0 ? html`<span class="muted">none</span>` : group.scopes.length}
      </td>
      <td role="cell" data-label="Contains" class="roomy">
        ${group.subgroups.length === 0 ? html`<span class="muted">no groups</span>` : group.subgroups.join(', ')}
      </td>
    </tr>`;
  }

  #table(groups: readonly GroupRecord[]): TemplateResult {
    if (groups.length === 0) {
      return picture({ icon: 'groups', title: 'No groups', text: 'A group gives several users the same scopes.' });
    }
    return html`<div class="table-box">
      <table class="table" role="table" aria-label="Groups">
        <thead role="rowgroup">
          <tr role="row">
            <th role="columnheader" scope="col">Name</th>
            <th role="columnheader" scope="col">Marks</th>
            <th role="columnheader" scope="col" class="roomy">Scopes</th>
            <th role="columnheader" scope="col" class="roomy">Contains</th>
          </tr>
        </thead>
        <tbody role="rowgroup">
          ${groups.map((group) => this.#row(group))}
        </tbody>
      </table>
    </div>`;
  }

  #panel(groups: readonly GroupRecord[]): TemplateResult {
    const key = this.route.subject;
    const group = groups.find((one) => one.key === key);
    const fresh = this.#fresh;
    return html`<section class="panel split-panel" aria-labelledby="group-title">
      <header class="panel-head">
        <a class="button quiet square" href=${link('groups')} aria-label="Back to the list">${icon('back')}</a>
        <div class="panel-title">
          <h2 id="group-title" tabindex="-1" data-focus>${fresh ? 'New group' : group?.name || key}</h2>
        </div>
      </header>
      <div class="panel-body">
        ${
          group === undefined && !fresh
            ? picture({ icon: 'missing', title: 'Not there', text: html`No group has the key <code>${key}</code>.` })
            : html`<dw-group-form
                .group=${group}
                .groups=${groups}
                .done=${(saved: string | null) => {
                  this.#read();
                  go(link('groups', saved === null ? [] : [saved]));
                }}
              ></dw-group-form>`
        }
      </div>
    </section>`;
  }

  protected override render(): TemplateResult {
    const open = this.route.subject !== '' || this.#fresh;
    return html`<div class=${open ? 'split open' : 'split'}>
      <section class="split-list" aria-labelledby="view-title">
        <header class="view-head">
          <h1 id="view-title" tabindex="-1" ?data-focus=${!open}>Groups</h1>
          ${
            page.session.can('groups.manage')
              ? html`<a class="button primary" href=${link('groups', [], { new: 'yes' })}>${icon('add')}Add group</a>`
              : nothing
          }
        </header>
        ${this.#groups.show((groups) => this.#table(groups))}
      </section>
      ${open && this.#groups.value !== undefined ? this.#panel(this.#groups.value) : nothing}
    </div>`;
  }
}

customElements.define('dw-groups', GroupsView);
