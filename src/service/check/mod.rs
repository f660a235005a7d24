//! Verifies a store, and mends what can be: every record can be read, every index agrees with its records in both
//! directions, counts are right, nothing is left of who is gone.
//!
//! It goes page by page and beside running writers. A page is looked over in reads that are not of one instant; what
//! does not agree there is looked at again by itself, in one snapshot ([`Inner::at_once`]), and only what does not agree
//! there either is told. A repair is one commit that looks once more and checks all it read, so that it mends what is
//! wrong at that very moment or nothing.
//!
//! Records come first, then the indexes: where a record says what an index entry has to be, that is what is told.

mod fault;
mod finale;
mod index;
mod inspect;
mod record;

pub use fault::{Fault, Finding};

use super::Host;
use super::door::{Door, Inner};
use super::named::KINDS;
use crate::model::sorted::Set;
use crate::model::{Reach, Resource, Result, Token, User, UserId};
use crate::store::{Entry, Key, Range, Store, Version};
use inspect::{Inspection, parsed, user_of};
use record::links_of;

/// Entries of one step. Each of them takes a few reads more.
const PAGE: usize = 250;
/// Links that are looked at in one snapshot.
const LINKS: usize = 500;
/// Findings that are remembered, so that no one is told twice.
const TOLD: usize = 10_000;
/// So often the audit is counted anew, where somebody wrote meanwhile.
const AUDIT_ROUNDS: u32 = 3;

/// Families of keys in the order in which they are gone through: what says how the others have to be comes first.
const FAMILIES: [&str; 20] = [
    "user",
    "reach",
    "token",
    "resource",
    "name",
    "email",
    "member",
    "link",
    "tokenId",
    "owned",
    "tokenCount",
    "seen",
    "sealed",
    "resourceOwner",
    "resourceName",
    "seq",
    "secret",
    "barred",
    "auditCount",
    "audit",
];

/// What is looked at by itself.
#[derive(Debug, Clone)]
enum Subject {
    /// A record, and what has to be in the indexes about it.
    Record(Key),
    /// An index entry, and the record behind it.
    Index(Key),
    /// Some links of a user, there or not, and his reach, which may be long: it is read once for all of them, and all may
    /// be more than one snapshot takes.
    Linked(UserId, Vec<Key>),
    /// A record that nothing hangs on.
    Plain(Key),
    /// The largest number that was met, and the sequence that has to have come so far.
    Sequence(String, u64),
    /// The audit's entries, counted while its counters stood at these versions.
    Audit(u64, Vec<Option<Version>>),
}

impl Subject {
    /// What is mended by a commit of its own: link by link, as a commit checks all it read, and stores take no more than
    /// some dozens of checks for certain.
    fn parts(self, found: &[Finding]) -> Vec<Self> {
        if !matches!(self, Self::Linked(..)) {
            return vec![self];
        }
        let mut parts = Vec::new();
        for finding in found {
            if let Some(user) = link_of(&finding.key) {
                parts.push(Self::Linked(user, vec![finding.key.clone()]));
            }
        }
        parts
    }
}

/// Whose link an entry of the reverse index is.
fn link_of(key: &Key) -> Option<UserId> {
    let [_, _, _, user] = key.as_slice() else { return None };
    user_of(user)
}

/// What a step came to.
#[derive(Debug, Clone, Default)]
pub struct Step {
    /// The family it looked at; empty for what comes last.
    pub family: &'static str,
    /// Records looked at so far.
    pub records: u64,
    /// What was found, and mended if that was asked for.
    pub found: Vec<Finding>,
    /// The audit's entries could not be counted, because others kept writing.
    pub uncounted: bool,
    /// It was the last one.
    pub done: bool,
}

/// A check under way.
#[derive(Debug)]
pub struct Check<S, H> {
    door: Door<S, H>,
    repair: bool,
    at: usize,
    after: Option<Key>,
    records: u64,
    told: Set<Key>,
    largest: Vec<(String, u64)>,
    counted: u64,
    counters: Vec<Option<Version>>,
    rounds: u32,
}

impl<S: Store, H: Host> Door<S, H> {
    /// Begins a check of the whole store, for the machine's owner. `repair`: mends what can be mended without inventing
    /// anything; each repair is a commit with an entry in the audit.
    pub fn check(&self, repair: bool) -> Check<S, H> {
        Check {
            door: self.clone(),
            repair,
            at: 0,
            after: None,
            records: 0,
            told: Set::new(),
            largest: Vec::new(),
            counted: 0,
            counters: Vec::new(),
            rounds: 0,
        }
    }
}

impl<S: Store, H: Host> Check<S, H> {
    /// Looks at some more.
    ///
    /// # Errors
    /// Those of the store; what is wrong with its records is no error but told
    pub async fn step(&mut self) -> Result<Step> {
        let Some(&family) = FAMILIES.get(self.at) else { return self.finish().await };
        if family == "audit" && self.after.is_none() {
            self.counters = self.counters().await?;
            self.counted = 0;
        }
        let after = self.after.take();
        let page = self
            .inner()
            .keyed(&Range::Below { prefix: vec![family.to_owned()], after, limit: PAGE, reverse: false })
            .await?;
        if self.rounds == 0 {
            self.records += page.len() as u64;
        }
        let subjects = match family {
            "link" => linked(&page),
            _ => page.iter().flat_map(|(key, entry)| self.subjects(family, key, &entry.value)).collect(),
        };
        let found = self.settle(subjects).await?;
        let mut step = Step { family, records: self.records, found, ..Step::default() };
        if family == "audit" {
            self.counted += page.len() as u64;
        }
        if page.len() == PAGE {
            self.after = page.into_iter().last().map(|(key, _)| key);
        } else if family == "audit" && !self.settle_audit(&mut step).await? {
            self.rounds += 1;
        } else {
            self.at += 1;
        }
        Ok(step)
    }

    fn inner(&self) -> &Inner<S, H> {
        &self.door.0
    }

    /// What of an entry is to be looked at.
    fn subjects(&mut self, family: &str, key: &Key, value: &str) -> Vec<Subject> {
        let mut subjects = match family {
            "user" | "reach" | "token" | "resource" => vec![Subject::Record(key.clone())],
            "tokenCount" | "seq" | "secret" | "barred" | "auditCount" | "audit" => {
                vec![Subject::Plain(key.clone())]
            }
            _ => vec![Subject::Index(key.clone())],
        };
        match family {
            "user" => self.met("user", parsed::<User>(value).map(|user| user.id.get())),
            "token" => self.met("token", parsed::<Token>(value).map(|token| token.number)),
            "resource" => {
                if let Some(resource) = parsed::<Resource>(value).filter(|one| KINDS.contains(&&*one.kind)) {
                    self.met(&resource.kind, resource.id.parse().ok());
                }
            }
            "reach" => {
                if let (Some(user), Some(reach)) =
                    (key.get(1).and_then(|id| user_of(id)), parsed::<Reach>(value))
                {
                    let links = links_of(user, &reach);
                    subjects.extend(links.chunks(LINKS).map(|links| Subject::Linked(user, links.to_vec())));
                }
            }
            _ => {}
        }
        subjects
    }

    fn met(&mut self, sequence: &str, number: Option<u64>) {
        let Some(number) = number else { return };
        match self.largest.iter_mut().find(|(of, _)| of == sequence) {
            Some((_, largest)) => *largest = number.max(*largest),
            None => self.largest.push((sequence.to_owned(), number)),
        }
    }

    /// Looks over many, then at each that does not agree.
    async fn settle(&mut self, subjects: Vec<Subject>) -> Result<Vec<Finding>> {
        let mut found = Vec::new();
        for subject in self.inner().suspicious(&subjects).await? {
            let mut confirmed = self.inner().at_once(|tx| Inspection::of(tx, &subject)).await?;
            if self.repair && confirmed.iter().any(|finding| finding.fault.mendable()) {
                let mut mended = Vec::new();
                for part in subject.parts(&confirmed) {
                    mended.extend(self.inner().change(|tx| Inspection::mend(tx, &part)).await?);
                }
                confirmed = mended;
            }
            for finding in confirmed {
                if self.tell(&finding) {
                    found.push(finding);
                }
            }
        }
        Ok(found)
    }

    /// Is it new? What was mended may be broken again.
    fn tell(&mut self, finding: &Finding) -> bool {
        if self.told.len() >= TOLD {
            return true;
        }
        // A token that its owner does not find is counted all the same: one fault, not two.
        if let (Fault::Missing, [family, user, _]) = (finding.fault, finding.key.as_slice())
            && family == "owned"
            && !finding.mended
        {
            self.told.insert(vec!["tokenCount".to_owned(), user.clone()]);
        }
        self.told.insert(finding.key.clone()) || finding.mended
    }
}

/// Entries of the reverse index by whom they name.
fn linked(page: &[(Key, Entry)]) -> Vec<Subject> {
    let mut subjects = Vec::new();
    for (key, _) in page {
        let Some(user) = link_of(key) else {
            subjects.push(Subject::Index(key.clone()));
            continue;
        };
        let known = subjects.iter_mut().find_map(|subject| match subject {
            Subject::Linked(of, links) if *of == user => Some(links),
            _ => None,
        });
        match known {
            Some(links) => links.push(key.clone()),
            None => subjects.push(Subject::Linked(user, vec![key.clone()])),
        }
    }
    subjects
}

impl<S: Store, H: Host> Inner<S, H> {
    /// Those that do not agree, or did not while they were read.
    async fn suspicious(&self, subjects: &[Subject]) -> Result<Vec<Subject>> {
        let fine = self.look(|tx| {
            let fine = subjects.iter().map(|subject| {
                let found = Inspection::of(tx, subject);
                tx.undo();
                match found {
                    Ok(found) => Ok(found.is_empty()),
                    // All of them say what they want before any of it is read.
                    Err(_) if tx.stopped() => Ok(false),
                    Err(error) => Err(error),
                }
            });
            let fine: Vec<bool> = fine.collect::<Result<_>>()?;
            Ok(fine)
        });
        let fine = fine.await?;
        Ok(subjects.iter().zip(fine).filter(|(_, fine)| !fine).map(|(subject, _)| subject.clone()).collect())
    }
}
