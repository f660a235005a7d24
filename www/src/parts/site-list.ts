import type { LinkRecord, ResourceRecord } from 'doorward';
import { html, nothing, type TemplateResult } from 'lit';
import { page } from '../page.ts';
import { codeOf } from '../words.ts';
import { Load } from './load.ts';
import { picture } from './states.ts';
import { UserList } from './user-list.ts';

/** A site a user is linked to; the record is null where there is none of that id, or none that one may see. */
interface Site {
  link: LinkRecord;
  record: ResourceRecord | null;
}

/** What the levels of VRM mean; they have no order. */
const LEVELS: Readonly<Record<number, string>> = { 0: 'Looking only', 1: 'Full control', 2: 'Technician' };

function levelWords({ link, record }: Site): string {
  if (link.level === null) return record?.owner === link.user ? 'Full control' : 'Looking only';
  return LEVELS[link.level] ?? `Level ${link.level}`;
}

async function read(user: string): Promise<Site[]> {
  const { links } = await page.session.links.list({ user });
  const sites = links.filter(({ kind }) => kind === 'site');
  // Numbers in their order, whatever is no number behind them.
  sites.sort((a, b) => Number(a.id) - Number(b.id) || a.id.localeCompare(b.id));
  return sites.map((link) => ({ link, record: null }));
}

async function recordOf(id: string): Promise<ResourceRecord | null> {
  try {
    return await page.session.resources.get('site', id);
  } catch (error) {
    if (['notFound', 'denied'].includes(codeOf(error))) return null;
    throw error;
  }
}

/** The sites of a user (VRM's installations), with what he may do there. */
export class SiteList extends UserList {
  readonly #sites = new Load<Site[]>(this);

  constructor() {
    super(50);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.whileHere(page.door.on('linkChanged', ({ user }) => user === this.user && this.read()));
    this.whileHere(page.door.on('resourceChanged', ({ kind }) => kind === 'site' && this.read()));
  }

  protected override read(fresh = false): void {
    const { user } = this;
    const shown = this.shown;
    void this.#sites.run(async () => {
      const sites = await read(user);
      const known = await Promise.all(sites.slice(0, shown).map(({ link }) => recordOf(link.id)));
      return sites.map(({ link }, at) => ({ link, record: known[at] ?? null }));
    }, fresh);
  }

  #row(site: Site): TemplateResult {
    const { link, record } = site;
    const identifier = record?.data?.['identifier'];
    return html`<tr role="row">
      <td role="cell" class="cell-title">
        ${record?.name ?? html`<span class="muted">not there</span>`}
        ${record?.owner === this.user ? html`<span class="tag accent">owner</span>` : nothing}
      </td>
      <td role="cell" data-label="Id">${link.id}</td>
      <td role="cell" data-label="Gateway">
        ${typeof identifier === 'string' ? html`<code>${identifier}</code>` : html`<span class="muted">unknown</span>`}
      </td>
      <td role="cell" data-label="Access">${levelWords(site)}</td>
    </tr>`;
  }

  #table(sites: readonly Site[]): TemplateResult {
    if (sites.length === 0) {
      return picture({ icon: 'groups', title: 'No sites', text: `${this.user} is linked to no installation.` });
    }
    return html`<div class="table-box">
        <table class="table" role="table" aria-label="Sites of ${this.user}">
          <thead role="rowgroup">
            <tr role="row">
              ${['Name', 'Id', 'Gateway', 'Access'].map((head) => html`<th role="columnheader" scope="col">${head}</th>`)}
            </tr>
          </thead>
          <tbody role="rowgroup">
            ${sites.slice(0, this.shown).map((site) => this.#row(site))}
          </tbody>
        </table>
      </div>
      ${this.more(sites.length)}`;
  }

  /** Those that come into sight have no records yet. */
  protected override grown(): void {
    this.read();
  }

  protected override render(): TemplateResult {
    return html`${this.#sites.show((sites) => this.#table(sites), 3)}`;
  }
}

customElements.define('dw-site-list', SiteList);
