//! One look at one subject, over a `Tx`: what is wrong, and the writes that mend it.

use super::super::records::Record;
use super::super::tx::Tx;
use super::super::{Host, keys};
use super::{Fault, Finding, Subject};
use crate::json::Value;
use crate::model::{Action, Result, Token, User, UserId};
use crate::store::{Key, Store};

/// What a key holds.
pub(super) enum Held<R> {
    Nothing,
    Garbled,
    There(R),
}

/// Unlike what reads records for use, this looks at the text to its end.
pub(super) fn parsed<R: Record>(text: &str) -> Option<R> {
    Value::parse(text).and_then(R::take)
}

/// The user of a key's element, as the keys write it.
pub(super) fn user_of(padded: &str) -> Option<UserId> {
    let id = UserId::new(padded.parse().ok()?).ok()?;
    (keys::user(id).get(1)? == padded).then_some(id)
}

/// A key taken apart.
pub(super) fn elements(key: &Key) -> Vec<&str> {
    key.iter().map(String::as_str).collect()
}

/// Who asks for an index entry.
#[derive(Clone, Copy)]
pub(super) enum Claim<'r> {
    User(&'r User),
    Token(&'r Token),
    /// The key names the record: there can be no other.
    Other,
}

pub(super) struct Inspection<'t, 'd, S, H> {
    pub(super) tx: &'t mut Tx<'d, S, H>,
    found: Vec<Finding>,
}

impl<'t, 'd, S: Store, H: Host> Inspection<'t, 'd, S, H> {
    /// What is wrong with it. The transaction holds what would mend it.
    pub(super) fn of(tx: &'t mut Tx<'d, S, H>, subject: &Subject) -> Result<Vec<Finding>> {
        let mut inspection = Self { tx, found: Vec::new() };
        match subject {
            Subject::Record(key) => inspection.record(key)?,
            Subject::Index(key) => inspection.index(key)?,
            Subject::Linked(user, links) => inspection.linked(*user, links)?,
            Subject::Plain(key) => inspection.plain(key)?,
            Subject::Sequence(of, largest) => inspection.sequence(of, *largest)?,
            Subject::Audit(entries, counters) => inspection.audit(*entries, counters)?,
        }
        Ok(inspection.found)
    }

    /// The same for a commit: what is wrong at this moment is mended by it, and the audit says so.
    pub(super) fn mend(tx: &'t mut Tx<'d, S, H>, subject: &Subject) -> Result<Vec<Finding>> {
        tx.expect_audit();
        let mut found = Inspection::of(&mut *tx, subject)?;
        for finding in found.iter_mut().filter(|finding| finding.fault.mendable()) {
            finding.mended = true;
        }
        if let Some(first) = found.iter().find(|finding| finding.mended) {
            let (family, place) = first.place();
            let on = crate::model::Subject {
                kind: Some(family.to_owned()),
                id: Some(place),
                ..Default::default()
            };
            tx.audit(Some("local"), Action::StoreRepaired, on);
        }
        Ok(found)
    }

    pub(super) fn held<R: Record>(&mut self, key: &Key) -> Result<Held<R>> {
        Ok(match self.tx.get(key)? {
            None => Held::Nothing,
            Some(text) => parsed(text).map_or(Held::Garbled, Held::There),
        })
    }

    pub(super) fn owner(&mut self, id: UserId) -> Result<Held<User>> {
        self.held(&keys::user(id))
    }

    pub(super) fn tell(&mut self, key: &Key, fault: Fault) {
        self.found.push(Finding { key: key.clone(), fault, mended: false });
    }

    /// Something is for people to decide, and nothing more can be said of it.
    pub(super) fn leave(&mut self, key: &Key, fault: Fault) -> Result<()> {
        self.tell(key, fault);
        Ok(())
    }

    /// Something is not to be there.
    pub(super) fn remove(&mut self, key: &Key, fault: Fault) {
        self.tell(key, fault);
        self.tx.delete(key.clone());
    }

    /// Something has to be otherwise.
    pub(super) fn put(&mut self, key: &Key, value: String, fault: Fault) {
        self.tell(key, fault);
        self.tx.set(key.clone(), value);
    }

    /// An index entry has to say this, as one of whom it is says.
    pub(super) fn agree(&mut self, key: &Key, value: String, of: Claim<'_>) -> Result<()> {
        match self.tx.get(key)?.map(str::to_owned) {
            Some(text) if text == value => {}
            Some(text) => {
                // What it says instead may be what another record asks for.
                let claimed = match of {
                    Claim::User(user) => self.is_named_so(user, &text)?,
                    Claim::Token(token) => self.is_claimed(token, &text)?,
                    Claim::Other => false,
                };
                if claimed {
                    self.tell(key, Fault::Clash);
                } else {
                    self.put(key, value, Fault::Wrong);
                }
            }
            None => self.put(key, value, Fault::Missing),
        }
        Ok(())
    }
}
