import { LitElement } from 'lit';
import { page } from '../page.ts';

/**
 * Base of all elements of this page. They render into the document and not into shadow roots: labels, descriptions and
 * errors have to reference each other across parts, and one style sheet serves them all.
 */
export class Part extends LitElement {
  #ends: (() => void)[] = [];

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  /** Something to end when the element leaves the document. */
  protected whileHere(end: () => void): void {
    this.#ends.push(end);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const end of this.#ends.splice(0)) end();
  }
}

/** A part that only makes sense with a session. Between the end of one and the log-in view it stays as it is. */
export class InsidePart extends Part {
  protected override shouldUpdate(): boolean {
    return this.isConnected && page.signedIn;
  }
}
