import { html, nothing } from 'lit';
import { page, type Tone } from '../page.ts';
import { icon } from './icon.ts';
import { Part } from './part.ts';

const STAYS = 7000;

/** The page's status line: one message at a time, read out by screen readers. */
export class Toast extends Part {
  #message: { text: string; tone: Tone } | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.whileHere(page.on('say', (message) => this.#show(message)));
    this.whileHere(() => clearTimeout(this.#timer));
  }

  #show(message: { text: string; tone: Tone }): void {
    this.#message = message;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#hide, STAYS);
    this.requestUpdate();
  }

  readonly #hide = (): void => {
    // Not while somebody is on its button: the focus would fall out of the page.
    if (this.contains(document.activeElement)) return;
    this.#message = null;
    this.requestUpdate();
  };

  readonly #dismiss = (): void => {
    this.#message = null;
    this.requestUpdate();
    document.querySelector<HTMLElement>('#main')?.focus();
  };

  protected override render() {
    const message = this.#message;
    return html`<div class="toasts" role="status" aria-live="polite">
      ${
        message === null
          ? nothing
          : html`<div class="toast ${message.tone}">
              ${icon(message.tone === 'error' ? 'error' : 'check')}<span>${message.text}</span>
              <button type="button" class="button quiet square" aria-label="Dismiss" @click=${this.#dismiss}>
                ${icon('close')}
              </button>
            </div>`
      }
    </div>`;
  }
}

customElements.define('dw-toast', Toast);
