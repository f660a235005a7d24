import type { Decision, Grant, GroupRecord, Reach, Rights } from 'doorward';
import { html, nothing, type TemplateResult } from 'lit';
import { page } from '../page.ts';
import { origin } from '../words.ts';
import { icon } from './icon.ts';
import { InsidePart } from './part.ts';

/** Beyond this many, the rest is shown on demand. */
const AT_ONCE = 12;

function byScope(grants: readonly Grant[]): [string, Grant[]][] {
  const scopes = new Map<string, Grant[]>();
  for (const grant of grants) scopes.set(grant.scope, [...(scopes.get(grant.scope) ?? []), grant]);
  return [...scopes];
}

/** The kind under which an administrator's reach is told: everything. */
const EVERYTHING = '*';

/** Held by everybody, on the own account; no grant is needed for them. */
const OWN = ['self.read', 'self.manage'];

/** A reach in words. */
export function reachWords(reach: Reach): TemplateResult {
  if (reach[EVERYTHING] === 'all') return html`<p>Every resource.</p>`;
  const kinds = Object.entries(reach);
  if (kinds.length === 0) return html`<p class="hint">No resources are named.</p>`;
  return html`<dl class="facts">
    ${kinds.map(([kind, ids]) => {
      const named = ids === 'all' ? [] : Object.entries(ids);
      const shown = named.slice(0, AT_ONCE).map(([id, level]) => (level === null ? id : `${id} (level ${level})`));
      const more = named.length > AT_ONCE ? ` and ${named.length - AT_ONCE} more` : '';
      return html`<div>
        <dt><code>${kind}</code></dt>
        <dd>${ids === 'all' ? 'all' : named.length === 0 ? 'none' : `${shown.join(', ')}${more}`}</dd>
      </div>`;
    })}
  </dl>`;
}

/** What a user effectively may do, with the reason for each scope. */
export class RightsList extends InsidePart {
  static override properties = { rights: { attribute: false }, groups: { attribute: false } };
  declare rights: Rights;
  declare groups: readonly GroupRecord[];
  #all = false;

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    const before = changed.get('rights') as Rights | undefined;
    if (before !== undefined && before.name !== this.rights.name) this.#all = false;
  }

  protected override render(): TemplateResult {
    const names = new Map(this.groups.map((group) => [group.key, group]));
    const scopes = byScope(this.rights.grants);
    const shown = this.#all ? scopes : scopes.slice(0, AT_ONCE);
    const dangerous = scopes.filter(([, grants]) => grants.some((grant) => grant.dangerous)).length;
    return html`<p class="summary">
        ${
          this.rights.admin
            ? html`<span class="tag accent">Administrator</span> holds every scope of the catalogue.`
            : html`${scopes.length === 0 ? 'No scopes' : scopes.length === 1 ? '1 scope' : `${scopes.length} scopes`}${dangerous > 0 ? `, ${dangerous} of them dangerous` : ''}.`
        }
      </p>
      <p class="hint">
        Beside these, everybody holds <code>self.read</code> and <code>self.manage</code>, for the own account.
      </p>
      ${
        scopes.length === 0
          ? nothing
          : html`<ul class="rights" aria-label="Effective scopes">
              ${shown.map(
                ([scope, grants]) =>
                  html`<li>
                    <code>${scope}</code>${
                      grants.some((grant) => grant.dangerous)
                        ? html` <span class="tag danger">dangerous</span>`
                        : nothing
                    }
                    <span class="why">${[...new Set(grants.map((grant) => origin(grant, names)))].join('; ')}</span>
                  </li>`,
              )}
            </ul>`
      }
      ${
        shown.length < scopes.length
          ? html`<button
              type="button"
              class="button"
              @click=${() => {
                this.#all = true;
                this.requestUpdate();
              }}
            >
              Show ${scopes.length - shown.length} more
            </button>`
          : nothing
      }
      <h4>Reach</h4>
      ${reachWords(this.rights.admin ? { [EVERYTHING]: 'all' } : this.rights.reach)}`;
  }
}

customElements.define('dw-rights-list', RightsList);

/** Decides from the rights of somebody else; the same rule as `Session.explain`, without a credential of his. */
export function explainRights(
  rights: Rights,
  scope: string,
  resource: { kind: string; id: string } | null,
  groups: readonly GroupRecord[],
): Decision {
  const grant = rights.grants.find((one) => one.scope === scope);
  const names = new Map(groups.map((group) => [group.key, group]));
  const denied = `${rights.name} does not hold ${scope}, neither directly nor by a group`;
  if (grant === undefined && !OWN.includes(scope)) return { allowed: false, reason: denied, by: 'scope' };
  const held =
    grant === undefined
      ? `every user holds ${scope}, for the own account`
      : `${scope} is ${origin(grant, names).replace(/^comes with/, 'held: it comes with')}`;
  if (resource === null) return { allowed: true, reason: held, by: 'scope' };
  if (rights.admin)
    return { allowed: true, reason: `${held}, and an administrator reaches everything`, by: 'scope-and-reach' };
  const ids = rights.reach[resource.kind];
  const reached = ids === 'all' || (ids !== undefined && Object.hasOwn(ids, resource.id));
  return reached
    ? { allowed: true, reason: `${held}, and ${resource.kind} ${resource.id} is within reach`, by: 'scope-and-reach' }
    : { allowed: false, reason: `${scope} is held, but ${resource.kind} ${resource.id} is out of reach`, by: 'reach' };
}

let askers = 0;

/** "May this user do that?", answered with the reason. */
export class MayAsk extends InsidePart {
  static override properties = { explain: { attribute: false }, who: {} };
  declare explain: (scope: string, resource: { kind: string; id: string } | null) => Decision;
  declare who: string;
  #answer: Decision | null = null;
  readonly #id = `may${++askers}`;

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has('who')) this.#answer = null;
  }

  readonly #ask = (event: SubmitEvent): void => {
    event.preventDefault();
    const data = new FormData(event.target as HTMLFormElement);
    const value = (name: string) => String(data.get(name) ?? '').trim();
    const [kind, id] = [value('kind'), value('id')];
    this.#answer = this.explain(value('scope'), kind === '' || id === '' ? null : { kind, id });
    this.requestUpdate();
  };

  protected override render(): TemplateResult {
    const answer = this.#answer;
    return html`<form class="may" @submit=${this.#ask} aria-label="Check a right">
      <div class="field">
        <label for="${this.#id}-scope">May ${this.who} do</label>
        <select id="${this.#id}-scope" name="scope">
          ${page.door.scopes.map((scope) => html`<option>${scope.name}</option>`)}
        </select>
      </div>
      <div class="field">
        <label for="${this.#id}-kind">on a kind</label>
        <input
          id="${this.#id}-kind"
          name="kind"
          placeholder="thing"
          autocomplete="off"
          autocapitalize="none"
          spellcheck="false"
        />
      </div>
      <div class="field">
        <label for="${this.#id}-id">with the id</label>
        <input id="${this.#id}-id" name="id" autocomplete="off" autocapitalize="none" spellcheck="false" />
      </div>
      <button type="submit" class="button">Check</button>
      <div class="may-answer" role="status">
        ${
          answer === null
            ? nothing
            : html`<p class=${answer.allowed ? 'yes' : 'no'}>
                ${icon(answer.allowed ? 'check' : 'denied')}<span
                  ><strong>${answer.allowed ? 'Yes.' : 'No.'}</strong> ${answer.reason}.
                  <span class="rule">Rule: <code>${answer.by}</code></span></span
                >
              </p>`
        }
      </div>
    </form>`;
  }
}

customElements.define('dw-may-ask', MayAsk);
