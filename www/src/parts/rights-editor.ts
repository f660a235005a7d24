import type { GroupRecord, Rights, UserDetails } from 'doorward';
import { html, nothing, type TemplateResult } from 'lit';
import { ADMINS, page } from '../page.ts';
import { clashPanel, Edits } from './clash.ts';
import { checkField, formError, submitButton } from './field.ts';
import { Form } from './form.ts';
import { groupPicker } from './group-picker.ts';
import { Load } from './load.ts';
import { InsidePart } from './part.ts';
import type { ReachEditor } from './reach-editor.ts';
import './reach-editor.ts';
import { explainRights } from './rights-list.ts';
import './scope-picker.ts';

interface Facts {
  rights: Rights;
  groups: GroupRecord[];
}

/** What a user may do and why, and what he is given. */
export class RightsEditor extends InsidePart {
  static override properties = { user: { attribute: false }, changed: { attribute: false } };
  declare user: UserDetails;
  declare changed: () => void;
  readonly #facts = new Load<Facts>(this);
  readonly #form = new Form(this, ['groups', 'scopes', 'reach']);
  #edits!: Edits;
  /** The reach is read from its editor when the form is sent. */
  #reachTouched = false;

  override connectedCallback(): void {
    super.connectedCallback();
    for (const event of ['groupAdded', 'groupChanged', 'groupRemoved'] as const) {
      this.whileHere(page.door.on(event, () => this.#read()));
    }
  }

  protected override willUpdate(properties: Map<PropertyKey, unknown>): void {
    if (!properties.has('user')) return;
    const other = properties.get('user') as UserDetails | undefined;
    if (this.#edits === undefined) this.#edits = new Edits(this.user);
    else this.#edits.update(this.user);
    if (other?.id !== this.user.id) this.#reachTouched = false;
    this.#read(other?.id !== this.user.id);
  }

  #read(fresh = false): void {
    const { name } = this.user;
    void this.#facts.run(async () => {
      const [rights, groups] = await Promise.all([
        page.session.users.rights(name),
        // Who may not read the groups sees their keys instead of their names.
        page.session.can('groups.read') ? page.session.groups.list() : { groups: [] },
      ]);
      return { rights, groups: groups.groups };
    }, fresh);
  }

  readonly #send = this.#form.submit(async () => {
    const editor = this.querySelector<ReachEditor>('dw-reach-editor');
    if (this.#reachTouched && editor !== null) this.#edits.set('reach', editor.read());
    const saved = await this.#edits.save();
    if (saved === null) {
      if (this.#edits.clash === null) page.say('There was nothing to save.', 'info');
      return;
    }
    this.#reachTouched = false;
    page.say('The rights were changed.');
    this.changed();
  });

  /** Sets a field of the edits from one of the pickers. */
  #set<F extends 'groups' | 'scopes'>(field: F, value: string[]): void {
    this.#edits.set(field, value);
    this.requestUpdate();
  }

  #editor(groups: readonly GroupRecord[]): TemplateResult {
    const form = this.#form;
    const held = this.#edits.get('groups');
    const others = held.filter((key) => key !== ADMINS);
    return html`<form class="form" novalidate @submit=${this.#send} aria-labelledby="given-title">
      <h3 id="given-title">Given to ${this.user.name}</h3>
      ${clashPanel(this.#edits, () => this.requestUpdate())} ${formError(form)}
      ${checkField({
        name: 'admin',
        label: 'Administrator',
        hint: html`Member of the group <code>${ADMINS}</code>: may do everything.`,
        checked: held.includes(ADMINS),
        onChange: (admin) => this.#set('groups', admin ? [...others, ADMINS] : others),
      })}
      ${groupPicker({
        legend: 'Groups',
        groups: groups.filter((group) => group.key !== ADMINS),
        value: others,
        error: form.errorOf('groups'),
        onChange: (chosen) => this.#set('groups', held.includes(ADMINS) ? [...chosen, ADMINS] : chosen),
      })}
      <dw-scope-picker
        .value=${this.#edits.get('scopes')}
        .legend=${'Direct scopes'}
        .error=${form.errorOf('scopes')}
        .picked=${(scopes: string[]) => this.#set('scopes', scopes)}
      ></dw-scope-picker>
      <dw-reach-editor
        .value=${this.#edits.get('reach')}
        .error=${form.errorOf('reach')}
        .touched=${() => {
          this.#reachTouched = true;
        }}
      ></dw-reach-editor>
      <div class="actions">${submitButton(form, 'Save rights')}</div>
    </form>`;
  }

  #effective({ rights, groups }: Facts): TemplateResult {
    const { status } = this.user;
    return html`<h3>What ${rights.name} may do</h3>
      ${status === 'active' ? nothing : html`<p class="notice info">The account is ${status}: until that ends, nothing of this can be used.</p>`}
      <dw-rights-list .rights=${rights} .groups=${groups}></dw-rights-list>
      <h4>Check a right</h4>
      <dw-may-ask
        .who=${rights.name}
        .explain=${(scope: string, resource: { kind: string; id: string } | null) =>
          explainRights(rights, scope, resource, groups)}
      ></dw-may-ask>`;
  }

  protected override render(): TemplateResult {
    return html`${this.#facts.show(
      (facts) =>
        html`${this.#effective(facts)} ${page.session.can('users.manage') ? this.#editor(facts.groups) : nothing}`,
    )}`;
  }
}

customElements.define('dw-rights-editor', RightsEditor);
