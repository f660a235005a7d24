//! The reference store: ordered, versioned, in memory.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::rc::Rc;

use super::{
    Check, Commit, CommitResult, Entry, Key, Mutation, Range, Snapshot, Store, encode_key, limits,
    upper_bound,
};
use crate::model::{Code, Error, Result};

/// A handle; clones share the data, as two tabs share a database.
#[derive(Clone, Default)]
pub struct Memory {
    data: Rc<RefCell<Data>>,
}

/// Keys and values stay out: among them are password hashes.
impl core::fmt::Debug for Memory {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Memory").finish_non_exhaustive()
    }
}

#[derive(Default)]
struct Data {
    entries: BTreeMap<Vec<u8>, Record>,
    version: u64,
}

#[derive(Clone)]
struct Record {
    key: Key,
    value: String,
    version: u64,
}

impl Memory {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Everything in it, in order: for tests that compare whole stores.
    pub fn dump(&self) -> Vec<(Key, String)> {
        self.data.borrow().entries.values().map(|record| (record.key.clone(), record.value.clone())).collect()
    }
}

impl Data {
    fn read(&self, range: &Range) -> Result<Vec<&Record>> {
        match range {
            Range::One { key } => Ok(self.entries.get(&encode_key(key)?).into_iter().collect()),
            Range::Below { prefix, after, limit, reverse } => {
                if *limit == 0 || *limit > limits::RANGE_ENTRIES {
                    return Err(Error::new(
                        Code::InvalidRange,
                        format!("a range gives 1 to {} entries", limits::RANGE_ENTRIES),
                    ));
                }
                let mut lower =
                    Bound::Excluded(if prefix.is_empty() { Vec::new() } else { encode_key(prefix)? });
                let mut upper = Bound::Excluded(upper_bound(prefix));
                if let Some(after) = after {
                    if after.len() <= prefix.len() || !after.starts_with(prefix) {
                        return Err(Error::new(Code::InvalidRange, "`after` lies outside its range"));
                    }
                    let bound = Bound::Excluded(encode_key(after)?);
                    *(if *reverse { &mut upper } else { &mut lower }) = bound;
                }
                let stretch = self.entries.range((lower, upper)).map(|(_, record)| record);
                Ok(if *reverse {
                    stretch.rev().take(*limit).collect()
                } else {
                    stretch.take(*limit).collect()
                })
            }
        }
    }

    fn holds(&self, check: &Check) -> Result<bool> {
        let found = self.entries.get(&encode_key(&check.key)?).map(|record| version(record.version));
        Ok(found == check.version)
    }

    fn apply(&mut self, mutation: &Mutation) -> Result<()> {
        match mutation {
            Mutation::Set { set, value } => {
                let record = Record { key: set.clone(), value: value.clone(), version: self.version };
                self.entries.insert(encode_key(set)?, record);
            }
            Mutation::Delete { delete } => {
                self.entries.remove(&encode_key(delete)?);
            }
        }
        Ok(())
    }
}

fn version(number: u64) -> Box<str> {
    number.to_string().into_boxed_str()
}

fn entry(record: &Record) -> Entry {
    Entry { value: record.value.clone(), version: version(record.version) }
}

fn within_limits(commit: &Commit) -> Result<()> {
    if commit.checks.len() > limits::CHECKS || commit.mutations.len() > limits::MUTATIONS {
        return Err(Error::new(Code::LimitExceeded, "a commit has too many checks or mutations"));
    }
    for mutation in &commit.mutations {
        match mutation {
            Mutation::Set { set, value } => {
                encode_key(set)?;
                if value.len() > limits::VALUE_BYTES {
                    return Err(Error::new(
                        Code::LimitExceeded,
                        format!("a value is larger than {} bytes", limits::VALUE_BYTES),
                    ));
                }
            }
            Mutation::Delete { delete } => {
                encode_key(delete)?;
            }
        }
    }
    Ok(())
}

impl Store for Memory {
    async fn read(&self, ranges: &[Range]) -> Result<Snapshot> {
        if ranges.len() > limits::READ_RANGES {
            return Err(Error::new(
                Code::InvalidRange,
                format!("a read takes at most {} ranges", limits::READ_RANGES),
            ));
        }
        let data = self.data.borrow();
        ranges.iter().map(|range| Ok(data.read(range)?.into_iter().map(entry).collect())).collect()
    }

    #[cfg(feature = "faces")]
    async fn keyed(&self, range: &Range) -> Result<Vec<(Key, Entry)>> {
        let data = self.data.borrow();
        Ok(data.read(range)?.into_iter().map(|record| (record.key.clone(), entry(record))).collect())
    }

    fn epoch(&self) -> Option<u64> {
        Some(self.data.borrow().version)
    }

    async fn commit(&self, commit: &Commit) -> Result<CommitResult> {
        within_limits(commit)?;
        let mut data = self.data.borrow_mut();
        let mut conflicts = Vec::new();
        for check in &commit.checks {
            if !data.holds(check)? {
                conflicts.push(check.key.clone());
            }
        }
        if !conflicts.is_empty() {
            return Ok(CommitResult::Conflict(conflicts));
        }
        data.version += 1;
        commit.mutations.iter().try_for_each(|mutation| data.apply(mutation))?;
        Ok(CommitResult::Done)
    }
}
