import type { UserList, UserRecord } from 'doorward';
import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import { openDialog } from '../parts/dialog.ts';
import { icon } from '../parts/icon.ts';
import { Load } from '../parts/load.ts';
import { InsidePart } from '../parts/part.ts';
import { picture } from '../parts/states.ts';
import { page } from '../page.ts';
import { adjust, go, link, type Route } from '../router.ts';
import { ago, initials, statusWords, when } from '../words.ts';
import './user.ts';

const PAGE_SIZE = 50;
/** Rests this long after a keystroke before it asks. */
const TYPING_PAUSE = 200;

/** The list of users, and one of them beside it. */
export class UsersView extends InsidePart {
  static override properties = { route: { attribute: false } };
  declare route: Route;
  readonly #list = new Load<UserList>(this);
  #asked: string | undefined;
  /** Cursors of the pages before this one; '' is the first. Empty after a deep link into the middle. */
  #trail: string[] = [];
  #typing: ReturnType<typeof setTimeout> | undefined;
  /** What is typed and not yet asked for; null: nothing. */
  #typed: string | null = null;
  #stale: ReturnType<typeof setTimeout> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    for (const event of ['userAdded', 'userChanged', 'userRemoved'] as const) {
      this.whileHere(page.door.on(event, this.#changed));
    }
    this.whileHere(() => clearTimeout(this.#stale));
    this.whileHere(() => clearTimeout(this.#typing));
  }

  /** Many changes at once make one new reading. */
  readonly #changed = (): void => {
    clearTimeout(this.#stale);
    this.#stale = setTimeout(() => this.#read(), 100);
  };

  get #search(): string {
    return this.route.query.get('search') ?? '';
  }

  get #after(): string {
    return this.route.query.get('after') ?? '';
  }

  protected override willUpdate(): void {
    const asked = JSON.stringify([this.#search, this.#after]);
    if (asked === this.#asked) return;
    this.#follow();
    this.#asked = asked;
    this.#read();
  }

  /** Keeps the trail right, however the page was reached: by its buttons, the browser's back, or a typed address. */
  #follow(): void {
    const [search, after] = this.#asked === undefined ? [undefined, ''] : (JSON.parse(this.#asked) as [string, string]);
    const known = this.#trail.indexOf(this.#after);
    if (search !== this.#search || this.#after === '') this.#trail = [];
    else if (known >= 0) this.#trail = this.#trail.slice(0, known);
    else if (this.#after === this.#list.value?.next) this.#trail.push(after);
  }

  #read(): void {
    const [search, after] = [this.#search, this.#after];
    void this.#list.run(() =>
      page.session.users.list({
        limit: PAGE_SIZE,
        ...(search === '' ? {} : { search }),
        ...(after === '' ? {} : { after }),
      }),
    );
  }

  #address(name: string, query: { search?: string; after?: string } = {}): string {
    return link('users', [name], { search: this.#search, after: this.#after, ...query });
  }

  readonly #type = (event: InputEvent): void => {
    const search = (event.target as HTMLInputElement).value;
    this.#typed = search;
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => {
      this.#typed = null;
      adjust(link('users', [this.route.subject, this.route.tab], { search }));
    }, TYPING_PAUSE);
  };

  readonly #add = async (): Promise<void> => {
    await import('./user-add.ts');
    const name = await openDialog<string>({
      title: 'Add a user',
      body: (close) => html`<dw-user-add .done=${close}></dw-user-add>`,
    });
    if (name === undefined) return;
    page.say(`${name} was added.`);
    this.#read();
    go(this.#address(name));
  };

  #row(user: UserRecord): TemplateResult {
    const selected = user.name === this.route.subject;
    return html`<tr role="row" class=${selected ? 'selected' : ''}>
      <td role="cell" class="cell-title">
        <div class="person">
          <span class="avatar" aria-hidden="true">${initials(user.displayName || user.name)}</span>
          <span class="who"
            ><a class="row-link" href=${this.#address(user.name)} aria-current=${selected ? 'true' : nothing}
              >${user.name}</a
            >
            ${user.displayName === '' ? nothing : html`<span class="muted">${user.displayName}</span>`}</span
          >
        </div>
      </td>
      <td role="cell" class="cell-status">
        <span class="status ${user.status}">${statusWords[user.status]}</span>
        ${user.admin ? html`<span class="tag accent">admin</span>` : nothing}
      </td>
      <td role="cell" data-label="Groups" class="roomy">
        ${user.groups.length === 0 ? html`<span class="muted">none</span>` : user.groups.join(', ')}
      </td>
      <td role="cell" data-label="Last log-in" class="roomy">
        ${
          user.lastLogin === null
            ? html`<span class="muted">never</span>`
            : html`<time datetime=${new Date(user.lastLogin).toISOString()} title=${when(user.lastLogin)}
                >${ago(user.lastLogin)}</time
              >`
        }
      </td>
    </tr>`;
  }

  #table({ users, next }: UserList): TemplateResult {
    if (users.length === 0) return this.#empty();
    return html`<div class="table-box">
        <table class="table users-table" role="table" aria-label="Users">
          <thead role="rowgroup">
            <tr role="row">
              <th role="columnheader" scope="col">Name</th>
              <th role="columnheader" scope="col">Status</th>
              <th role="columnheader" scope="col" class="roomy">Groups</th>
              <th role="columnheader" scope="col" class="roomy">Last log-in</th>
            </tr>
          </thead>
          <tbody role="rowgroup">
            ${users.map((user) => this.#row(user))}
          </tbody>
        </table>
      </div>
      ${this.#pager(next)}`;
  }

  #empty(): TemplateResult {
    return this.#search === ''
      ? picture({ icon: 'users', title: 'Nobody here', text: 'There are no users on this page.' })
      : picture({ icon: 'missing', title: 'No match', text: html`No login name begins with <q>${this.#search}</q>.` });
  }

  #pager(next: string | undefined): TemplateResult | typeof nothing {
    const first = this.#after === '';
    if (first && next === undefined) return nothing;
    const back = this.#trail.at(-1);
    const target = (after: string) =>
      link('users', [this.route.subject, this.route.tab], { search: this.#search, after });
    return html`<nav class="pager" aria-label="Pages of users">
      ${
        first
          ? html`<span></span>`
          : html`<a class="button" href=${target(back ?? '')}
              >${icon('back')}${back === undefined ? 'First page' : 'Previous'}</a
            >`
      }
      ${this.#trail.length > 0 || first ? html`<span class="muted">Page ${this.#trail.length + 1}</span>` : nothing}
      ${next === undefined ? html`<span></span>` : html`<a class="button" href=${target(next)}>Next${icon('next')}</a>`}
    </nav>`;
  }

  protected override render(): TemplateResult {
    const { subject, tab } = this.route;
    return html`<div class=${subject === '' ? 'split' : 'split open'}>
      <section class="split-list" aria-labelledby="view-title">
        <header class="view-head">
          <h1 id="view-title" tabindex="-1" ?data-focus=${subject === ''}>Users</h1>
          ${
            page.session.can('users.manage')
              ? html`<button type="button" class="button primary" @click=${this.#add}>${icon('add')}Add user</button>`
              : nothing
          }
        </header>
        <search class="search">
          ${icon('search')}
          <input
            type="search"
            aria-label="Search users by the beginning of the login name"
            placeholder="Login name begins with…"
            autocomplete="off"
            autocapitalize="none"
            spellcheck="false"
            .value=${live(this.#typed ?? this.#search)}
            @input=${this.#type}
          />
        </search>
        ${this.#list.show((list) => this.#table(list), 8)}
      </section>
      ${
        subject === ''
          ? nothing
          : html`<dw-user
              class="split-panel"
              .name=${subject}
              .tab=${tab}
              .back=${this.#address('')}
              .query=${this.route.query.toString()}
            ></dw-user>`
      }
    </div>`;
  }
}

customElements.define('dw-users', UsersView);
