use super::operation::Operation;
use super::records::write;
use super::session::Session;
use super::tx::Tx;
use super::{Host, keys, not_found};
use crate::model::{Action, Group, Groups, Result, Subject};
use crate::rules::{self, Catalogue, GroupPatch};
use crate::store::Store;

/// A group with what follows from its subgroups.
#[derive(Debug, Clone)]
pub struct GroupView {
    /// The record.
    pub group: Group,
    /// Keys of the direct subgroups.
    pub subgroups: Vec<String>,
    /// Holds something dangerous, itself or through a subgroup.
    pub dangerous: bool,
}

impl GroupView {
    fn of(catalogue: &Catalogue, groups: &Groups, group: &Group) -> Self {
        Self {
            group: group.clone(),
            subgroups: groups.keys_of(&group.subgroups),
            dangerous: rules::is_dangerous(catalogue, groups, group),
        }
    }
}

fn view(catalogue: &Catalogue, groups: &Groups, key: &str) -> Result<GroupView> {
    let group = groups.by_key(key).ok_or_else(|| not_found("group", key))?;
    Ok(GroupView::of(catalogue, groups, group))
}

fn subject(key: &str) -> Subject {
    Subject { group: Some(key.to_owned()), ..Subject::default() }
}

impl<S: Store, H: Host> Tx<'_, S, H> {
    /// Writes the groups, unless that took the last administrator away.
    pub(super) fn put_groups(&mut self, old: &Groups, new: &Groups) -> Result<()> {
        let granting = |groups: &Groups| rules::admin_groups(&self.door.catalogue, groups);
        if self.door.policy.last_admin_guard && !granting(old).is_subset(&granting(new)) {
            let was = self.other_admins(old, None)?;
            let left = self.other_admins(new, None)?;
            rules::guard_groups(&self.door.policy, was, left)?;
        }
        self.set(keys::groups(), write(new)?);
        Ok(())
    }
}

impl<S: Store, H: Host> Session<S, H> {
    /// All groups, in order of creation.
    ///
    /// # Errors
    /// `denied` without `groups.read`
    pub fn list_groups(&self) -> Operation<'_, S, H, Vec<GroupView>> {
        self.look(vec![keys::groups()], move |tx, actor| {
            actor.need(&tx.door.catalogue, "groups.read")?;
            let groups = tx.groups()?;
            Ok(groups.list.iter().map(|group| GroupView::of(&tx.door.catalogue, &groups, group)).collect())
        })
    }

    /// One group.
    ///
    /// # Errors
    /// `denied`, `notFound`
    pub fn get_group(&self, key: &str) -> Operation<'_, S, H, GroupView> {
        let key = key.to_owned();
        self.look(vec![keys::groups()], move |tx, actor| {
            let key = key.as_str();
            actor.need(&tx.door.catalogue, "groups.read")?;
            view(&tx.door.catalogue, &*tx.groups()?, key)
        })
    }

    /// Adds a group.
    ///
    /// # Errors
    /// `denied`, `alreadyExists`, `invalidArgument`, `unknownScope`, `unknownGroup`, `limitExceeded`
    pub fn add_group(&self, key: &str, patch: GroupPatch) -> Operation<'_, S, H, GroupView> {
        let key = key.to_owned();
        self.change(vec![keys::groups()], move |tx, actor| {
            let key = key.as_str();
            let old = tx.groups()?;
            let new = rules::add_group(&tx.door.catalogue, &old, actor, key, patch.clone())?;
            tx.put_groups(&old, &new)?;
            tx.audit(Some(actor.name()), Action::GroupAdded, subject(key));
            view(&tx.door.catalogue, &new, key)
        })
    }

    /// Changes a group.
    ///
    /// # Errors
    /// `denied`, `notFound`, `groupCycle`, `lastAdmin`, `unknownScope`, `unknownGroup`
    pub fn edit_group(&self, key: &str, patch: GroupPatch) -> Operation<'_, S, H, GroupView> {
        let key = key.to_owned();
        self.change(vec![keys::groups()], move |tx, actor| {
            let key = key.as_str();
            let old = tx.groups()?;
            let new = rules::edit_group(&tx.door.catalogue, &old, actor, key, patch.clone())?;
            if new != *old {
                tx.put_groups(&old, &new)?;
                tx.audit(Some(actor.name()), Action::GroupChanged, subject(key));
            }
            view(&tx.door.catalogue, &new, key)
        })
    }

    /// Removes a group; memberships go with it.
    ///
    /// # Errors
    /// `denied`, `notFound`, `lastAdmin`
    pub fn remove_group(&self, key: &str) -> Operation<'_, S, H, ()> {
        let key = key.to_owned();
        self.change(vec![keys::groups()], move |tx, actor| {
            let key = key.as_str();
            let old = tx.groups()?;
            let new = rules::remove_group(&tx.door.catalogue, &old, actor, key)?;
            tx.put_groups(&old, &new)?;
            tx.audit(Some(actor.name()), Action::GroupRemoved, subject(key));
            Ok(())
        })
    }
}
