/** Texts in their order. A library's tree was CommonJS: Node took longer to load it than all else that a door needs. */

/** Parts are halved beyond this: what is moved at an insertion stays small, and so does the list of parts. */
const longestPart = 512;

export class Order {
  /** Each in order, none of them empty but a single one. */
  #parts: string[][] = [[]];

  /** Adds a text that is not there. */
  add(text: string): void {
    const at = this.#partOf(text);
    const part = this.#parts[at] as string[];
    // Mostly behind all others: what is written in order is not searched for.
    if (part.length > 0 && (part.at(-1) as string) < text) part.push(text);
    else part.splice(placeOf(part, text), 0, text);
    if (part.length > longestPart) {
      const last = at === this.#parts.length - 1;
      // What grows at its end leaves full parts behind.
      this.#parts.splice(at + 1, 0, part.splice(last ? longestPart : longestPart / 2));
    }
  }

  /** Takes away a text that is there. */
  delete(text: string): void {
    const at = this.#partOf(text);
    const part = this.#parts[at] as string[];
    part.splice(placeOf(part, text), 1);
    if (part.length === 0 && this.#parts.length > 1) this.#parts.splice(at, 1);
  }

  /** Those above one text and under the other, both excluded. Nothing may be added or taken away meanwhile. */
  *between(above: string, under: string): Generator<string, undefined> {
    let at = this.#partOf(above);
    let place = placeOf(this.#parts[at] as string[], above);
    for (; at < this.#parts.length; at++, place = 0) {
      const part = this.#parts[at] as string[];
      for (; place < part.length; place++) {
        const text = part[place] as string;
        if (text >= under) return;
        if (text !== above) yield text;
      }
    }
  }

  /** Likewise, from the last to the first. */
  *betweenReversed(above: string, under: string): Generator<string, undefined> {
    let at = this.#partOf(under);
    let place = placeOf(this.#parts[at] as string[], under) - 1;
    for (;;) {
      const part = this.#parts[at] as string[];
      for (; place >= 0; place--) {
        const text = part[place] as string;
        if (text <= above) return;
        yield text;
      }
      at -= 1;
      if (at < 0) return;
      place = (this.#parts[at] as string[]).length - 1;
    }
  }

  /** The last part that begins at the text or before it; the first one where none does. */
  #partOf(text: string): number {
    const parts = this.#parts;
    let from = 0;
    let to = parts.length;
    while (to - from > 1) {
      const middle = (from + to) >> 1;
      if ((parts[middle]?.[0] as string) <= text) from = middle;
      else to = middle;
    }
    return from;
  }
}

/** How many of a part are before the text. */
function placeOf(part: readonly string[], text: string): number {
  let from = 0;
  let to = part.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((part[middle] as string) < text) from = middle + 1;
    else to = middle;
  }
  return from;
}
