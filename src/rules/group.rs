use crate::model::sorted::Set;

use super::checks::{check_text, excerpt};
use super::rights::{guard_last_admin, held};
use super::{Actor, Catalogue, Policy};
use crate::model::{Code, Error, Group, GroupId, Groups, Result};

const MAX_GROUPS: usize = 256;
const MAX_KEY: usize = 128;

/// A group to be, or changes to one; `None` leaves as it is (or empty).
#[derive(Debug, Clone, Default)]
pub struct GroupPatch {
    /// For people to read.
    pub name: Option<String>,
    /// May be empty.
    pub description: Option<String>,
    /// The whole new set.
    pub scopes: Option<Set<String>>,
    /// The whole new set, by key.
    pub subgroups: Option<Vec<String>>,
    /// Given to new users for whom no groups are named.
    pub default: Option<bool>,
}

/// Group keys to ids.
///
/// # Errors
/// `unknownGroup`
pub fn resolve_keys<'a>(groups: &Groups, keys: impl IntoIterator<Item = &'a String>) -> Result<Set<GroupId>> {
    let mut ids = Set::new();
    for key in keys {
        let Some(group) = groups.by_key(key) else {
            let message = format!("there is no group `{}`", excerpt(key));
            return Err(Error::new(Code::UnknownGroup, message).at("groups"));
        };
        ids.insert(group.id);
    }
    Ok(ids)
}

/// Adds a group.
///
/// # Errors
/// `denied`, `alreadyExists`, `invalidArgument`, `unknownScope`, `unknownGroup`, `limitExceeded`
pub fn add_group(
    catalogue: &Catalogue,
    groups: &Groups,
    actor: &Actor,
    key: &str,
    patch: GroupPatch,
) -> Result<Groups> {
    actor.need(catalogue, "groups.manage")?;
    if groups.by_key(key).is_some() {
        return Err(
            Error::new(Code::AlreadyExists, format!("there is a group `{}` already", excerpt(key))).at("key")
        );
    }
    let bad_key = key.trim().is_empty()
        || key.trim() != key
        || key.chars().count() > MAX_KEY
        || key.chars().any(char::is_control);
    if bad_key {
        return Err(Error::new(Code::InvalidArgument, format!("`{}` cannot be a group's key", excerpt(key)))
            .at("key"));
    }
    if groups.list.len() >= MAX_GROUPS {
        return Err(Error::new(Code::LimitExceeded, format!("a store holds at most {MAX_GROUPS} groups")));
    }
    let mut groups = groups.clone();
    let blank = Group {
        id: GroupId(groups.next),
        key: key.to_owned(),
        name: key.to_owned(),
        description: String::new(),
        scopes: Set::new(),
        subgroups: Set::new(),
        default: false,
        changeable: true,
        removable: true,
        assignable: true,
    };
    groups.next = groups.next.checked_add(1).ok_or_else(|| {
        Error::new(Code::LimitExceeded, "the store has given out all ids of groups there are")
    })?;
    let group = apply(catalogue, &groups, actor, &blank, patch)?;
    groups.list.push(group);
    Ok(groups)
}

/// Changes a group. `admins_left` tells, for the changed groups, whether any active administrator is left; it is asked
/// only where the change takes `admin` out of a group.
///
/// # Errors
/// `denied`, `groupCycle`, `unknownScope`, `unknownGroup`
pub fn edit_group(
    catalogue: &Catalogue,
    groups: &Groups,
    actor: &Actor,
    key: &str,
    patch: GroupPatch,
) -> Result<Groups> {
    actor.need(catalogue, "groups.manage")?;
    let old = find(groups, key)?;
    if !old.changeable {
        return Err(Error::refused(
            Code::Denied,
            "group-fixed",
            format!("the group `{}` cannot be changed", excerpt(key)),
        ));
    }
    // Who cannot give what the group holds does not take it away either.
    actor.need_rights(catalogue, &bits_of(catalogue, groups, old), None)?;
    let new = apply(catalogue, groups, actor, old, patch)?;
    let id = old.id;
    let mut groups = groups.clone();
    if let Some(slot) = groups.list.iter_mut().find(|group| group.id == id) {
        *slot = new;
    }
    Ok(groups)
}

fn apply(
    catalogue: &Catalogue,
    groups: &Groups,
    actor: &Actor,
    old: &Group,
    patch: GroupPatch,
) -> Result<Group> {
    let mut group = old.clone();
    for (field, text) in [("name", &patch.name), ("description", &patch.description)] {
        check_text(field, text.as_deref().unwrap_or_default())?;
    }
    if let Some(name) = patch.name {
        if name.trim().is_empty() {
            return Err(Error::new(Code::InvalidArgument, "a group needs a name").at("name"));
        }
        group.name = name;
    }
    if let Some(description) = patch.description {
        group.description = description;
    }
    if let Some(scopes) = patch.scopes {
        group.scopes = catalogue.check(scopes)?;
    }
    if let Some(keys) = patch.subgroups {
        group.subgroups = resolve_keys(groups, &keys)?;
    }
    group.subgroups.retain(|&id| groups.by_id(id).is_some());
    if groups.closure(group.subgroups.iter().copied()).contains(&group.id) {
        let message = format!("the group `{}` would contain itself", excerpt(&group.key));
        return Err(Error::new(Code::GroupCycle, message).at("subgroups"));
    }
    if let Some(default) = patch.default {
        group.default = default;
    }
    actor.need_rights(catalogue, &bits_of(catalogue, groups, &group), None)?;
    Ok(group)
}

fn bits_of(catalogue: &Catalogue, groups: &Groups, group: &Group) -> super::ScopeBits {
    held(catalogue, groups, catalogue.expand(&group.scopes), group.subgroups.iter().copied())
}

/// Removes a group. Memberships go with it: they name its id, which no group will have again.
///
/// # Errors
/// `denied`, `notFound`
pub fn remove_group(catalogue: &Catalogue, groups: &Groups, actor: &Actor, key: &str) -> Result<Groups> {
    actor.need(catalogue, "groups.manage")?;
    let old = find(groups, key)?;
    if !old.removable {
        return Err(Error::refused(
            Code::Denied,
            "group-fixed",
            format!("the group `{}` cannot be removed", excerpt(key)),
        ));
    }
    actor.need_rights(catalogue, &bits_of(catalogue, groups, old), None)?;
    let id = old.id;
    let mut groups = groups.clone();
    groups.list.retain(|group| group.id != id);
    for group in &mut groups.list {
        group.subgroups.remove(&id);
    }
    Ok(groups)
}

/// Groups whose members are administrators.
pub fn admin_groups(catalogue: &Catalogue, groups: &Groups) -> Set<GroupId> {
    groups
        .list
        .iter()
        .filter(|group| bits_of(catalogue, groups, group).contains(0))
        .map(|group| group.id)
        .collect()
}

/// A change of groups must not take the last administrator away either.
///
/// # Errors
/// `lastAdmin`
pub fn guard_groups(policy: &Policy, admins_before: bool, admins_left: bool) -> Result<()> {
    guard_last_admin(policy, admins_before, false, admins_left)
}

fn find<'a>(groups: &'a Groups, key: &str) -> Result<&'a Group> {
    groups
        .by_key(key)
        .ok_or_else(|| Error::new(Code::NotFound, format!("there is no group `{}`", excerpt(key))))
}

/// Does the group hold something dangerous, itself or through a subgroup?
pub fn is_dangerous(catalogue: &Catalogue, groups: &Groups, group: &Group) -> bool {
    catalogue.dangerous(&bits_of(catalogue, groups, group))
}
