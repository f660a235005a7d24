import type { JsonObject } from 'doorward';
import { html, type TemplateResult } from 'lit';
import { page } from '../page.ts';
import { areaField, formError, submitButton } from './field.ts';
import { FieldError, Form } from './form.ts';
import { Load } from './load.ts';
import { InsidePart } from './part.ts';

function print(settings: JsonObject): string {
  return JSON.stringify(settings, null, 2);
}

/** The settings of a user, as JSON. */
export class SettingsEditor extends InsidePart {
  static override properties = { user: {} };
  /** The owner's login name. */
  declare user: string;
  readonly #settings = new Load<JsonObject>(this);
  readonly #form = new Form(this, ['settings']);
  /** Null: as stored. */
  #draft: string | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    this.whileHere(page.door.on('settingsChanged', ({ name }) => name === this.user && this.#read()));
  }

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (!changed.has('user')) return;
    this.#draft = null;
    this.#read(true);
  }

  #read(fresh = false): void {
    const { user } = this;
    void this.#settings.run(() => page.session.users.getSettings(user), fresh);
  }

  readonly #send = this.#form.submit(async () => {
    const before = this.#settings.value ?? {};
    const next = parseSettings(this.#draft ?? print(before));
    const gone = Object.keys(before).filter((key) => !Object.hasOwn(next, key));
    if (gone.length > 0) {
      throw new FieldError(
        'settings',
        `a key that is stored cannot be taken away (${gone.join(', ')}): set it to null`,
      );
    }
    // Only what differs: top-level keys that another program changed meanwhile stay as it left them.
    const changes = Object.fromEntries(
      Object.entries(next).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(before[key])),
    );
    if (Object.keys(changes).length === 0) {
      page.say('There was nothing to save.', 'info');
      return;
    }
    await page.session.users.saveSettings(this.user, changes);
    this.#draft = null;
    page.say('The settings were saved.');
    this.#read();
  });

  protected override render(): TemplateResult {
    return html`<h3>Settings of ${this.user}</h3>
      ${this.#settings.show(
        (settings) =>
          html`<form class="form" novalidate @submit=${this.#send}>
            ${formError(this.#form)}
            ${areaField({
              form: this.#form,
              name: 'settings',
              label: 'JSON object',
              hint: 'Programs keep their settings of this user here. Saving replaces the top-level keys that differ.',
              rows: Math.min(24, Math.max(8, print(settings).split('\n').length + 2)),
              code: true,
              value: this.#draft ?? print(settings),
              onInput: (value) => {
                this.#draft = value;
              },
            })}
            <div class="actions">${submitButton(this.#form, 'Save settings')}</div>
          </form>`,
      )}`;
  }
}

function parseSettings(draft: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(draft);
  } catch (error) {
    throw new FieldError(
      'settings',
      `this is no JSON: ${error instanceof Error ? error.message : 'it cannot be read'}`,
    );
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new FieldError('settings', 'settings have to be a JSON object, in braces');
  }
  return value as JsonObject;
}

customElements.define('dw-settings-editor', SettingsEditor);
