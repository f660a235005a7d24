import { html, render, type TemplateResult } from 'lit';
import { page } from '../page.ts';
import { icon } from './icon.ts';

let dialogs = 0;

interface DialogOptions<T> {
  title: string;
  body: (close: (result?: T) => void) => TemplateResult;
  /** Escape does not close it: what it shows is shown once. */
  sticky?: boolean;
  wide?: boolean;
}

/** A modal dialog. Resolves with what it was closed with, or undefined; the focus goes back to where it was. */
export function openDialog<T>({ title, body, sticky = false, wide = false }: DialogOptions<T>): Promise<T | undefined> {
  const opener = document.activeElement;
  const dialog = document.createElement('dialog');
  const id = `dialog${++dialogs}`;
  dialog.setAttribute('aria-labelledby', id);
  dialog.className = wide ? 'dialog wide' : 'dialog';
  return new Promise((resolve) => {
    // Runs once, and with the call that closes: the event comes later, and what was shown once would stay in the page till then.
    const end = (value?: T) => {
      if (!dialog.isConnected) return;
      window.removeEventListener('hashchange', leave);
      stay();
      render(html``, dialog);
      dialog.remove();
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
      resolve(value);
    };
    const close = (value?: T) => {
      dialog.close();
      end(value);
    };
    render(
      html`<header class="dialog-head">
          <h2 id=${id}>${title}</h2>
          <button type="button" class="button quiet square" aria-label="Close" @click=${() => close()}>
            ${icon('close')}
          </button>
        </header>
        <div class="dialog-body">${body(close)}</div>`,
      dialog,
    );
    dialog.addEventListener('cancel', (event) => {
      if (sticky) event.preventDefault();
    });
    // The browser's back button leaves the dialog's page, and the end of the session its ground: the dialog goes as well.
    const leave = () => close();
    window.addEventListener('hashchange', leave);
    const stay = page.on('session', leave);
    dialog.addEventListener('close', () => end());
    document.body.append(dialog);
    dialog.showModal();
  });
}

interface ConfirmOptions {
  title: string;
  text: unknown;
  /** What the button does, as a verb with its object. */
  action: string;
}

/** Asks before something that cannot be undone. */
export async function confirm({ title, text, action }: ConfirmOptions): Promise<boolean> {
  const answer = await openDialog<boolean>({
    title,
    body: (close) =>
      html`<p>${text}</p>
        <div class="actions">
          <button type="button" class="button" autofocus @click=${() => close(false)}>Cancel</button>
          <button type="button" class="button danger" @click=${() => close(true)}>${action}</button>
        </div>`,
  });
  return answer === true;
}
