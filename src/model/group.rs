use super::sorted::Set;

use super::GroupId;

/// A named set of scopes, possibly with other groups inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Never reused within a store.
    pub id: GroupId,
    /// The name by which hosts and protocols speak of it; fixed.
    pub key: String,
    /// For people to read.
    pub name: String,
    /// May be empty.
    pub description: String,
    /// Scopes by name.
    pub scopes: Set<String>,
    /// Groups whose scopes come with this one. No cycles.
    pub subgroups: Set<GroupId>,
    /// Given to new users for whom no groups are named.
    pub default: bool,
    /// Scopes, subgroups and flags may be changed.
    pub changeable: bool,
    /// The group may be removed.
    pub removable: bool,
    /// Users and groups may be given the group.
    pub assignable: bool,
}

/// All groups of a store: one record, since every check needs them together and there are few (at most 256).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Groups {
    /// The id the next group gets.
    pub next: u32,
    /// In order of creation.
    pub list: Vec<Group>,
    /// Faces whose groups have been added.
    pub seeded: Set<String>,
}

impl Groups {
    /// By key, exactly.
    pub fn by_key(&self, key: &str) -> Option<&Group> {
        self.list.iter().find(|group| group.key == key)
    }

    /// By id; `None` once the group has been removed.
    pub fn by_id(&self, id: GroupId) -> Option<&Group> {
        self.list.iter().find(|group| group.id == id)
    }

    /// The keys behind ids; ids of removed groups fall out.
    pub fn keys_of(&self, ids: &Set<GroupId>) -> Vec<String> {
        let mut keys = Vec::new();
        for id in ids {
            keys.extend(self.by_id(*id).map(|group| group.key.clone()));
        }
        keys
    }

    /// The ids and, transitively, those of their subgroups; ids of removed groups fall out.
    pub fn closure(&self, from: impl IntoIterator<Item = GroupId>) -> Set<GroupId> {
        let mut seen = Set::new();
        let mut open: Vec<GroupId> = from.into_iter().collect();
        while let Some(id) = open.pop() {
            if let Some(group) = self.by_id(id)
                && seen.insert(id)
            {
                open.extend(group.subgroups.iter().copied());
            }
        }
        seen
    }
}
