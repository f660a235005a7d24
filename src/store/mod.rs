//! The storage contract: one ordered key-value store with optimistic multi-key commits.
//!
//! Reads take ranges and give one consistent snapshot with a version on every entry; a commit checks versions and
//! applies its mutations all or nothing. Every index is made of plain keys by the service, so that an adapter knows
//! nothing of users. [`memory::Memory`] is the reference; `docs/store-contract.md` the prose.

mod key;
pub mod limits;
pub mod memory;

pub use key::{encode_key, upper_bound};

use crate::model::Result;

/// A key: one to eight strings, ordered element by element by their UTF-8 bytes.
pub type Key = Vec<String>;

/// Made by the store; two versions of one key are the same exactly when they are equal.
pub type Version = Box<str>;

/// One key, or a stretch of the keys below a prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Range {
    /// One key.
    One {
        /// The key.
        key: Key,
    },
    /// Keys that begin with the prefix's elements and have more.
    Below {
        /// Whole elements.
        prefix: Key,
        /// Start strictly behind this key, in the direction of travel.
        after: Option<Key>,
        /// At most this many.
        limit: usize,
        /// From the last to the first.
        reverse: bool,
    },
}

impl Range {
    /// One key.
    pub fn one(key: Key) -> Self {
        Self::One { key }
    }

    /// The first keys below a prefix.
    pub fn first(prefix: Key, limit: usize) -> Self {
        Self::Below { prefix, after: None, limit, reverse: false }
    }
}

/// One record without its key: who asked knows the key, or finds it in the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// JSON text.
    pub value: String,
    /// The version it was read at.
    pub version: Version,
}

/// The ranges of one read, in their order, as they stood at one instant.
pub type Snapshot = Vec<Vec<Entry>>;

/// The key is at this version; `None`: it is absent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The key.
    pub key: Key,
    /// The version it was read at.
    pub version: Option<Version>,
}

/// Applied in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mutation {
    /// Writes a value.
    Set {
        /// The key.
        set: Key,
        /// JSON text.
        value: String,
    },
    /// Removes the key; an absent one is no error.
    Delete {
        /// The key.
        delete: Key,
    },
}

/// Checks and mutations, all or nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Commit {
    /// What has to hold.
    pub checks: Vec<Check>,
    /// What is done then.
    pub mutations: Vec<Mutation>,
}

/// A conflict is a value and names the keys whose check failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommitResult {
    /// Committed and durable.
    Done,
    /// Nothing was applied.
    Conflict(Vec<Key>),
}

/// A store, as the service sees it. Implementations are single-threaded handles; what they share is their business.
#[expect(async_fn_in_trait, reason = "the core is single-threaded: no caller needs Send")]
pub trait Store {
    /// Reads all ranges as one snapshot.
    ///
    /// # Errors
    /// The codes of the contract; nothing else.
    async fn read(&self, ranges: &[Range]) -> Result<Snapshot>;

    /// The versions of keys, as one snapshot: for a look whether anything has changed.
    ///
    /// # Errors
    /// As for [`Store::read`]
    async fn versions(&self, keys: &[Range]) -> Result<Vec<Option<Version>>> {
        let snapshot = self.read(keys).await?;
        Ok(snapshot.into_iter().map(|page| page.into_iter().next().map(|entry| entry.version)).collect())
    }

    /// A stretch with its keys: for who does not know what stands in it, as a check of the whole store.
    ///
    /// # Errors
    /// As for [`Store::read`]
    #[cfg(feature = "faces")]
    async fn keyed(&self, range: &Range) -> Result<Vec<(Key, Entry)>>;

    /// A number that grows with every commit of every handle on the same data, known at once; `None`: this store cannot
    /// say. What was read at a number still holds while the number is the same.
    fn epoch(&self) -> Option<u64> {
        None
    }

    /// Commits all or nothing. `Done` means durable.
    ///
    /// # Errors
    /// The codes of the contract; the store is unchanged then.
    async fn commit(&self, commit: &Commit) -> Result<CommitResult>;
}
