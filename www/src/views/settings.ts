import { html, type TemplateResult } from 'lit';
import { confirm } from '../parts/dialog.ts';
import { icon } from '../parts/icon.ts';
import { InsidePart } from '../parts/part.ts';
import { modeLabel } from '../door.ts';
import { page } from '../page.ts';
import { go } from '../router.ts';
import { applyScheme, currentScheme, type Scheme } from '../scheme.ts';
import { sentence } from '../words.ts';

const SCHEMES: readonly (readonly [Scheme, string])[] = [
  ['auto', 'As the system'],
  ['light', 'Light'],
  ['dark', 'Dark'],
];

/** Settings of the page itself, and the way out. */
export class SettingsView extends InsidePart {
  readonly #signOut = async (): Promise<void> => {
    try {
      await page.signOut();
      // Who logs in next starts afresh.
      go('#/');
    } catch (error) {
      if (!page.concerns(error)) page.say(sentence(error), 'error');
    }
  };

  readonly #everywhere = async (): Promise<void> => {
    const sure = await confirm({
      title: 'Sign out everywhere?',
      text: 'All your sessions and keys are revoked, on every device, this one included.',
      action: 'Sign out everywhere',
    });
    if (!sure) return;
    try {
      await page.session.tokens.revoke('*');
      await page.signOut();
      go('#/');
    } catch (error) {
      if (!page.concerns(error)) page.say(sentence(error), 'error');
    }
  };

  protected override render(): TemplateResult {
    const here = page.mode.kind === 'page';
    return html`<section aria-labelledby="view-title" class="column">
      <header class="view-head"><h1 id="view-title" tabindex="-1" data-focus>Settings</h1></header>
      <fieldset class="radios">
        <legend>Colours</legend>
        ${SCHEMES.map(
          ([scheme, words]) =>
            html`<label class="check">
              <input
                type="radio"
                name="scheme"
                .checked=${currentScheme() === scheme}
                @change=${() => applyScheme(scheme)}
              /><span>${words}</span>
            </label>`,
        )}
      </fieldset>
      <h2>Where the data are</h2>
      <dl class="facts">
        <div>
          <dt>Store</dt>
          <dd>${modeLabel(page.mode)}</dd>
        </div>
        <div>
          <dt>Rules</dt>
          <dd>preset <code>${page.door.policy}</code></dd>
        </div>
      </dl>
      <p class="hint">
        ${
          here
            ? html`The rules run in this page, with no server. Clearing this site's data in the browser removes all
                users. <a href="./">Use the server of this page</a> instead.`
            : html`The rules run on the server that serves this page.
                <a href="./?store=indexeddb">Use this page without a server</a>: with users of its own, kept in this
                browser.`
        }
      </p>
      <h2>Session</h2>
      <div class="actions start">
        <button type="button" class="button" @click=${this.#signOut}>${icon('out')}Sign out</button>
        <button type="button" class="button danger-text" @click=${this.#everywhere}>Sign out everywhere</button>
      </div>
    </section>`;
  }
}

customElements.define('dw-settings', SettingsView);
