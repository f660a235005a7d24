//! The audit: written in the commit of the change it tells of, bounded by age and count.

use super::records::{corrupt, read, write};
use super::session::Session;
use super::tx::Tx;
use super::{Host, keys};
use crate::model::{AuditEntry, Code, Error, Millis, Result};
use crate::store::{Range, Store};

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

/// Writes what is pending, counts it, and prunes now and then.
pub(super) async fn append<S: Store, H: Host>(tx: &mut Tx<'_, S, H>) -> Result<()> {
    let entries = tx.pending_audit().to_vec();
    if entries.is_empty() {
        return Ok(());
    }
    for entry in &entries {
        tx.set(keys::audit(entry.at, &entry.salt), write(entry)?);
    }
    let mut dice = [0; 2];
    tx.door.host.random(&mut dice);
    let [part, prune] = dice;
    let key = keys::audit_count(part % PARTS);
    let count: i64 = tx.get(&key).await?.map(|text| read("auditCount", text)).transpose()?.unwrap_or(0);
    let dropped = if prune % PRUNE_EVERY == 0 { prune_oldest(tx).await? } else { 0 };
    let count = count.saturating_add_unsigned(entries.len() as u64).saturating_sub_unsigned(dropped);
    tx.set(key, write(&count)?);
    Ok(())
}

async fn prune_oldest<S: Store, H: Host>(tx: &mut Tx<'_, S, H>) -> Result<u64> {
    let counts = tx.scan(Range::first(keys::audit_counts(), usize::from(PARTS))).await?;
    let total = counts.iter().try_fold(0_i64, |total, entry| {
        read::<i64>("auditCount", &entry.value).map(|count| total.saturating_add(count))
    })?;
    let policy = &tx.door.policy;
    let (max, oldest) = (policy.audit_max_entries, tx.now.saturating_sub(policy.audit_max_age));
    let over = u64::try_from(total).unwrap_or(0).saturating_sub(max);
    let mut dropped = 0;
    for entry in tx.scan(Range::first(keys::audits(), PRUNE_PAGE)).await? {
        let entry: AuditEntry = read("audit", &entry.value)?;
        if dropped >= over && entry.at >= oldest {
            break;
        }
        let key = keys::audit(entry.at, &entry.salt);
        // Read by key, so that two who prune at once do not both count it.
        if tx.get(&key).await?.is_some() {
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
    pub async fn list_audit(&self, limit: usize, after: Option<&str>) -> Result<AuditPage> {
        let mut tx = Tx::new(self.door());
        tx.actor(self.credential(), &[]).await?.need(&tx.door.catalogue, "audit.read")?;
        super::check_limit(limit)?;
        let after = after.map(cursor).transpose()?;
        let page = tx.scan(Range::Below { prefix: keys::audits(), after, limit, reverse: true }).await?;
        let entries =
            page.iter().map(|entry| read("audit", &entry.value)).collect::<Result<Vec<AuditEntry>>>()?;
        let full = entries.len() == limit;
        let next = entries.last().filter(|_| full).map(|entry| format!("{}-{}", entry.at, entry.salt));
        Ok(AuditPage { entries, next })
    }
}

fn cursor(text: &str) -> Result<crate::store::Key> {
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
    let entries = values.iter().map(|value| read("audit", value)).collect::<Result<Vec<AuditEntry>>>()?;
    if entries.iter().any(|entry| entry.via.is_empty()) {
        return Err(corrupt("audit"));
    }
    Ok(entries.into_iter().filter(|entry| entry.via != own).collect())
}
