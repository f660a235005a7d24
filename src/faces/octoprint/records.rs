//! Records as the protocol shows them (spec §2.11): members in alphabetical order, never a hash.

use super::permissions::{self, Permission, builtin_texts, key_of, role};
use super::sessions::Mechanism;
use crate::faces::time::iso_seconds;
use crate::json::Writer;
use crate::model::sorted::Set;
use crate::model::{Group, GroupId, Groups, Millis, Secret, Status};
use crate::rules::{Catalogue, ScopeBits, held};
use crate::service::UserView;

/// What somebody effectively holds, in the protocol's terms.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Needs {
    /// Keys of groups, with all their subgroups.
    pub(super) groups: Vec<String>,
    /// Keys of permissions, in registry order.
    pub(super) permissions: Vec<String>,
}

impl Needs {
    pub(super) fn of(catalogue: &Catalogue, bits: &ScopeBits, groups: Vec<String>) -> Self {
        let held = permissions::keys(catalogue).filter(|(number, _)| bits.contains(*number));
        Self { groups, permissions: held.map(|(_, key)| key.to_owned()).collect() }
    }

    /// Of a group or of whoever is in it. What is dangerous never comes from `guests` (§4.1).
    pub(super) fn of_group(catalogue: &Catalogue, groups: &Groups, id: GroupId) -> Self {
        let bits = held(catalogue, groups, catalogue.none(), [id].into_iter());
        let keys = groups.closure([id]).into_iter().filter_map(|id| groups.by_id(id));
        Self::of(catalogue, &bits, keys.map(|group| group.key.clone()).collect())
    }

    pub(super) fn holds(&self, permission: &str) -> bool {
        self.permissions.iter().any(|key| key == permission)
    }

    /// A kind that is empty is left out.
    pub(super) fn write(&self, out: &mut Writer) {
        out.open('{');
        if !self.groups.is_empty() {
            out.name("group").texts(&self.groups);
        }
        if !self.permissions.is_empty() {
            out.name("role").open('[');
            for key in &self.permissions {
                out.text(&role(key));
            }
            out.close(']');
        }
        out.close('}');
    }
}

/// The needs of the user who was shown last, as written: in a list most hold the same.
#[derive(Debug, Default)]
pub(super) struct LastNeeds {
    of: Option<(ScopeBits, Vec<String>)>,
    text: String,
}

impl LastNeeds {
    fn of(&mut self, catalogue: &Catalogue, view: &UserView) -> &str {
        let same = |(bits, groups): &(_, _)| *bits == view.bits && *groups == view.effective_groups;
        if !self.of.as_ref().is_some_and(same) {
            let mut out = Writer::default();
            Needs::of(catalogue, &view.bits, view.effective_groups.clone()).write(&mut out);
            *self = Self { of: Some((view.bits.clone(), view.effective_groups.clone())), text: out.end() };
        }
        &self.text
    }
}

/// What stands in a log-in's reply beside the record (§2.8).
#[derive(Debug, Clone)]
pub(super) struct Login {
    pub(super) seen: Option<Millis>,
    pub(super) external: bool,
    pub(super) mechanism: Option<Mechanism>,
    pub(super) session: Option<String>,
}

impl Login {
    fn write_first(&self, out: &mut Writer) {
        out.name("_credentials_seen");
        match self.seen {
            Some(at) => out.text(&iso_seconds(at)),
            None => out.flag(false),
        }
        out.name("_is_external_client").flag(self.external);
        out.text_if("_login_mechanism", self.mechanism.map(Mechanism::name));
    }
}

/// Keys of the permissions that are held directly, in registry order.
fn write_direct(out: &mut Writer, catalogue: &Catalogue, scopes: &Set<String>) {
    out.open('[');
    let direct = |key: &str| scopes.iter().any(|scope| key_of(scope) == Some(key));
    if !scopes.is_empty() {
        for (_, key) in permissions::keys(catalogue).filter(|(_, key)| direct(key)) {
            out.text(key);
        }
    }
    out.close(']');
}

/// A user's record; with `login`, as log-ins answer. `key`: the one API key, where it may be shown.
pub(super) fn user(
    out: &mut Writer,
    catalogue: &Catalogue,
    view: &UserView,
    key: Option<&Secret>,
    login: Option<&Login>,
    last: &mut LastNeeds,
) {
    out.open('{');
    if let Some(login) = login {
        login.write_first(out);
    }
    out.name("active").flag(view.user.status == Status::Active);
    out.name("admin").flag(view.admin());
    out.name("apikey").maybe_text(key.map(Secret::reveal));
    out.name("groups").texts(&view.groups);
    out.name("name").text(&view.user.name);
    out.name("needs").raw(last.of(catalogue, view));
    write_direct(out.name("permissions"), catalogue, &view.user.scopes);
    out.name("roles").open('[').text("user");
    if view.admin() {
        out.text("admin");
    }
    out.close(']');
    if let Some(login) = login {
        out.text_if("session", login.session.as_deref());
    }
    out.name("settings").open('{');
    for (name, value) in &view.user.settings {
        out.name(name).raw(value);
    }
    out.close('}');
    out.name("user").flag(true);
    out.close('}');
}

/// The record of somebody who is not logged in.
pub(super) fn guest(out: &mut Writer, needs: &Needs, login: Option<&Login>) {
    out.open('{');
    if let Some(login) = login {
        login.write_first(out);
    }
    needs.write(out.name("needs"));
    out.close('}');
}

/// A group's record.
pub(super) fn group(out: &mut Writer, catalogue: &Catalogue, groups: &Groups, group: &Group) {
    let needs = Needs::of_group(catalogue, groups, group.id);
    let (name, description) =
        builtin_texts(&group.key).unwrap_or((group.name.as_str(), group.description.as_str()));
    let dangerous = crate::rules::is_dangerous(catalogue, groups, group);
    out.open('{').name("changeable").flag(group.changeable);
    out.name("dangerous").flag(dangerous);
    out.name("default").flag(group.default);
    out.name("description").text(description);
    out.name("key").text(&group.key);
    out.name("name").text(name);
    needs.write(out.name("needs"));
    write_direct(out.name("permissions"), catalogue, &group.scopes);
    out.name("removable").flag(group.removable);
    out.name("subgroups").open('[');
    for sub in group.subgroups.iter().filter_map(|&id| groups.by_id(id)) {
        out.text(&sub.key);
    }
    out.close(']');
    out.name("toggleable").flag(group.assignable);
    out.close('}');
}

/// A permission's record.
pub(super) fn permission(out: &mut Writer, permission: &Permission<'_>) {
    out.open('{').name("dangerous").flag(permission.dangerous);
    out.name("default_groups").open('[');
    for key in permission.default_groups {
        out.text(key);
    }
    out.close(']');
    out.name("description").text(permission.description);
    out.name("key").text(permission.key);
    out.name("name").text(permission.name);
    out.name("needs").open('{').name("role").open('[').text(&role(permission.key));
    out.close(']');
    out.close('}');
    out.text_if("plugin", permission.plugin.as_deref());
    out.close('}');
}
