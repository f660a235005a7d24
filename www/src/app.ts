import { html, nothing, type TemplateResult } from 'lit';
import { html as staticHtml, literal } from 'lit/static-html.js';
import { modeLabel, modeOf } from './door.ts';
import { workOffline } from './offline.ts';
import { page } from './page.ts';
import { icon, mark, type IconName } from './parts/icon.ts';
import { fetched, Load } from './parts/load.ts';
import { Part } from './parts/part.ts';
import { picture } from './parts/states.ts';
import './parts/toast.ts';
import { link, parse, titleOf, type Route, type ViewName } from './router.ts';

type Shown = Exclude<ViewName, 'missing'> | 'login' | 'setup';

const VIEWS = {
  users: { tag: literal`dw-users`, load: () => import('./views/users.ts') },
  groups: { tag: literal`dw-groups`, load: () => import('./views/groups.ts') },
  audit: { tag: literal`dw-audit`, load: () => import('./views/audit.ts') },
  me: { tag: literal`dw-me`, load: () => import('./views/me.ts') },
  settings: { tag: literal`dw-settings`, load: () => import('./views/settings.ts') },
  login: { tag: literal`dw-login`, load: () => import('./views/login.ts') },
  setup: { tag: literal`dw-setup`, load: () => import('./views/setup.ts') },
} satisfies Record<Shown, unknown>;

interface NavItem {
  view: Exclude<ViewName, 'missing'>;
  label: string;
  icon: IconName;
  /** Shown to those who hold it. */
  scope?: string;
}

const NAV: readonly NavItem[] = [
  { view: 'users', label: 'Users', icon: 'users', scope: 'users.read' },
  { view: 'groups', label: 'Groups', icon: 'groups', scope: 'groups.read' },
  { view: 'audit', label: 'Audit', icon: 'audit', scope: 'audit.read' },
  { view: 'me', label: 'Account', icon: 'me' },
  { view: 'settings', label: 'Settings', icon: 'settings' },
];

/** The frame of the page: it opens the door, follows the address and shows the view. */
export class App extends Part {
  readonly #opening = new Load<true>(this);
  readonly #view = new Load<Shown>(this);
  #route: Route = parse(location.hash);
  /** What had the focus last: a move within one view and subject leaves it alone. */
  #focused = '';
  #inside = false;

  override connectedCallback(): void {
    super.connectedCallback();
    const follow = () => this.#follow();
    window.addEventListener('hashchange', follow);
    this.whileHere(() => window.removeEventListener('hashchange', follow));
    this.whileHere(page.on('session', follow));
    this.whileHere(page.on('reach', () => this.requestUpdate()));
    const recover = () => this.#recover();
    window.addEventListener('online', recover);
    this.whileHere(() => window.removeEventListener('online', recover));
    void this.#open();
  }

  /** The network is back: asks the server, so that the banner goes. */
  #recover(): void {
    if (!page.unreachable || !page.signedIn) return;
    page.session.refresh().then(
      () => page.reached(),
      (error: unknown) => page.concerns(error),
    );
  }

  async #open(): Promise<void> {
    await this.#opening.run(async () => {
      const mode = modeOf(location.search);
      await page.open(mode);
      workOffline(mode);
      return true;
    });
    if (this.#opening.value !== undefined) this.#follow();
  }

  #follow(): void {
    if (this.#opening.value === undefined) return;
    this.#route = parse(location.hash);
    // Who may not read the users starts with the own account; the address of the users itself still shows the refusal.
    if (page.signedIn && /^#?\/?$/.test(location.hash) && !page.session.can('users.read')) this.#route = parse('#/me');
    const shown = this.#wanted();
    // Over the border of the log-in nothing of the other side stays on view.
    const crossed = this.#inside !== page.signedIn;
    this.#inside = page.signedIn;
    const load = async (): Promise<Shown> => {
      if (shown !== undefined) await fetched(VIEWS[shown].load());
      return shown ?? 'settings';
    };
    void this.#view.run(load, crossed).then((last) => (last ? this.#arrive() : undefined));
  }

  /** The view that is due; undefined where the address leads nowhere. */
  #wanted(): Shown | undefined {
    if (!page.signedIn) return page.door.needsSetup ? 'setup' : 'login';
    return this.#route.view === 'missing' ? undefined : this.#route.view;
  }

  /** Title and focus, as a browser would set them on a new document. */
  async #arrive(): Promise<void> {
    const shown = this.#wanted();
    const title = shown === 'login' ? 'Log in' : shown === 'setup' ? 'Set up' : titleOf(this.#route);
    document.title = `${title} – Doorward`;
    const place = JSON.stringify([shown, page.signedIn ? titleOf(this.#route) : '']);
    const first = this.#focused === '';
    if (place === this.#focused) return;
    this.#focused = place;
    // All parts below render in microtasks; after those the headings are there.
    await new Promise((resolve) => setTimeout(resolve));
    if (shown === 'login' || shown === 'setup')
      this.querySelector<HTMLElement>('main input:not([type=checkbox])')?.focus();
    else if (!first) {
      const heading = [...this.querySelectorAll<HTMLElement>('[data-focus]')].at(-1);
      heading?.focus();
    }
  }

  readonly #skip = (event: Event): void => {
    // Not by its href: the hash is the route.
    event.preventDefault();
    this.querySelector<HTMLElement>('#main')?.focus();
  };

  #nav(): TemplateResult {
    const { me } = page.session;
    return html`<header class="rail">
      <a class="brand" href="#/" aria-label="Doorward, start">${mark()}<span>Doorward</span></a>
      <nav class="rail-nav" aria-label="Main">
        ${NAV.filter(({ scope }) => scope === undefined || page.session.can(scope)).map(
          ({ view, label, icon: name }) =>
            html`<a href=${link(view)} aria-current=${this.#route.view === view ? 'page' : nothing}
              >${icon(name)}<span>${label}</span></a
            >`,
        )}
      </nav>
      <p class="rail-foot">
        <span class="rail-me">${me.displayName || me.name}</span>
        <span class="mode">${modeLabel(page.mode)}</span>
      </p>
    </header>`;
  }

  #main(): unknown {
    return this.#view.show((shown) => {
      if (this.#wanted() === undefined) {
        return html`<h1 class="unseen" tabindex="-1" data-focus>Not found</h1>
          ${picture({
            icon: 'missing',
            title: 'No such page',
            text: 'The address leads nowhere.',
            action: html`<a class="button" href="#/">Go to the start</a>`,
          })}`;
      }
      if (page.signedIn === (shown === 'login' || shown === 'setup')) return nothing;
      const { tag } = VIEWS[shown];
      return staticHtml`<${tag} .route=${this.#route}></${tag}>`;
    });
  }

  protected override render(): TemplateResult {
    if (this.#opening.value === undefined)
      return html`<main class="gate-main">${this.#opening.show(() => nothing, 4)}</main>`;
    const inside = page.signedIn;
    return html`<a class="skip" href="#main" @click=${this.#skip}>Skip to the content</a>
      <div class=${inside ? 'frame' : 'frame bare'}>
        ${inside ? this.#nav() : nothing}
        <main id="main" tabindex="-1" class=${inside ? 'main' : 'gate-main'}>
          ${
            page.unreachable
              ? html`<p class="banner" role="status">
                  ${icon('offline')}The server cannot be reached. What you see may be old.
                </p>`
              : nothing
          }
          ${this.#main()}
        </main>
      </div>
      <dw-toast></dw-toast>`;
  }
}

customElements.define('dw-app', App);
