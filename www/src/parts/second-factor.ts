import type { SecondFactorState } from 'doorward';
import { html, type TemplateResult } from 'lit';
import { page } from '../page.ts';
import { openDialog } from './dialog.ts';
import { formError, submitButton, textField } from './field.ts';
import { FieldError, Form, filled, text } from './form.ts';
import { icon } from './icon.ts';
import { Load } from './load.ts';
import { InsidePart } from './part.ts';
import { passwordField } from './password.ts';
import { qrCode } from './qr-code.ts';

/** Below this many, new ones are advised. */
const FEW = 3;

/** One's own second factor: set it up, make new recovery codes, remove it. */
export class SecondFactorPart extends InsidePart {
  readonly #state = new Load<SecondFactorState>(this);

  override connectedCallback(): void {
    super.connectedCallback();
    for (const event of ['secondFactorAdded', 'secondFactorChanged', 'secondFactorRemoved'] as const) {
      this.whileHere(page.door.on(event, ({ id }) => page.signedIn && id === page.session.me.id && this.#read()));
    }
    this.#read();
  }

  #read(): void {
    void this.#state.run(() => page.session.secondFactor.get());
  }

  readonly #setUp = async (): Promise<void> => {
    const codes = await openDialog<string[]>({
      title: 'Set up a second factor',
      body: (close) => html`<dw-factor-set-up .done=${close}></dw-factor-set-up>`,
    });
    if (codes !== undefined) await showCodes(codes);
    this.#read();
  };

  readonly #renew = async (): Promise<void> => {
    const codes = await openDialog<string[]>({
      title: 'New recovery codes',
      body: (close) => html`<dw-factor-proof .what=${'renew'} .done=${close}></dw-factor-proof>`,
    });
    if (codes !== undefined) await showCodes(codes);
    this.#read();
  };

  readonly #remove = async (): Promise<void> => {
    const done = await openDialog<string[]>({
      title: 'Remove the second factor',
      body: (close) => html`<dw-factor-proof .what=${'remove'} .done=${close}></dw-factor-proof>`,
    });
    if (done !== undefined) page.say('The second factor was removed.');
    this.#read();
  };

  #shown({ active, recoveryCodes }: SecondFactorState): TemplateResult {
    if (!active) {
      return html`<p class="summary">
          You log in by your password alone. With a second factor, an app on your phone shows a code that is asked for
          as well.
        </p>
        <div class="actions start">
          <button type="button" class="button primary" @click=${this.#setUp}>${icon('key')}Set up</button>
        </div>`;
    }
    return html`<p class="summary">
        <span class="status active">On</span> A code of your authenticator is asked for at every log-in.
      </p>
      <p class=${recoveryCodes < FEW ? 'notice info' : 'hint'}>
        ${
          recoveryCodes === 0
            ? 'There are no recovery codes: without your authenticator you are locked out. Make new ones.'
            : `${recoveryCodes} recovery ${recoveryCodes === 1 ? 'code is' : 'codes are'} left, each good once in place of a code.`
        }
      </p>
      <div class="actions start">
        <button type="button" class="button" @click=${this.#renew}>New recovery codes</button>
        <button type="button" class="button danger-text" @click=${this.#remove}>${icon('trash')}Remove</button>
      </div>`;
  }

  protected override render(): TemplateResult {
    return html`<h2>Second factor</h2>
      ${this.#state.show((state) => this.#shown(state), 2)}`;
  }
}

customElements.define('dw-second-factor', SecondFactorPart);

async function showCodes(codes: readonly string[]): Promise<void> {
  await openDialog({
    title: 'Your recovery codes',
    sticky: true,
    body: (close) =>
      html`<p>
          Keep them where you keep your papers. Each lets you in once, in place of a code. They are shown this once and
          cannot be looked up again.
        </p>
        <ul class="recovery-codes" aria-label="Recovery codes">
          ${codes.map((code) => html`<li><code>${code}</code></li>`)}
        </ul>
        <div class="actions">
          <button type="button" class="button primary" autofocus @click=${() => close()}>I have kept them</button>
        </div>`,
  });
}

/** A secret to be taken into an authenticator, and the code that shows that it was. */
export class FactorSetUp extends InsidePart {
  static override properties = { done: { attribute: false } };
  declare done: (codes?: string[]) => void;
  readonly #form = new Form(this, ['code']);
  readonly #made = new Load<{ secret: string; uri: string }>(this);

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#made.run(() => page.session.secondFactor.start({ issuer: `Doorward ${location.hostname}`.trim() }));
  }

  readonly #send = this.#form.submit(async (data) => {
    const code = filled(data, 'code', 'the code');
    const secret = this.#made.value?.secret ?? '';
    const { recoveryCodes } = await page.session.secondFactor.confirm(secret, code);
    page.say('The second factor is on.');
    this.done(recoveryCodes);
  });

  #steps({ secret, uri }: { secret: string; uri: string }): TemplateResult {
    const form = this.#form;
    return html`<form novalidate @submit=${this.#send}>
      ${formError(form)}
      <p>Scan this with your authenticator app, or type the secret into it.</p>
      ${qrCode(uri, 'QR code of the secret for an authenticator app')}
      <div class="field">
        <label for="${form.id}-secret">Secret</label>
        <input id="${form.id}-secret" class="code" readonly .value=${secret.replace(/(.{4})(?=.)/g, '$1 ')} />
      </div>
      ${textField({
        form,
        name: 'code',
        label: 'Code',
        hint: 'The six digits that the app shows now.',
        required: true,
        verbatim: true,
        autocomplete: 'one-time-code',
      })}
      <div class="actions">
        <button type="button" class="button" @click=${() => this.done()}>Cancel</button>
        ${submitButton(form, 'Turn on')}
      </div>
    </form>`;
  }

  protected override render(): TemplateResult {
    return html`${this.#made.show((made) => this.#steps(made))}`;
  }
}

customElements.define('dw-factor-set-up', FactorSetUp);

/** Asks for the password or a code before the own second factor is changed. */
export class FactorProof extends InsidePart {
  static override properties = { what: {}, done: { attribute: false } };
  declare what: 'renew' | 'remove';
  declare done: (codes?: string[]) => void;
  readonly #form = new Form(this, ['password', 'code']);

  readonly #send = this.#form.submit(async (data) => {
    const [password, code] = [text(data, 'password'), text(data, 'code')];
    if (password === '' && code === '') throw new FieldError('password', 'the password or a code is missing');
    const proof = { ...(password !== '' && { password }), ...(code !== '' && { code }) };
    if (this.what === 'remove') {
      await page.session.secondFactor.remove(proof);
      this.done([]);
    } else this.done((await page.session.secondFactor.renewRecoveryCodes(proof)).recoveryCodes);
  });

  protected override render(): TemplateResult {
    const form = this.#form;
    return html`<form novalidate @submit=${this.#send}>
      ${formError(form)}
      <p>
        ${
          this.what === 'remove'
            ? 'After this, your password alone lets you in.'
            : 'The recovery codes you have are good no more.'
        }
        Give your password or a code.
      </p>
      ${passwordField({ form, name: 'password', label: 'Password', autocomplete: 'current-password', optional: true })}
      ${textField({ form, name: 'code', label: 'Code', verbatim: true, autocomplete: 'one-time-code' })}
      <div class="actions">
        <button type="button" class="button" @click=${() => this.done()}>Cancel</button>
        ${this.what === 'remove' ? submitButton(form, 'Remove', 'danger') : submitButton(form, 'Make new ones')}
      </div>
    </form>`;
  }
}

customElements.define('dw-factor-proof', FactorProof);
