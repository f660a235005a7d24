import type { UserDetails } from 'doorward';
import { html, nothing, type TemplateResult } from 'lit';
import { confirm, openDialog } from '../parts/dialog.ts';
import { icon } from '../parts/icon.ts';
import { fetched, Load } from '../parts/load.ts';
import { InsidePart } from '../parts/part.ts';
import '../parts/password-form.ts';
import '../parts/profile-form.ts';
import { page } from '../page.ts';
import { go, tabsOf } from '../router.ts';
import { ago, codeOf, sentence, statusWords, when } from '../words.ts';

/** What the tabs need beyond this file. */
const PARTS: Readonly<Record<string, () => Promise<unknown>>> = {
  rights: () => import('../parts/rights-editor.ts'),
  tokens: () => import('../parts/token-list.ts'),
  sites: () => import('../parts/site-list.ts'),
  settings: () => import('../parts/settings-editor.ts'),
};

/** One user: profile, rights, tokens, settings. */
export class UserView extends InsidePart {
  static override properties = { name: {}, tab: {}, back: {}, query: {} };
  declare name: string;
  declare tab: string;
  /** The address of the list as it stood. */
  declare back: string;
  declare query: string;
  readonly #user = new Load<UserDetails>(this);
  readonly #part = new Load<true>(this);
  readonly #factor = new Load<boolean>(this);
  #gone = false;

  override connectedCallback(): void {
    super.connectedCallback();
    const reread = (event: { name: string }) => {
      if (event.name === this.name) this.#read();
    };
    this.whileHere(page.door.on('userChanged', reread));
    this.whileHere(page.door.on('settingsChanged', reread));
    this.whileHere(
      page.door.on('userRemoved', (event) => {
        if (event.name !== this.name || this.#gone) return;
        page.say(`${event.name} was deleted by somebody else.`, 'info');
        go(this.back);
      }),
    );
  }

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has('name')) this.#read(true);
    if (changed.has('tab')) {
      const load = PARTS[this.tab];
      void this.#part.run(async () => load === undefined || fetched(load()), true);
    }
  }

  #read(fresh = false): void {
    const { name } = this;
    void this.#user.run(() => page.session.users.get(name), fresh);
    void this.#factor.run(async () => (await page.session.secondFactor.get({ user: name })).active, fresh);
  }

  async #do(work: () => Promise<unknown>, done: string): Promise<boolean> {
    try {
      await work();
      page.say(done);
      return true;
    } catch (error) {
      if (!page.concerns(error)) page.say(sentence(error), 'error');
      return false;
    }
  }

  async #setStatus(user: UserDetails, status: UserDetails['status']): Promise<void> {
    const words = { active: 'active again', locked: 'locked', disabled: 'disabled' }[status];
    await this.#do(() => page.session.users.edit(user.name, { status }), `${user.name} is ${words}.`);
    this.#read();
  }

  async #delete(user: UserDetails): Promise<void> {
    const sure = await confirm({
      title: `Delete ${user.name}?`,
      text: html`The account
        <strong>${user.name}</strong>${user.displayName === '' ? nothing : html` (${user.displayName})`}, its tokens and
        its links are removed for good.`,
      action: `Delete ${user.name}`,
    });
    if (!sure) return;
    this.#gone = true;
    if (await this.#do(() => page.session.users.remove(user.name), `${user.name} was deleted.`)) go(this.back);
    this.#gone = false;
  }

  async #password(user: UserDetails): Promise<void> {
    await openDialog({
      title: `Password of ${user.name}`,
      body: (close) => html`<dw-password-form .user=${user.name} .done=${() => close()}></dw-password-form>`,
    });
    this.#read();
  }

  async #removeFactor(user: UserDetails): Promise<void> {
    const sure = await confirm({
      title: `Remove the second factor of ${user.name}?`,
      text: 'The password alone lets in then: do this only where the authenticator is lost.',
      action: 'Remove the second factor',
    });
    if (!sure) return;
    const work = () => page.session.secondFactor.remove({ user: user.name });
    await this.#do(work, `The second factor of ${user.name} was removed.`);
    this.#read();
  }

  #address(tab: string): string {
    const path = ['users', this.name, tab]
      .filter((part) => part !== '')
      .map(encodeURIComponent)
      .join('/');
    return `#/${path}${this.query === '' ? '' : `?${this.query}`}`;
  }

  #actions(user: UserDetails): TemplateResult | typeof nothing {
    if (!page.session.can('users.manage')) return nothing;
    return html`<div class="actions start">
      <button type="button" class="button" @click=${() => this.#password(user)}>
        ${user.hasPassword ? 'Change password' : 'Set a password'}
      </button>
      ${
        user.status === 'active'
          ? html`<button type="button" class="button" @click=${() => this.#setStatus(user, 'locked')}>Lock</button>
              <button type="button" class="button" @click=${() => this.#setStatus(user, 'disabled')}>Disable</button>`
          : html`<button type="button" class="button" @click=${() => this.#setStatus(user, 'active')}>
              ${user.status === 'locked' ? 'Unlock' : 'Enable'}
            </button>`
      }
      ${
        this.#factor.value === true && user.id !== page.session.me.id
          ? html`<button type="button" class="button danger-text" @click=${() => this.#removeFactor(user)}>
              Remove second factor
            </button>`
          : nothing
      }
      <button type="button" class="button danger-text" @click=${() => this.#delete(user)}>
        ${icon('trash')}Delete
      </button>
    </div>`;
  }

  #profile(user: UserDetails): TemplateResult {
    return html`${this.#actions(user)}
      <dw-profile-form .user=${user} .changed=${() => this.#read()}></dw-profile-form>
      <h3>Account</h3>
      <dl class="facts">
        <div>
          <dt>Id</dt>
          <dd>${user.id}</dd>
        </div>
        <div>
          <dt>Password</dt>
          <dd>${user.hasPassword ? 'set' : 'none: no log-in by password'}</dd>
        </div>
        <div>
          <dt>Second factor</dt>
          <dd>${this.#factor.value === undefined ? nothing : this.#factor.value ? 'on' : 'none'}</dd>
        </div>
        <div>
          <dt>Last log-in</dt>
          <dd>${user.lastLogin === null ? 'never' : when(user.lastLogin)}</dd>
        </div>
        <div>
          <dt>Failed log-ins since</dt>
          <dd>${user.failedLogins}</dd>
        </div>
        <div>
          <dt>Created</dt>
          <dd>${when(user.created)}</dd>
        </div>
        <div>
          <dt>Changed</dt>
          <dd>${ago(user.updated)}</dd>
        </div>
      </dl>`;
  }

  #content(user: UserDetails): TemplateResult {
    switch (this.tab) {
      case 'rights':
        return html`<dw-rights-editor .user=${user} .changed=${() => this.#read()}></dw-rights-editor>`;
      case 'tokens':
        return html`<dw-token-list .user=${user.name}></dw-token-list>`;
      case 'sites':
        return html`<dw-site-list .user=${user.name}></dw-site-list>`;
      case 'settings':
        return html`<dw-settings-editor .user=${user.name}></dw-settings-editor>`;
      default:
        return this.#profile(user);
    }
  }

  protected override render(): TemplateResult {
    const user = this.#user.value;
    return html`<section class="panel" aria-labelledby="user-title">
      <header class="panel-head">
        <a class="button quiet square" href=${this.back} aria-label="Back to the list"> ${icon('back')} </a>
        <div class="panel-title">
          <h2 id="user-title" tabindex="-1" data-focus>${this.name}</h2>
          ${
            user === undefined || codeOf(this.#user.error) !== ''
              ? nothing
              : html`<p>
                  ${user.displayName === '' ? nothing : html`<span class="muted">${user.displayName}</span>`}
                  <span class="status ${user.status}">${statusWords[user.status]}</span>
                  ${user.admin ? html`<span class="tag accent">admin</span>` : nothing}
                </p>`
          }
        </div>
      </header>
      <nav class="tabs" aria-label="Parts of ${this.name}">
        ${tabsOf('users').map(
          ([tab, title]) =>
            html`<a href=${this.#address(tab)} aria-current=${tab === this.tab ? 'page' : nothing}>${title}</a>`,
        )}
      </nav>
      <div class="panel-body">${this.#user.show((value) => this.#part.show(() => this.#content(value)))}</div>
    </section>`;
  }
}

customElements.define('dw-user', UserView);
