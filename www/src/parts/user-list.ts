import { html, nothing, type TemplateResult } from 'lit';
import { InsidePart } from './part.ts';

/** A list of what belongs to a user, shown a stretch at a time. */
export abstract class UserList extends InsidePart {
  static override properties = { user: {} };
  /** The login name. */
  declare user: string;
  readonly #stretch: number;
  #shown: number;

  /** `stretch`: rows that are shown at once. */
  constructor(stretch: number) {
    super();
    this.#stretch = stretch;
    this.#shown = stretch;
  }

  /** Rows that are shown. */
  protected get shown(): number {
    return this.#shown;
  }

  /** Reads the list; `fresh`: it is another one. */
  protected abstract read(fresh?: boolean): void;

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (!changed.has('user')) return;
    this.#shown = this.#stretch;
    this.read(true);
  }

  /** The next stretch is to be seen: `shown` is that much larger. */
  protected grown(): void {
    this.requestUpdate();
  }

  readonly #showMore = (): void => {
    this.#shown += this.#stretch;
    this.grown();
  };

  /** The button below `count` rows, where some are left. */
  protected more(count: number): TemplateResult | typeof nothing {
    if (count <= this.#shown) return nothing;
    return html`<button type="button" class="button" @click=${this.#showMore}>
      Show more (${count - this.#shown})
    </button>`;
  }
}
