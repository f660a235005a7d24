//! What can be said when all has been seen.

use super::super::{Host, audit, keys};
use super::{AUDIT_ROUNDS, Check, FAMILIES, Fault, Finding, Step, Subject};
use crate::model::{Groups, Result};
use crate::service::check::inspect::parsed;
use crate::store::{Key, Range, Store, Version};

/// Keys of one element.
const SINGLES: [&str; 2] = ["groups", "meta"];
/// What begins so is the mark of a server that shares its store, and no affair of the core's.
const BEHIND_ALL: char = '\u{10ffff}';

impl<S: Store, H: Host> Check<S, H> {
    pub(super) async fn counters(&self) -> Result<Vec<Option<Version>>> {
        let ranges: Vec<Range> = audit::parts().into_iter().map(Range::one).collect();
        self.inner().versions(&ranges).await
    }

    /// The audit was counted from its beginning to its end. `false`: somebody wrote meanwhile, and it is to be counted
    /// again.
    pub(super) async fn settle_audit(&mut self, step: &mut Step) -> Result<bool> {
        if self.counters().await? != self.counters {
            if self.rounds + 1 < AUDIT_ROUNDS {
                return Ok(false);
            }
            step.uncounted = true;
            return Ok(true);
        }
        let subject = Subject::Audit(self.counted, core::mem::take(&mut self.counters));
        step.found.extend(self.settle(vec![subject]).await?);
        Ok(true)
    }

    pub(super) async fn finish(&mut self) -> Result<Step> {
        let sequences = core::mem::take(&mut self.largest);
        let subjects = sequences.into_iter().map(|(of, largest)| Subject::Sequence(of, largest)).collect();
        let mut found = self.settle(subjects).await?;
        found.extend(self.groups().await?);
        found.extend(self.strangers().await?);
        Ok(Step { records: self.records, found, done: true, ..Step::default() })
    }

    /// There are few, in one record, which is mended by nobody but people.
    async fn groups(&self) -> Result<Option<Finding>> {
        let key = keys::groups();
        let text = self.inner().at_once(|tx| Ok(tx.get(&key)?.map(str::to_owned))).await?;
        let fault = text.and_then(|text| match parsed::<Groups>(&text) {
            None => Some(Fault::Unreadable),
            Some(groups) => (!sound(&groups)).then_some(Fault::Senseless),
        });
        Ok(fault.map(|fault| Finding { key, fault, mended: false }))
    }

    /// Keys of no family: one of each is told.
    async fn strangers(&self) -> Result<Vec<Finding>> {
        let mut found = Vec::new();
        let mut after = None;
        loop {
            let range = Range::Below { prefix: Key::new(), after: after.take(), limit: 1, reverse: false };
            let Some((key, _)) = self.inner().keyed(&range).await?.into_iter().next() else {
                return Ok(found);
            };
            let Some(family) = key.first().cloned().filter(|family| !family.starts_with(BEHIND_ALL)) else {
                return Ok(found);
            };
            let single = key.len() == 1;
            let ours = if single { SINGLES.contains(&&*family) } else { FAMILIES.contains(&&*family) };
            if single {
                after = Some(key.clone());
            } else {
                // Behind every key that begins with this element, and before any that begins with another.
                after = Some(vec![format!("{family}\0")]);
            }
            if !ours {
                found.push(Finding { key, fault: Fault::Foreign, mended: false });
            }
        }
    }
}

/// Groups have ids and keys of their own, and no group is within itself.
fn sound(groups: &Groups) -> bool {
    groups.list.iter().enumerate().all(|(at, group)| {
        let alone =
            !groups.list.iter().skip(at + 1).any(|other| other.id == group.id || other.key == group.key);
        alone
            && group.id.0 < groups.next
            && group.subgroups.iter().all(|sub| groups.by_id(*sub).is_some())
            && !groups.closure(group.subgroups.iter().copied()).contains(&group.id)
    })
}
