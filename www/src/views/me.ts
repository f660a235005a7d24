import type { UserDetails } from 'doorward';
import { html, nothing, type TemplateResult } from 'lit';
import { fetched, Load } from '../parts/load.ts';
import { InsidePart } from '../parts/part.ts';
import '../parts/password-form.ts';
import '../parts/profile-form.ts';
import { reachWords } from '../parts/rights-list.ts';
import { page } from '../page.ts';
import { link, tabsOf, type Route } from '../router.ts';
import { kindWords, when } from '../words.ts';

/** What the tabs need beyond this file. */
const PARTS: Readonly<Record<string, () => Promise<unknown>>> = {
  tokens: () => import('../parts/token-list.ts'),
  sites: () => import('../parts/site-list.ts'),
  'second-factor': () => import('../parts/second-factor.ts'),
};

/** One's own account: profile, rights of this credential, tokens, password. */
export class MeView extends InsidePart {
  static override properties = { route: { attribute: false } };
  declare route: Route;
  readonly #user = new Load<UserDetails>(this);
  readonly #part = new Load<true>(this);

  override connectedCallback(): void {
    super.connectedCallback();
    this.whileHere(page.door.on('userChanged', ({ id }) => page.signedIn && id === page.session.me.id && this.#read()));
    this.#read();
  }

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (!changed.has('route')) return;
    const load = PARTS[this.route.tab];
    void this.#part.run(async () => load === undefined || fetched(load()), true);
  }

  #read(): void {
    void this.#user.run(async () => {
      await page.session.refresh();
      return page.session.users.get(page.session.me.name);
    });
  }

  #rights(): TemplateResult {
    const { me } = page.session;
    return html`<h2>What you may do</h2>
      <p class="summary">
        You are signed in by a
        ${kindWords[me.token.kind].toLowerCase()}${me.token.name === '' ? nothing : html`, <q>${me.token.name}</q>`},
        since ${when(me.token.created)}${me.token.expires === null ? '' : `, until ${when(me.token.expires)}`}.
        ${me.admin ? html`<span class="tag accent">Administrator</span>` : nothing}
      </p>
      <ul class="rights" aria-label="Effective scopes">
        ${me.scopes.map(
          (scope) =>
            html`<li>
              <code>${scope}</code>
              <span class="why">${page.door.scopes.find((one) => one.name === scope)?.description ?? ''}</span>
            </li>`,
        )}
      </ul>
      <h3>Reach</h3>
      ${reachWords(me.reach)}
      <h3>Check a right</h3>
      <dw-may-ask
        .who=${'I'}
        .explain=${(scope: string, resource: { kind: string; id: string } | null) =>
          page.session.explain(scope, resource ?? undefined)}
      ></dw-may-ask>`;
  }

  #content(): unknown {
    switch (this.route.tab) {
      case 'rights':
        return this.#rights();
      case 'tokens':
        return html`<h2>Your tokens</h2>
          ${this.#part.show(() => html`<dw-token-list .user=${page.session.me.name}></dw-token-list>`)}`;
      case 'sites':
        return html`<h2>Your sites</h2>
          ${this.#part.show(() => html`<dw-site-list .user=${page.session.me.name}></dw-site-list>`)}`;
      case 'second-factor':
        return html`${this.#part.show(() => html`<dw-second-factor class="narrow"></dw-second-factor>`, 2)}`;
      case 'password':
        return html`<h2>Your password</h2>
          <p class="hint">Depending on the rules, your other sessions and keys end with the change.</p>
          <dw-password-form class="narrow" .user=${page.session.me.name}></dw-password-form>`;
      default:
        return html`<h2>Profile</h2>
          ${this.#user.show((user) => html`<dw-profile-form .user=${user} .changed=${() => this.#read()}></dw-profile-form>`)}`;
    }
  }

  protected override render(): TemplateResult {
    const { me } = page.session;
    return html`<section aria-labelledby="view-title" class="column">
      <header class="view-head">
        <h1 id="view-title" tabindex="-1" data-focus>My account</h1>
        <span class="muted">${me.displayName || me.name}</span>
      </header>
      <nav class="tabs" aria-label="Parts of my account">
        ${tabsOf('me').map(
          ([tab, title]) =>
            html`<a href=${link('me', [tab])} aria-current=${tab === this.route.tab ? 'page' : nothing}>${title}</a>`,
        )}
      </nav>
      <div class="tab-body">${this.#content()}</div>
    </section>`;
  }
}

customElements.define('dw-me', MeView);
