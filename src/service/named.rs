//! Resources that protocols number themselves and look up by something else: DeviceHive's networks and device types by
//! name, VRM's sites by their gateway.

use super::records::{corrupt, read_all, write};
use super::resources::{ResourceView, subject};
use super::session::Session;
use super::sites::SITE;
use super::tx::Tx;
use super::{Host, keys, not_found};
use crate::json::Value;
use crate::model::{Action, Code, Error, Resource, Result, lower};
use crate::rules::{self, ResourcePatch};
use crate::store::{Range, Store};

/// Kinds with an index of names. A name in it is one by which protocols look a resource up.
pub(super) const KINDS: [&str; 3] = ["network", "devicetype", SITE];
/// Longer names are not in the index: they would not fit in a key.
const LONGEST: usize = 512;

pub(super) fn key_of(resource: &Resource) -> Option<crate::store::Key> {
    let name = match resource.kind.as_str() {
        SITE => identifier_of(resource)?,
        kind if KINDS.contains(&kind) => resource.name.clone(),
        _ => return None,
    };
    let listed = !name.is_empty() && name.len() <= LONGEST;
    listed.then(|| keys::resource_name(&resource.kind, &name, &resource.id))
}

/// The member `identifier` of a resource's data, in lower case.
pub(super) fn identifier_of(resource: &Resource) -> Option<String> {
    let members = Value::parse(resource.data.as_deref()?)?.members()?;
    let (_, value) = members.into_iter().rev().find(|(name, _)| name == "identifier")?;
    Some(lower(&value.text()?))
}

impl<S: Store, H: Host> Tx<'_, S, H> {
    /// Keeps the index of names, and the sequence behind ids that were declared.
    pub(super) fn put_resource_name(&mut self, old: Option<&Resource>, new: Option<&Resource>) -> Result<()> {
        let (before, after) = (old.and_then(key_of), new.and_then(key_of));
        let renamed = before != after;
        if let Some(key) = before.filter(|_| renamed) {
            self.delete(key);
        }
        let Some(new) = new else { return Ok(()) };
        if let Some(key) = after.filter(|_| renamed) {
            self.set(key, write(&new.id)?);
        }
        let number = new.id.parse::<u64>().ok().filter(|_| KINDS.contains(&new.kind.as_str()));
        if let (None, Some(number)) = (old, number) {
            let sequence = keys::sequence(&new.kind);
            let last: u64 = self.record("seq", &sequence)?.unwrap_or(0);
            if number > last {
                self.set(sequence, number.to_string());
            }
        }
        Ok(())
    }

    /// The ids of the resources of that name.
    pub(super) fn resources_named(&mut self, kind: &str, name: &str) -> Result<Vec<String>> {
        if name.len() > LONGEST {
            return Ok(Vec::new());
        }
        let found = self.scan(Range::first(keys::resource_names(kind, name), 16))?;
        read_all("resourceName", &found)
    }

    /// Is the name free? Whoever else gives one meanwhile writes the sequence as well, and is met at the commit.
    fn need_free_resource_name(&mut self, kind: &str, name: &str, own: Option<&str>) -> Result<()> {
        let sequence = keys::sequence(kind);
        let last: u64 = self.record("seq", &sequence)?.unwrap_or(0);
        self.set(sequence, last.to_string());
        if self.resources_named(kind, name)?.iter().any(|id| Some(id.as_str()) != own) {
            let message = format!("there is a {kind} of that name already");
            return Err(Error::new(Code::AlreadyExists, message).at("name"));
        }
        Ok(())
    }
}

impl<S: Store, H: Host> Session<S, H> {
    /// Adds a resource under the next number of its kind and a name no other has.
    ///
    /// # Errors
    /// `denied`, `alreadyExists`, and the codes of bad input
    pub async fn add_numbered(&self, kind: &str, patch: ResourcePatch) -> Result<ResourceView> {
        self.change(vec![keys::sequence(kind)], |tx, actor| {
            tx.need_free_resource_name(kind, patch.name.as_deref().unwrap_or_default(), None)?;
            let id = tx.next(kind)?.to_string();
            if tx.resource(kind, &id)?.is_some() {
                return Err(corrupt("seq"));
            }
            let new = rules::add_resource(&tx.door.catalogue, actor, kind, &id, patch.clone(), tx.now)?;
            tx.put_resource(None, &new)?;
            tx.audit(Some(actor.name()), Action::ResourceAdded, subject(kind, &id));
            Ok(ResourceView { resource: new, owner: None })
        })
        .await
    }

    /// Changes a resource whose name no other may have.
    ///
    /// # Errors
    /// As for [`Session::add_numbered`]; `notFound`
    pub async fn edit_numbered(&self, kind: &str, id: &str, patch: ResourcePatch) -> Result<()> {
        self.change(vec![keys::sequence(kind)], |tx, actor| {
            let old = tx.resource(kind, id)?.ok_or_else(|| not_found(kind, id))?;
            if let Some(name) = patch.name.as_deref().filter(|name| *name != old.name) {
                tx.need_free_resource_name(kind, name, Some(id))?;
            }
            let new = rules::edit_resource(&tx.door.catalogue, actor, &old, patch.clone(), tx.now)?;
            if new != old {
                tx.put_resource(Some(&old), &new)?;
                tx.audit(Some(actor.name()), Action::ResourceChanged, subject(kind, id));
            }
            Ok(())
        })
        .await
    }
}
