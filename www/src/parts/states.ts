import { html, nothing, type TemplateResult } from 'lit';
import { codeOf, ruleOf, sentence } from '../words.ts';
import { icon, type IconName } from './icon.ts';

/** Grey lines where the content will be. */
export function skeleton(rows: number): TemplateResult {
  return html`<div class="skeleton" role="status">
    <span class="unseen">Loading…</span>
    ${Array.from({ length: rows }, () => html`<span class="bone"></span>`)}
  </div>`;
}

interface Picture {
  icon: IconName;
  title: string;
  text: unknown;
  action?: unknown;
}

/** The picture of a state in which there is nothing else to see. */
export function picture({ icon: name, title, text, action }: Picture): TemplateResult {
  return html`<div class="picture">
    ${icon(name)}
    <p class="picture-title">${title}</p>
    <p class="picture-text">${text}</p>
    ${action === undefined ? nothing : html`<div class="picture-action">${action}</div>`}
  </div>`;
}

/** Why something could not be shown: refused, not there, unreachable or broken. */
export function failure(error: unknown, retry: () => void): TemplateResult {
  const again = html`<button type="button" class="button" @click=${retry}>Try again</button>`;
  switch (codeOf(error)) {
    case 'denied':
      return html`<div role="alert">
        ${picture({
          icon: 'denied',
          title: 'You may not see this',
          text: html`${sentence(error)}
          ${ruleOf(error) === '' ? nothing : html`<br />Decided by the rule <code>${ruleOf(error)}</code>.`}`,
        })}
      </div>`;
    case 'notFound':
      return html`<div role="alert">
        ${picture({ icon: 'missing', title: 'Not there', text: `${sentence(error)} It may have been removed.` })}
      </div>`;
    case 'offline':
      return html`<div role="alert">
        ${picture({ icon: 'offline', title: 'No connection', text: 'The server cannot be reached.', action: again })}
      </div>`;
    default:
      return html`<div role="alert">
        ${picture({ icon: 'error', title: 'This did not work', text: sentence(error), action: again })}
      </div>`;
  }
}

/** A refusal or failure above a form or a list that stays usable. */
export function notice(error: unknown): TemplateResult {
  const rule = ruleOf(error);
  return html`<p class="notice error">
    ${icon(codeOf(error) === 'denied' ? 'denied' : 'error')}
    <span
      >${sentence(error)} ${rule === '' ? nothing : html`<span class="rule">Rule: <code>${rule}</code></span>`}</span
    >
  </p>`;
}
