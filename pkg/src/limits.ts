/** The limits of the storage contract, the same in every adapter and in the core (`src/store/limits.rs`); pinned by `tests/vectors/limits.json`. */
export const limits = Object.freeze({
  /** Elements in one key. */
  keyElements: 8,
  /** UTF-8 bytes in one element of a key. */
  keyElementBytes: 1024,
  /** Bytes of one encoded key. */
  keyBytes: 1900,
  /** UTF-8 bytes in one value. */
  valueBytes: 524_288,
  /** Ranges in one read. */
  readRanges: 1024,
  /** Entries one range can give. */
  rangeEntries: 1000,
  /** Checks in one commit. */
  checks: 16_384,
  /** Mutations in one commit. */
  mutations: 16_384,
});
