import type { GroupInput, GroupRecord } from 'doorward';
import { html, nothing, type TemplateResult } from 'lit';
import { page } from '../page.ts';
import { sentence } from '../words.ts';
import { confirm } from './dialog.ts';
import { checkField, formError, submitButton, textField } from './field.ts';
import { Form, filled } from './form.ts';
import { groupPicker } from './group-picker.ts';
import { icon } from './icon.ts';
import { InsidePart } from './part.ts';
import './scope-picker.ts';

type Draft = Required<Pick<GroupRecord, 'name' | 'description' | 'scopes' | 'subgroups' | 'default'>>;

const EMPTY: Draft = { name: '', description: '', scopes: [], subgroups: [], default: false };

/** Adds, changes or deletes a group. */
export class GroupForm extends InsidePart {
  static override properties = {
    group: { attribute: false },
    groups: { attribute: false },
    done: { attribute: false },
  };
  /** Absent: a new one. */
  declare group: GroupRecord | undefined;
  declare groups: readonly GroupRecord[];
  /** Called with the key of what was saved, or null after a deletion. */
  declare done: (key: string | null) => void;
  readonly #form = new Form(this, ['key', 'name', 'description', 'scopes', 'subgroups']);
  #draft: Partial<Draft> = {};

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (!changed.has('group')) return;
    const before = changed.get('group') as GroupRecord | undefined;
    if (before?.key !== this.group?.key) {
      this.#draft = {};
      this.#form.reset();
    }
  }

  #value<F extends keyof Draft>(field: F): Draft[F] {
    return this.#draft[field] ?? (this.group ?? EMPTY)[field];
  }

  #set<F extends keyof Draft>(field: F, value: Draft[F]): void {
    this.#draft[field] = value;
    this.requestUpdate();
  }

  readonly #send = this.#form.submit(async (data) => {
    const changes: GroupInput = this.#draft;
    const saved =
      this.group === undefined
        ? await page.session.groups.add({ ...changes, key: filled(data, 'key', 'the key') })
        : await page.session.groups.update(this.group.key, changes);
    page.say(this.group === undefined ? `The group ${saved.key} was added.` : 'The group was saved.');
    this.#draft = {};
    this.done(saved.key);
  });

  async #delete(group: GroupRecord): Promise<void> {
    const sure = await confirm({
      title: `Delete the group ${group.name || group.key}?`,
      text: 'Its members lose what they hold through it. The members themselves stay.',
      action: `Delete ${group.name || group.key}`,
    });
    if (!sure) return;
    try {
      await page.session.groups.delete(group.key);
      page.say(`The group ${group.key} was deleted.`);
      this.done(null);
    } catch (error) {
      if (!page.concerns(error)) page.say(sentence(error), 'error');
    }
  }

  protected override render(): TemplateResult {
    const { group } = this;
    const form = this.#form;
    const mayEdit = page.session.can('groups.manage') && group?.changeable !== false;
    return html`<form class="form" novalidate @submit=${this.#send} aria-label="Group">
      ${formError(form)}
      ${mayEdit ? nothing : html`<p class="notice info">${icon('denied')}<span>This group is fixed, or you may only read it.</span></p>`}
      <div class="pair">
        ${
          group === undefined
            ? textField({
                form,
                name: 'key',
                label: 'Key',
                hint: 'How programs name it; it stays.',
                required: true,
                verbatim: true,
              })
            : nothing
        }
        ${textField({
          form,
          name: 'name',
          label: 'Name',
          required: true,
          value: this.#value('name'),
          readonly: !mayEdit,
          onInput: (name) => this.#set('name', name),
        })}
      </div>
      ${textField({
        form,
        name: 'description',
        label: 'Description',
        value: this.#value('description'),
        readonly: !mayEdit,
        onInput: (description) => this.#set('description', description),
      })}
      <fieldset class="bare" ?disabled=${!mayEdit}>
        <legend class="unseen">What it gives</legend>
        ${checkField({
          name: 'default',
          label: 'Given to new users',
          hint: 'To those for whom no groups are named.',
          checked: this.#value('default'),
          onChange: (on) => this.#set('default', on),
        })}
        <dw-scope-picker
          .value=${this.#value('scopes')}
          .error=${form.errorOf('scopes')}
          .picked=${(scopes: string[]) => this.#set('scopes', scopes)}
        ></dw-scope-picker>
        ${groupPicker({
          legend: 'Contains the groups',
          hint: 'Their scopes come with this one.',
          groups: this.groups.filter((other) => other.key !== group?.key),
          value: this.#value('subgroups'),
          error: form.errorOf('subgroups'),
          onChange: (subgroups) => this.#set('subgroups', subgroups),
        })}
      </fieldset>
      ${
        page.session.can('groups.manage')
          ? html`<div class="actions">
              ${
                group?.removable === true
                  ? html`<button type="button" class="button danger-text" @click=${() => this.#delete(group)}>
                      ${icon('trash')}Delete
                    </button>`
                  : nothing
              }
              ${mayEdit ? submitButton(form, group === undefined ? 'Add group' : 'Save group') : nothing}
            </div>`
          : nothing
      }
    </form>`;
  }
}

customElements.define('dw-group-form', GroupForm);
