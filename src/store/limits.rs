//! The limits of the contract; the same numbers stand in `pkg/src/limits.ts`, and `tests/vectors/limits.json` pins both.

/// Elements in one key.
pub const KEY_ELEMENTS: usize = 8;
/// UTF-8 bytes in one element of a key.
pub const KEY_ELEMENT_BYTES: usize = 1024;
/// Bytes of one encoded key.
pub const KEY_BYTES: usize = 1900;
/// UTF-8 bytes in one value.
pub const VALUE_BYTES: usize = 524_288;
/// Ranges in one read.
pub const READ_RANGES: usize = 1024;
/// Entries one range can give.
pub const RANGE_ENTRIES: usize = 1000;
/// Checks in one commit.
pub const CHECKS: usize = 16_384;
/// Mutations in one commit.
pub const MUTATIONS: usize = 16_384;
