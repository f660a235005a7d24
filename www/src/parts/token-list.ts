import type { TokenRecord } from 'doorward';
import { html, nothing, type TemplateResult } from 'lit';
import { page } from '../page.ts';
import { ago, kindWords, sentence, when } from '../words.ts';
import { confirm, openDialog } from './dialog.ts';
import { icon } from './icon.ts';
import { Load } from './load.ts';
import { picture } from './states.ts';
import './token-form.ts';
import { UserList } from './user-list.ts';

/** The tokens of a user: create, look, revoke. */
export class TokenList extends UserList {
  readonly #tokens = new Load<TokenRecord[]>(this);

  constructor() {
    super(100);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    for (const event of ['tokenAdded', 'tokenRevoked'] as const) {
      this.whileHere(page.door.on(event, ({ user }) => user === this.user && this.read()));
    }
  }

  protected override read(fresh = false): void {
    const { user } = this;
    void this.#tokens.run(async () => (await page.session.tokens.list({ user })).tokens, fresh);
  }

  readonly #create = async (): Promise<void> => {
    const made = await openDialog<{ name: string; value: string }>({
      title: `New token for ${this.user}`,
      body: (close) => html`<dw-token-form .user=${this.user} .done=${close}></dw-token-form>`,
    });
    if (made !== undefined) await this.#showValue(`The token ${made.name}`, made.value);
    this.read();
  };

  readonly #generate = async (): Promise<void> => {
    const replaces = this.#tokens.value?.some((token) => token.primary) === true;
    const sure =
      !replaces ||
      (await confirm({
        title: 'Replace the API key?',
        text: `The present API key of ${this.user} stops working at once.`,
        action: 'Replace the key',
      }));
    if (!sure) return;
    await this.#do(async () => {
      const { apikey } = await page.session.users.generateApiKey(this.user);
      await this.#showValue(`The API key of ${this.user}`, apikey);
    });
  };

  async #showValue(title: string, value: string): Promise<void> {
    await openDialog({
      title,
      sticky: true,
      body: (close) => html`<dw-token-value .value=${value} .done=${close}></dw-token-value>`,
    });
  }

  async #revoke(token: TokenRecord): Promise<void> {
    const sure = await confirm({
      title: 'Revoke this token?',
      text: token.current
        ? 'It is the session you are using: you will be signed out.'
        : `${kindWords[token.kind]} ${token.name || `number ${token.number}`} of ${this.user} stops working at once.`,
      action: 'Revoke',
    });
    if (!sure) return;
    await this.#do(async () => {
      await page.session.tokens.revoke(token.id);
      page.say('The token was revoked.');
      if (token.current) await page.session.refresh();
    });
  }

  readonly #revokeAll = async (): Promise<void> => {
    const own = this.user === page.session.me.name;
    const sure = await confirm({
      title: `Revoke all tokens of ${this.user}?`,
      text: own
        ? 'All your keys and sessions stop working at once, this one included: you will be signed out.'
        : `All keys and sessions of ${this.user} stop working at once.`,
      action: 'Revoke all',
    });
    if (!sure) return;
    await this.#do(async () => {
      const { removed } = await page.session.tokens.revoke('*', { user: this.user });
      page.say(removed === 1 ? 'One token was revoked.' : `${removed} tokens were revoked.`);
      if (own) await page.session.refresh();
    });
  };

  async #do(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (page.concerns(error)) return;
      page.say(sentence(error), 'error');
    }
    if (page.signedIn && this.isConnected) this.read();
  }

  #row(token: TokenRecord): TemplateResult {
    const name = token.name || `${kindWords[token.kind]} ${token.number}`;
    const expired = token.expires !== null && token.expires <= Date.now();
    return html`<tr role="row">
      <td role="cell" class="cell-title">
        ${name} ${token.current ? html`<span class="tag accent">this session</span>` : nothing}
        ${token.primary ? html`<span class="tag">the API key</span>` : nothing}
      </td>
      <td role="cell" data-label="Kind">${kindWords[token.kind]}</td>
      <td role="cell" data-label="Scopes">
        ${
          token.scopes === null
            ? html`<span class="muted">as ${token.user}</span>`
            : html`<span class="codes">${token.scopes.map((scope) => html`<code>${scope}</code> `)}</span>`
        }
      </td>
      <td role="cell" data-label="Last used">
        ${
          token.lastUsed === null
            ? html`<span class="muted">never</span>`
            : html`<time datetime=${new Date(token.lastUsed).toISOString()} title=${when(token.lastUsed)}
                >${ago(token.lastUsed)}</time
              >`
        }
      </td>
      <td role="cell" data-label="Expires">
        ${
          token.expires === null
            ? html`<span class="muted">never</span>`
            : html`<time datetime=${new Date(token.expires).toISOString()} title=${when(token.expires)}
                  >${ago(token.expires)}</time
                >
                ${expired ? html`<span class="tag warn">expired</span>` : nothing}`
        }
      </td>
      <td role="cell" class="cell-action">
        <button type="button" class="button small" aria-label="Revoke ${name}" @click=${() => this.#revoke(token)}>
          Revoke
        </button>
      </td>
    </tr>`;
  }

  #table(tokens: readonly TokenRecord[]): TemplateResult {
    if (tokens.length === 0) {
      return picture({
        icon: 'key',
        title: 'No tokens',
        text: 'A token lets a program or a device in without the password.',
      });
    }
    // The newest first: it is the one that somebody has just made.
    const rows = [...tokens].reverse();
    return html`<div class="table-box">
        <table class="table" role="table" aria-label="Tokens of ${this.user}">
          <thead role="rowgroup">
            <tr role="row">
              ${['Name', 'Kind', 'Scopes', 'Last used', 'Expires'].map((head) => html`<th role="columnheader" scope="col">${head}</th>`)}
              <th role="columnheader" scope="col"><span class="unseen">Actions</span></th>
            </tr>
          </thead>
          <tbody role="rowgroup">
            ${rows.slice(0, this.shown).map((token) => this.#row(token))}
          </tbody>
        </table>
      </div>
      ${this.more(rows.length)}`;
  }

  protected override render(): TemplateResult {
    return html`<div class="actions start">
        <button type="button" class="button primary" @click=${this.#create}>${icon('add')}New token</button>
        <button type="button" class="button" @click=${this.#generate}>${icon('key')}API key</button>
        ${
          (this.#tokens.value?.length ?? 0) > 0
            ? html`<button type="button" class="button danger-text" @click=${this.#revokeAll}>Revoke all</button>`
            : nothing
        }
      </div>
      ${this.#tokens.show((tokens) => this.#table(tokens), 3)}`;
  }
}

customElements.define('dw-token-list', TokenList);
