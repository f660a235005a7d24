import type { UserChanges, UserDetails } from 'doorward';
import { html, nothing, type TemplateResult } from 'lit';
import { page } from '../page.ts';
import { codeOf } from '../words.ts';
import { icon } from './icon.ts';

type Field = Exclude<keyof UserChanges & keyof UserDetails, 'data' | 'introReviewed'>;

const WORDS: Readonly<Record<Field, string>> = {
  name: 'Login name',
  status: 'Status',
  admin: 'Administrator',
  groups: 'Groups',
  scopes: 'Scopes',
  displayName: 'Display name',
  email: 'E-mail',
  country: 'Country',
  reach: 'Reach',
};

/** The same whatever the order of keys and of set-like lists. */
function same(one: unknown, other: unknown): boolean {
  return canonical(one) === canonical(other);
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return JSON.stringify([...value].sort());
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? '';
  return JSON.stringify(
    Object.entries(value)
      .map(([key, entry]) => [key, canonical(entry)])
      .sort(),
  );
}

/** Edits of a user's record that remember from which state they began, so that nobody's change is lost unseen. */
export class Edits {
  base: UserDetails;
  changes: UserChanges = {};
  /** The record as others left it meanwhile, and the fields on which both differ. */
  clash: { theirs: UserDetails; fields: Field[] } | null = null;

  constructor(base: UserDetails) {
    this.base = base;
  }

  get dirty(): boolean {
    return Object.keys(this.changes).length > 0;
  }

  get<F extends Field>(field: F): UserDetails[F] {
    return (this.changes as Partial<UserDetails>)[field] ?? this.base[field];
  }

  set<F extends Field>(field: F, value: UserChanges[F]): void {
    if (same(value, this.base[field])) delete this.changes[field];
    else this.changes[field] = value as never;
  }

  /** A newer record is there; what is being edited stays as it is. */
  update(user: UserDetails): void {
    if (!this.dirty || user.id !== this.base.id) this.reset(user);
  }

  reset(user: UserDetails): void {
    this.base = user;
    this.changes = {};
    this.clash = null;
  }

  /** Goes on from the others' state, with one's own edits on top. */
  keepMine(): void {
    if (this.clash === null) return;
    const mine = Object.entries(this.changes) as [Field, never][];
    this.base = this.clash.theirs;
    this.changes = {};
    for (const [field, value] of mine) this.set(field, value);
    this.clash = null;
  }

  /**
   * Writes only what was edited. Where others changed the same field meanwhile, nothing is written and `clash` is set;
   * changes of other fields stand side by side.
   * @returns the new record, or null for a clash or where there is nothing to write
   */
  async save(): Promise<UserDetails | null> {
    this.clash = null;
    if (!this.dirty) return null;
    const { users } = page.session;
    const theirs = await users.get(this.base.name);
    const fields = (Object.keys(this.changes) as Field[]).filter(
      (field) => !same(theirs[field], this.base[field]) && !same(theirs[field], this.changes[field]),
    );
    if (fields.length > 0) {
      this.clash = { theirs, fields };
      return null;
    }
    try {
      const saved = await users.edit(this.base.name, this.changes);
      this.reset(saved);
      return saved;
    } catch (error) {
      if (codeOf(error) !== 'conflict') throw error;
      this.clash = { theirs: await users.get(this.base.name), fields: [] };
      return null;
    }
  }
}

function words(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(', ');
  if (typeof value === 'string') return value === '' ? 'empty' : value;
  return JSON.stringify(value);
}

/** The picture of a clash: whose value is which, and the two ways on. */
export function clashPanel(edits: Edits, changed: () => void): TemplateResult | typeof nothing {
  const { clash } = edits;
  if (clash === null) return nothing;
  return html`<div class="clash" role="alert">
    <p class="clash-title">
      ${icon('warning')}Somebody else changed this user while you were editing. Nothing was saved.
    </p>
    ${
      clash.fields.length === 0
        ? nothing
        : html`<dl class="facts">
            ${clash.fields.map(
              (field) =>
                html`<div>
                  <dt>${WORDS[field]}</dt>
                  <dd>now ${words(clash.theirs[field])}; yours ${words(edits.changes[field])}</dd>
                </div>`,
            )}
          </dl>`
    }
    <div class="actions start">
      <button
        type="button"
        class="button primary"
        @click=${() => {
          edits.keepMine();
          changed();
        }}
      >
        Reload and keep my edits
      </button>
      <button
        type="button"
        class="button"
        @click=${() => {
          edits.reset(clash.theirs);
          changed();
        }}
      >
        Discard my edits
      </button>
    </div>
  </div>`;
}
