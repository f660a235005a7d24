/** Tokens that were found good, without the tokens. */
import type { Credential } from './credential.js';

/** As many as the core keeps. A power of two. */
const maxKnown = 8192;
const leastKnown = 32;

/**
 * Lengths of the tokens that are kept. All that are issued have these, and hold 256 bits; of one that holds less, the
 * sums would tell too much to who reads the memory.
 */
const shortest = 43;
const longest = 64;

/** A prime, so that sums are spread evenly; below 2^31, so that all that is added up stays below 2^53. */
const prime = 2 ** 31 - 1;
const lanes = 4;
/** Two characters each. */
const mostWords = longest / 2;

/** What stands in the table of each: its sums, when it expires, when the core last heard of its use, and free room up to a line of the processor's cache. */
const stride = 8;
const expiresAt = lanes;
const heardAt = lanes + 1;

/** The core hears of a token's use no sooner than that after the last, in ms: last uses are to the minute. */
const hearing = 10_000;

/** The store and the clock, as the core sees them. */
export interface Instant {
  epoch(): number;
  now(): number;
}

/**
 * Finds the credential of a token that was found good, as long as the store's number is the one at which it was, by four
 * sums over its characters, each with random factors of its own: a digest costs more than all else that a known token
 * needs. Nobody is told a sum, so nothing can be learnt of the factors, and another text has the sums of one entry with a
 * probability of 2^-120, whatever it is. (That is universal hashing, by Carter and Wegman. It is no digest: factors and
 * sums together tell 124 of the token's 256 bits.)
 *
 * All that is looked at is in one table, in one line of the cache each: with thousands of tokens most of the time goes
 * where the processor waits for memory.
 */
export class KnownTokens {
  readonly #instant: Instant;
  readonly #factors = randomFactors();
  readonly #encoder = new TextEncoder();
  /** A character can take three bytes: a text never ends early for want of room. */
  readonly #bytes = new Uint8Array(3 * longest);
  readonly #words = new Uint16Array(this.#bytes.buffer, 0, mostWords);
  readonly #sums = new Float64Array(lanes);
  /** Twice as many places as entries. An entry is where its first sum puts it, or in the next free place. */
  #table = new Float64Array(2 * leastKnown * stride);
  #credentials: (Credential | undefined)[] = filled(2 * leastKnown);
  #count = 0;
  #epoch = -1;

  constructor(instant: Instant) {
    this.#instant = instant;
  }

  /** Counts as a use. Undefined: the core has to be asked. */
  find(token: unknown): Credential | undefined {
    if (this.#count === 0 || typeof token !== 'string' || !this.#sum(token)) return undefined;
    const place = this.#placeOf();
    const credential = this.#credentials[place];
    if (credential === undefined) return undefined;
    if (this.#instant.epoch() !== this.#epoch) {
      this.clear();
      return undefined;
    }
    const table = this.#table;
    const now = this.#instant.now();
    if ((table[place * stride + expiresAt] as number) <= now || !credential.shareable) return undefined;
    const since = now - (table[place * stride + heardAt] as number);
    if (since >= hearing || since < 0) {
      if (!credential.again()) return undefined;
      table[place * stride + heardAt] = now;
    }
    return credential;
  }

  /** Keeps what the core has just found good. */
  add(token: string, credential: Credential): void {
    if (!this.#sum(token)) return;
    // Before the core compares with it: a commit in between makes it the number of something older, never of newer.
    const epoch = this.#instant.epoch();
    if (epoch < 0 || !credential.again()) return;
    if (epoch !== this.#epoch || this.#count >= maxKnown) this.clear();
    this.#epoch = epoch;
    if (2 * this.#count >= this.#credentials.length) this.#grow();
    const place = this.#placeOf();
    const before = this.#credentials[place];
    if (before === undefined) this.#count += 1;
    this.#table.set(this.#sums, place * stride);
    this.#table[place * stride + expiresAt] = credential.handle.expires();
    this.#table[place * stride + heardAt] = this.#instant.now();
    this.#credentials[place] = credential;
    credential.keep();
    before?.unkeep();
  }

  clear(): void {
    if (this.#count === 0) return;
    const credentials = this.#credentials;
    this.#table = new Float64Array(2 * leastKnown * stride);
    this.#credentials = filled(2 * leastKnown);
    this.#count = 0;
    for (const credential of credentials) credential?.unkeep();
  }

  /** Where the entry with these sums is, or would be. */
  #placeOf(): number {
    const table = this.#table;
    const credentials = this.#credentials;
    const sums = this.#sums;
    const last = credentials.length - 1;
    let place = (sums[0] as number) & last;
    while (credentials[place] !== undefined) {
      const at = place * stride;
      let differ = 0;
      // To the end, whatever differs: the time tells nothing of how much of a sum was right.
      for (let lane = 0; lane < lanes; lane++) differ |= (table[at + lane] as number) ^ (sums[lane] as number);
      if (differ === 0) break;
      place = (place + 1) & last;
    }
    return place;
  }

  #grow(): void {
    const table = this.#table;
    const credentials = this.#credentials;
    const wanted = this.#sums.slice();
    this.#table = new Float64Array(2 * table.length);
    this.#credentials = filled(2 * credentials.length);
    for (let place = 0; place < credentials.length; place++) {
      if (credentials[place] === undefined) continue;
      const entry = table.subarray(place * stride, (place + 1) * stride);
      this.#sums.set(entry.subarray(0, lanes));
      const next = this.#placeOf();
      this.#table.set(entry, next * stride);
      this.#credentials[next] = credentials[place];
    }
    this.#sums.set(wanted);
  }

  /** False for what no token of a kind that is kept can be. */
  #sum(token: string): boolean {
    const length = token.length;
    if (length < shortest || length > longest) return false;
    const { written } = this.#encoder.encodeInto(token, this.#bytes);
    // What is not ASCII takes more bytes than it has characters.
    if (written !== length) {
      this.#bytes.fill(0);
      return false;
    }
    const factors = this.#factors;
    const words = this.#words;
    const used = (length + 1) >> 1;
    let a = length;
    let b = length;
    let c = length;
    let d = length;
    for (let at = 0, factor = 0; at < used; at++, factor += lanes) {
      const word = words[at] as number;
      // The token is not to stay.
      words[at] = 0;
      a += word * (factors[factor] as number);
      b += word * (factors[factor + 1] as number);
      c += word * (factors[factor + 2] as number);
      d += word * (factors[factor + 3] as number);
    }
    const sums = this.#sums;
    sums[0] = rest(a);
    sums[1] = rest(b);
    sums[2] = rest(c);
    sums[3] = rest(d);
    return true;
  }
}

/** The rest of the division, or by rounding a little less than nothing: the same for the same sum. `%` takes several times as long. */
function rest(sum: number): number {
  return sum - Math.floor(sum / prime) * prime;
}

function randomFactors(): Float64Array {
  const bits = crypto.getRandomValues(new Uint32Array(lanes * mostWords));
  // Two numbers in 2^31 are a little likelier than the others.
  return Float64Array.from(bits, (each) => each % prime);
}

function filled(places: number): undefined[] {
  return new Array<undefined>(places).fill(undefined);
}
