use std::rc::Rc;

use super::door::Inner;
use super::hashing::Hashes;
use super::records::{Record, corrupt, read};
use super::{Host, keys};
use crate::model::sorted::{Map, Set, gathered};
use crate::model::{Action, AuditEntry, Code, Error, Millis, Outcome, Reach, Result, Subject, User, UserId};
use crate::store::{
    Check, Commit, CommitResult, Entry, Key, Mutation, Range, Snapshot, Store, Version, encode_key,
};

#[derive(Debug)]
struct Slot {
    version: Option<Version>,
    value: Option<String>,
}

/// One attempt at one operation: what it read, with versions, and what it will write.
///
/// An operation is plain code that is run over what has been read so far. What is not there yet it notes as wanted, and
/// ends with an error that means nothing; [`Inner::gather`] reads all that is wanted at once and runs it again, from the
/// beginning, without writes. So an operation does nothing but through its `Tx`, or what may well be done twice.
/// Passwords to compare and to hash are wanted likewise.
///
/// INVARIANT: every key read through [`Tx::get`] is checked at the commit, so that what was decided by it still holds.
/// Ranges are not; what a decision rests on is read by key.
///
/// INVARIANT: a run that stopped counts for nothing, whatever it returned: [`Tx::stopped`] says so, not the error.
pub(super) struct Tx<'d, S, H> {
    pub(super) door: &'d Inner<S, H>,
    pub(super) now: Millis,
    /// Drawn once an attempt: another run has to want the same.
    pub(super) dice: [u8; 3],
    slots: Map<Key, Slot>,
    stretches: Vec<(Range, Rc<Vec<Entry>>)>,
    wanted: (Vec<Key>, Vec<Range>),
    pub(super) hashes: Hashes,
    stopped: bool,
    counts: bool,
    writes: Map<Key, Option<String>>,
    audit: Vec<AuditEntry>,
}

impl<'d, S: Store, H: Host> Tx<'d, S, H> {
    pub(super) fn new(door: &'d Inner<S, H>) -> Self {
        Self {
            door,
            now: door.host.now(),
            dice: [0; 3],
            slots: Map::new(),
            stretches: Vec::new(),
            wanted: Default::default(),
            hashes: Hashes::default(),
            stopped: false,
            counts: false,
            writes: Map::new(),
            audit: Vec::new(),
        }
    }

    /// Another attempt, over what was found out of passwords.
    pub(super) fn again(&mut self) -> Self {
        let mut next = Self::new(self.door);
        next.hashes = core::mem::take(&mut self.hashes);
        next
    }

    /// The same attempt over what stands in the store by now: what it read and wanted is read in one go.
    pub(super) fn follow(&mut self) -> Self {
        let (mut keys, mut stretches) = core::mem::take(&mut self.wanted);
        keys.extend(self.slots.keys().cloned());
        stretches.extend(self.stretches.iter().map(|(range, _)| range.clone()));
        let mut next = self.again();
        next.dice = self.dice;
        next.wanted = (keys, stretches);
        next
    }

    /// Before every run: what was read stays, what was done is forgotten.
    pub(super) fn rewind(&mut self) {
        self.wanted = Default::default();
        self.stopped = false;
        self.counts = false;
        self.writes = Map::new();
        self.audit.clear();
    }

    /// What was done so far is not to be.
    #[cfg(feature = "faces")]
    pub(super) fn undo(&mut self) {
        self.writes = Map::new();
        self.audit.clear();
    }

    /// The run met something that has not been read.
    pub(super) fn stopped(&self) -> bool {
        self.stopped
    }

    /// What the run asked for, each once. Keys come first: where a stretch is guarded by a key, that key is never read
    /// after it.
    pub(super) fn take_wanted(&mut self) -> Vec<Range> {
        let (keys, stretches) = core::mem::take(&mut self.wanted);
        let keys: Set<Key> = keys.into_iter().collect();
        let mut wanted = gathered(keys.into_iter().map(Range::one));
        wanted.extend(stretches);
        wanted
    }

    /// A refusal that counts: what was written down of it is committed, before it is given as the error.
    pub(super) fn counting(&mut self, refusal: Error) -> Error {
        self.counts = true;
        refusal
    }

    pub(super) fn counts(&self) -> bool {
        self.counts
    }

    /// Takes in what was read.
    pub(super) fn learn(&mut self, ranges: &[Range], snapshot: Snapshot) {
        let mut slots: Vec<(Key, Slot)> = core::mem::take(&mut self.slots).into_iter().collect();
        for (range, entries) in ranges.iter().zip(snapshot) {
            match range {
                Range::One { key } => {
                    let slot = match entries.into_iter().next() {
                        Some(Entry { value, version }) => Slot { version: Some(version), value: Some(value) },
                        None => Slot { version: None, value: None },
                    };
                    slots.push((key.clone(), slot));
                }
                Range::Below { .. } => self.stretches.push((range.clone(), Rc::new(entries))),
            }
        }
        self.slots = slots.into_iter().collect();
    }

    pub(super) fn stop(&mut self) -> Error {
        self.stopped = true;
        Error::new(Code::Internal, "an operation went on without what it wants")
    }

    /// Says what will be read, for the next read to bring it along. `false`: something of it is not there yet.
    pub(super) fn want(&mut self, keys: Vec<Key>) -> bool {
        let mut there = true;
        for key in keys {
            if !self.slots.contains_key(&key) {
                there = false;
                self.wanted.0.push(key);
            }
        }
        there
    }

    /// Likewise for a stretch.
    pub(super) fn want_scan(&mut self, range: &Range) -> Option<Rc<Vec<Entry>>> {
        if let Some((_, entries)) = self.stretches.iter().find(|(known, _)| known == range) {
            return Some(entries.clone());
        }
        if !self.wanted.1.contains(range) {
            self.wanted.1.push(range.clone());
        }
        None
    }

    /// Reads keys ahead, in one go.
    pub(super) fn fetch(&mut self, keys: impl IntoIterator<Item = Key>) -> Result<()> {
        if self.want(gathered(keys)) { Ok(()) } else { Err(self.stop()) }
    }

    /// The value of a key, own writes included.
    pub(super) fn get(&mut self, key: &Key) -> Result<Option<&str>> {
        if !self.slots.contains_key(key) {
            self.wanted.0.push(key.clone());
            return Err(self.stop());
        }
        if let Some(written) = self.writes.get(key) {
            return Ok(written.as_deref());
        }
        Ok(self.slots.get(key).and_then(|slot| slot.value.as_deref()))
    }

    pub(super) fn version(&self, key: &Key) -> Option<Version> {
        self.slots.get(key).and_then(|slot| slot.version.clone())
    }

    pub(super) fn writes(&self, key: &Key) -> bool {
        self.writes.contains_key(key)
    }

    /// A stretch as it stands; not checked at the commit.
    pub(super) fn scan(&mut self, range: Range) -> Result<Rc<Vec<Entry>>> {
        self.want_scan(&range).ok_or_else(|| self.stop())
    }

    pub(super) fn set(&mut self, key: Key, value: String) {
        self.writes.insert(key, Some(value));
    }

    pub(super) fn delete(&mut self, key: Key) {
        self.writes.insert(key, None);
    }

    /// A record by key.
    pub(super) fn record<R: Record>(&mut self, what: &str, key: &Key) -> Result<Option<R>> {
        match self.get(key)? {
            Some(text) => read(what, text).map(Some),
            None => Ok(None),
        }
    }

    pub(super) fn user(&mut self, id: UserId) -> Result<Option<User>> {
        self.record("user", &keys::user(id))
    }

    pub(super) fn user_id_of(&mut self, name: &str) -> Result<Option<UserId>> {
        // A name longer than any can be is found nowhere, and fits in no key.
        let Some(key) = self.door.name_key(name) else { return Ok(None) };
        let Some((id, _)) = self.record::<(u64, String)>("name", &key)? else { return Ok(None) };
        UserId::new(id).map(Some).map_err(|_| corrupt("name"))
    }

    pub(super) fn user_named(&mut self, name: &str) -> Result<Option<User>> {
        match self.user_id_of(name)? {
            Some(id) => self.user(id),
            None => Ok(None),
        }
    }

    pub(super) fn reach(&mut self, id: UserId) -> Result<Reach> {
        Ok(self.record("reach", &keys::reach(id))?.unwrap_or_default())
    }

    /// Adds a line to the audit, in this very commit.
    pub(super) fn audit(&mut self, actor: Option<&str>, action: Action, on: Subject) {
        self.audit_outcome(actor, action, on, Outcome::Ok, None);
    }

    pub(super) fn audit_outcome(
        &mut self,
        actor: Option<&str>,
        action: Action,
        on: Subject,
        outcome: Outcome,
        by: Option<&str>,
    ) {
        let entry = AuditEntry {
            at: self.now,
            // Given when it is written.
            salt: String::new(),
            actor: actor.map(str::to_owned),
            action,
            on,
            outcome,
            by: by.map(str::to_owned),
            via: self.door.id.clone(),
        };
        self.audit.push(entry);
    }

    /// Is there anything to write?
    pub(super) fn idle(&self) -> bool {
        self.writes.is_empty() && self.audit.is_empty()
    }

    pub(super) fn pending_audit(&mut self) -> &mut Vec<AuditEntry> {
        &mut self.audit
    }

    /// Commits. `None`: somebody was faster, and nothing was written.
    pub(super) async fn commit(self) -> Result<Option<Vec<AuditEntry>>> {
        if self.idle() {
            return Ok(Some(Vec::new()));
        }
        let check = |(key, slot): (Key, Slot)| Check { key, version: slot.version };
        let mutation = |(key, value)| match value {
            Some(value) => Mutation::Set { set: key, value },
            None => Mutation::Delete { delete: key },
        };
        let checks = gathered(self.slots.into_iter().map(check));
        let mutations = gathered(self.writes.into_iter().map(mutation));
        match self.door.store_commit(&Commit { checks, mutations }).await? {
            CommitResult::Done => Ok(Some(self.audit)),
            CommitResult::Conflict(_) => Ok(None),
        }
    }
}

impl<S: Store, H: Host> Inner<S, H> {
    /// Where a name is looked up. `None`: it is longer than any can be.
    pub(super) fn name_key(&self, name: &str) -> Option<Key> {
        let key = keys::name(&self.policy.name_key(name));
        encode_key(&key).is_ok().then_some(key)
    }
}
