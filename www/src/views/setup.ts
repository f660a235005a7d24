import { html, nothing, type TemplateResult } from 'lit';
import { formError, submitButton, textField } from '../parts/field.ts';
import { FieldError, Form, filled, text } from '../parts/form.ts';
import { mark } from '../parts/icon.ts';
import { Part } from '../parts/part.ts';
import { passwordField } from '../parts/password.ts';
import { modeLabel } from '../door.ts';
import { page } from '../page.ts';
import { codeOf } from '../words.ts';
import { deviceName, staySignedIn } from './login.ts';

/** Asks the browser not to clear the accounts away when the disk gets full. A refusal changes nothing. */
async function keepStorage(): Promise<void> {
  await navigator.storage?.persist?.().catch(() => false);
}

/** First run: makes the first administrator. */
export class SetupView extends Part {
  readonly #form = new Form(this, ['name', 'password', 'repeat', 'displayName', 'email']);
  #done = false;

  readonly #send = this.#form.submit(async (data) => {
    const name = filled(data, 'name', 'the login name');
    const password = filled(data, 'password', 'the password');
    if (text(data, 'repeat') !== password) throw new FieldError('repeat', 'the two passwords differ');
    try {
      const session = await page.door.setUp({
        name,
        password,
        displayName: text(data, 'displayName'),
        email: text(data, 'email'),
        device: deviceName(),
      });
      page.signIn(session, data.has('stay'));
      if (page.mode.kind === 'page') void keepStorage();
    } catch (error) {
      this.#done = codeOf(error) === 'setupDone';
      throw error;
    }
  });

  protected override render(): TemplateResult {
    const form = this.#form;
    return html`<section class="gate" aria-labelledby="view-title">
      <div class="gate-brand">${mark()}<span>Doorward</span></div>
      <h1 id="view-title" tabindex="-1" data-focus>Set up</h1>
      <p class="lead">
        Nobody is here yet. The first user is the administrator and adds the others.
        ${
          page.mode.kind === 'page'
            ? html`Everything is kept in this browser, on this device: whoever can use this browser profile can get at
              it.`
            : nothing
        }
      </p>
      <form novalidate @submit=${this.#send}>
        ${formError(form)}
        ${
          this.#done
            ? html`<p>
                <button type="button" class="button" @click=${() => location.reload()}>Go to the log-in</button>
              </p>`
            : nothing
        }
        ${textField({ form, name: 'name', label: 'Login name', required: true, autocomplete: 'username', verbatim: true })}
        ${passwordField({ form, name: 'password', label: 'Password', autocomplete: 'new-password' })}
        ${passwordField({ form, name: 'repeat', label: 'Password again', autocomplete: 'new-password' })}
        <div class="pair">
          ${textField({ form, name: 'displayName', label: 'Display name', autocomplete: 'name' })}
          ${textField({ form, name: 'email', label: 'E-mail', type: 'email', autocomplete: 'email' })}
        </div>
        ${staySignedIn()}
        <div class="actions">${submitButton(form, 'Create administrator')}</div>
      </form>
      <p class="mode">${modeLabel(page.mode)}</p>
    </section>`;
  }
}

customElements.define('dw-setup', SetupView);
