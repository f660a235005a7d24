//! The audit: written in the commit of the change it tells of, bounded by age and count.

use super::operation::Operation;
use super::records::{corrupt, read, write};
use super::session::Session;
use super::tx::Tx;
use super::{Host, keys};
use crate::model::{AuditEntry, Code, Error, Millis, Result, hex};
use crate::store::{Key, Range, Store};

/// The count is kept in parts, and a writer picks one at random: writers of one instant seldom meet.
const PARTS: u8 = 8;
/// One commit in so many looks for entries to drop…
const PRUNE_EVERY: u8 = 32;
/// …and drops at most so many, which outruns what is added.
const PRUNE_PAGE: usize = 128;

/// A page of the audit, newest first.
#[derive(Debug, Clone)]
pub struct AuditPage {
    /// The entries.
    pub entries: Vec<AuditEntry>,
    /// Where the next page begins.
    pub next: Option<String>,
}

impl<S: Store, H: Host> Tx<'_, S, H> {
    /// Has what the audit will need read along.
    pub(super) fn expect_audit(&mut self) {
        self.want(vec![count_key(self.dice)]);
    }
}

/// Where it is counted.
#[cfg(feature = "faces")]
pub(super) fn parts() -> Vec<Key> {
    (0..PARTS).map(keys::audit_count).collect()
}

fn count_key([part, ..]: [u8; 3]) -> Key {
    keys::audit_count(part % PARTS)
}

/// Counts what is pending, and prunes now and then.
pub(super) fn append<S: Store, H: Host>(tx: &mut Tx<'_, S, H>) -> Result<()> {
    let added = tx.pending_audit().len() as u64;
    if added == 0 {
        return Ok(());
    }
    let key = count_key(tx.dice);
    let [_, prune, _] = tx.dice;
    let dropped = if prune % PRUNE_EVERY == 0 { prune_oldest(tx)? } else { 0 };
    let count = tx.record::<i64>("auditCount", &key)?.unwrap_or(0);
    tx.set(key, write(&count.saturating_add_unsigned(added).saturating_sub_unsigned(dropped))?);
    Ok(())
}

/// Writes what is pending, each entry under a salt of its own.
pub(super) fn salt<S: Store, H: Host>(tx: &mut Tx<'_, S, H>) -> Result<()> {
    let mut entries = core::mem::take(tx.pending_audit());
    for entry in &mut entries {
        let mut bytes = [0; 8];
        tx.door.host.random(&mut bytes);
        entry.salt = hex(&bytes);
        tx.set(keys::audit(entry.at, &entry.salt), write(entry)?);
    }
    *tx.pending_audit() = entries;
    Ok(())
}

fn prune_oldest<S: Store, H: Host>(tx: &mut Tx<'_, S, H>) -> Result<u64> {
    let oldest_entries = Range::first(keys::audits(), PRUNE_PAGE);
    tx.want_scan(&oldest_entries);
    let counts = tx.scan(Range::first(keys::audit_counts(), usize::from(PARTS)))?;
    let mut total = 0_i64;
    for entry in counts.iter() {
        total = total.saturating_add(read("auditCount", &entry.value)?);
    }
    let policy = &tx.door.policy;
    let (max, oldest) = (policy.audit_max_entries, tx.now.saturating_sub(policy.audit_max_age));
    let over = u64::try_from(total).unwrap_or(0).saturating_sub(max);
    let mut stale = Vec::new();
    for entry in tx.scan(oldest_entries)?.iter() {
        let entry: AuditEntry = read("audit", &entry.value)?;
        if stale.len() as u64 >= over && entry.at >= oldest {
            break;
        }
        stale.push(keys::audit(entry.at, &entry.salt));
    }
    // Read by key, so that two who prune at once do not both count it.
    tx.fetch(stale.clone())?;
    let mut dropped = 0;
    for key in stale {
        if tx.get(&key)?.is_some() {
            tx.delete(key);
            dropped += 1;
        }
    }
    Ok(dropped)
}

impl<S: Store, H: Host> Session<S, H> {
    /// A page of the audit, newest first.
    ///
    /// # Errors
    /// `denied` without `audit.read`; `invalidArgument` for a limit outside 1 to 1,000 or a foreign cursor
    pub fn list_audit(&self, limit: usize, after: Option<&str>) -> Operation<'_, S, H, AuditPage> {
        let after = after.map(str::to_owned);
        self.look(Vec::new(), move |tx, actor| {
            actor.need(&tx.door.catalogue, "audit.read")?;
            super::check_limit(limit)?;
            let after = after.as_deref().map(cursor).transpose()?;
            let page = tx.scan(Range::Below { prefix: keys::audits(), after, limit, reverse: true })?;
            let mut entries: Vec<AuditEntry> = Vec::with_capacity(page.len());
            for entry in page.iter() {
                entries.push(read("audit", &entry.value)?);
            }
            let full = entries.len() == limit;
            let next = entries.last().filter(|_| full).map(|entry| format!("{}-{}", entry.at, entry.salt));
            Ok(AuditPage { entries, next })
        })
    }
}

fn cursor(text: &str) -> Result<Key> {
    let bad = || Error::new(Code::InvalidArgument, "`after` is no cursor of this list").at("after");
    let (at, salt) = text.split_once('-').ok_or_else(bad)?;
    let at: Millis = at.parse().map_err(|_| bad())?;
    if salt.len() != 16 || !salt.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(bad());
    }
    Ok(keys::audit(at, salt))
}

/// What a watch heard of: entries other doors wrote.
///
/// # Errors
/// `storeCorrupt`
pub(super) fn foreign(values: &[String], own: &str) -> Result<Vec<AuditEntry>> {
    let mut entries = Vec::new();
    for value in values {
        let entry: AuditEntry = read("audit", value)?;
        if entry.via.is_empty() {
            return Err(corrupt("audit"));
        }
        if entry.via != own {
            entries.push(entry);
        }
    }
    Ok(entries)
}
