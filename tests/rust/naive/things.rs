//! Groups, resources and links.

use std::collections::{BTreeMap, BTreeSet};

use doorward::model::Code;

use super::{Actor, Group, Model, Resource, SCOPES, covers, known};

pub(super) fn check_place((kind, id): (&str, &str), why: &mut Vec<Code>) {
    if kind.contains(' ') {
        why.push(Code::UnknownKind);
    }
    if id.is_empty() {
        why.push(Code::InvalidId);
    }
}

impl Model {
    fn gives_no_more(&self, actor: Actor, group: u32) -> bool {
        SCOPES.iter().all(|(scope, _)| !self.group_gives(group, scope) || self.holds(actor, scope))
    }

    pub(super) fn put_group(
        &mut self,
        actor: Actor,
        new: bool,
        key: &str,
        scopes: Option<&BTreeSet<&'static str>>,
        inside: Option<&[&'static str]>,
        default: Option<bool>,
    ) -> Vec<Code> {
        let mut why = self.needs(actor, "groups.manage");
        if scopes.into_iter().flatten().any(|scope| !known(scope)) {
            why.push(Code::UnknownScope);
        }
        if inside.into_iter().flatten().any(|key| self.group(key).is_none()) {
            why.push(Code::UnknownGroup);
        }
        let mut after = self.clone();
        match (new, self.group(key)) {
            (true, Some(_)) => why.push(Code::AlreadyExists),
            (false, None) => why.push(Code::NotFound),
            (true, None) => {
                if key.trim().is_empty() {
                    why.push(Code::InvalidArgument);
                }
                after.last_group += 1;
                after.groups.push(Group {
                    id: after.last_group,
                    key: key.to_owned(),
                    scopes: BTreeSet::new(),
                    inside: BTreeSet::new(),
                    default: false,
                });
            }
            (false, Some(old)) => {
                if key == "admins" || !self.gives_no_more(actor, old.id) {
                    why.push(Code::Denied);
                }
            }
        }
        if !why.is_empty() {
            return why;
        }
        let inner: Option<BTreeSet<u32>> =
            inside.map(|keys| keys.iter().filter_map(|key| self.group(key)).map(|group| group.id).collect());
        let group = after.groups.iter_mut().find(|group| group.key == key).expect("there is one now");
        let id = group.id;
        if inner.iter().flatten().any(|&inner| self.group_holds(inner, id)) {
            return vec![Code::GroupCycle];
        }
        group.scopes = scopes.map_or_else(
            || group.scopes.clone(),
            |scopes| scopes.iter().map(|&scope| scope.to_owned()).collect(),
        );
        group.inside = inner.unwrap_or_else(|| group.inside.clone());
        group.default = default.unwrap_or(group.default);
        // By the rights from before: the change itself may give the actor more.
        if SCOPES.iter().any(|(scope, _)| after.group_gives(id, scope) && !self.holds(actor, scope)) {
            why.push(Code::Denied);
        }
        self.settle_groups(after, if new { "groupAdded" } else { "groupChanged" }, key, why)
    }

    fn settle_groups(&mut self, after: Self, what: &'static str, key: &str, mut why: Vec<Code>) -> Vec<Code> {
        if self.guards_last_admin() && self.active_admins() > 0 && after.active_admins() == 0 {
            why.push(Code::LastAdmin);
        }
        if why.is_empty() {
            let changed = after.groups != self.groups;
            *self = after;
            if changed {
                self.note_on(what, None, key.to_owned());
            }
        }
        why
    }

    pub(super) fn remove_group(&mut self, actor: Actor, key: &str) -> Vec<Code> {
        let mut why = self.needs(actor, "groups.manage");
        let Some(id) = self.group(key).map(|group| group.id) else {
            why.push(Code::NotFound);
            return why;
        };
        if ["admins", "users"].contains(&key) || !self.gives_no_more(actor, id) {
            why.push(Code::Denied);
        }
        let mut after = self.clone();
        after.groups.retain(|group| group.id != id);
        for group in &mut after.groups {
            group.inside.remove(&id);
        }
        for user in &mut after.users {
            user.stale |= user.groups.remove(&id);
        }
        self.settle_groups(after, "groupRemoved", key, why)
    }

    fn manages(&self, actor: Actor, place: (&str, &str), why: &mut Vec<Code>) {
        check_place(place, why);
        if !self.holds(actor, "resources.manage") || !self.actor_reaches(actor, place) {
            why.push(Code::Denied);
        }
    }

    fn resource(&mut self, (kind, id): (&str, &str)) -> Option<&mut Resource> {
        self.resources.iter_mut().find(|resource| resource.kind == kind && resource.id == id)
    }

    pub(super) fn put_resource(
        &mut self,
        actor: Actor,
        new: bool,
        place: (&str, &str),
        name: Option<&str>,
        owner: Option<Option<&str>>,
    ) -> Vec<Code> {
        let mut why = Vec::new();
        self.manages(actor, place, &mut why);
        if !self.holds(actor, "resources.manage") {
            return why;
        }
        let named = owner.map(|owner| owner.map(|name| self.named(name).map(|user| user.id)));
        if named == Some(Some(None)) {
            why.push(Code::NotFound);
        }
        let there = self.resource(place).is_some();
        if new == there {
            why.push(if new { Code::AlreadyExists } else { Code::NotFound });
        }
        if !why.is_empty() {
            return why;
        }
        if new {
            let (kind, id) = (place.0.to_owned(), place.1.to_owned());
            self.resources.push(Resource { name: id.clone(), kind, id, owner: None });
        }
        let owner = named.map(Option::flatten);
        let resource = self.resource(place).expect("there is one now");
        let before = resource.clone();
        resource.name = name.map_or_else(|| before.name.clone(), str::to_owned);
        resource.owner = owner.unwrap_or(before.owner);
        let (changed, owner) =
            (*resource != before, resource.owner.filter(|_| resource.owner != before.owner));
        if let Some(user) = owner.map(|id| self.user_mut(id))
            && !covers(&user.reach, place)
        {
            set(user, place, None);
        }
        let on = format!("{}/{}", place.0, place.1);
        if new {
            self.note_on("resourceAdded", None, on);
        } else if changed {
            self.note_on("resourceChanged", None, on);
        }
        why
    }

    pub(super) fn remove_resource(&mut self, actor: Actor, place: (&str, &str)) -> Vec<Code> {
        let mut why = Vec::new();
        self.manages(actor, place, &mut why);
        if self.resource(place).is_none() {
            why.push(Code::NotFound);
        }
        if why.is_empty() {
            self.resources.retain(|resource| (resource.kind.as_str(), resource.id.as_str()) != place);
            let linked: Vec<u64> =
                self.users.iter_mut().filter_map(|user| unset(user, place).then_some(user.id)).collect();
            for id in linked {
                self.note("userChanged", Some(id));
            }
            self.note_on("resourceRemoved", None, format!("{}/{}", place.0, place.1));
        }
        why
    }

    pub(super) fn link(
        &mut self,
        actor: Actor,
        name: &str,
        place: (&str, &str),
        level: Option<Option<i64>>,
    ) -> Vec<Code> {
        let mut why = Vec::new();
        self.manages(actor, place, &mut why);
        let Some(user) = self.named(name).cloned() else {
            why.push(Code::NotFound);
            return why;
        };
        let mut changed = user.clone();
        match level {
            Some(_) if user.reach.get(place.0) == Some(&None) => why.push(Code::InvalidArgument),
            Some(level) => set(&mut changed, place, level),
            None if !unset(&mut changed, place) => why.push(Code::NotFound),
            None => {}
        }
        if why.is_empty() && changed != user {
            *self.user_mut(user.id) = changed;
            self.note_on("linkChanged", Some(user.id), format!("{}/{}", place.0, place.1));
        }
        why
    }
}

fn set(user: &mut super::User, (kind, id): (&str, &str), level: Option<i64>) {
    if let Some(ids) = user.reach.entry(kind.to_owned()).or_insert_with(|| Some(BTreeMap::new())) {
        ids.insert(id.to_owned(), level);
    }
}

fn unset(user: &mut super::User, (kind, id): (&str, &str)) -> bool {
    let Some(Some(ids)) = user.reach.get_mut(kind) else { return false };
    let was = ids.remove(id).is_some();
    if ids.is_empty() && was {
        user.reach.remove(kind);
    }
    was
}
