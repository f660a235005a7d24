//! What calls give back, as JSON.

use crate::json::Writer;
use crate::model::{AuditEntry, Outcome, Reach, Secret, Settings, Status, User};
use crate::rules::{Catalogue, Decision, EffectiveReach, Grant, ScopeBits, ScopeDef};
use crate::service::{
    AuditPage, FactorState, GroupView, LinkView, Me, ResourcePage, ResourceView, TokenView, UserView,
    put_reach,
};

/// One reply, written by `put`.
pub(super) fn one<T: ?Sized>(item: &T, put: impl FnOnce(&mut Writer, &T)) -> String {
    let mut out = Writer::default();
    put(&mut out, item);
    out.end()
}

/// `{"<name>":[…]}`
pub(super) fn listed<T>(name: &str, items: &[T], put: impl Fn(&mut Writer, &T)) -> String {
    page(name, items, None, put)
}

/// Likewise, with `next` where there is more.
fn page<T>(name: &str, items: &[T], next: Option<&str>, put: impl Fn(&mut Writer, &T)) -> String {
    let mut out = Writer::default();
    out.open('{').name(name).open('[');
    for item in items {
        put(&mut out, item);
    }
    out.close(']');
    out.text_if("next", next);
    out.close('}');
    out.end()
}

/// An administrator reaches everything: the kind `*`.
fn effective_reach(out: &mut Writer, effective: &EffectiveReach) {
    match effective.listed() {
        Some(listed) => put_reach(out, listed),
        None => {
            out.open('{').name("*").text("all");
            out.close('}');
        }
    }
}

fn names(out: &mut Writer, catalogue: &Catalogue, bits: &ScopeBits) {
    out.open('[');
    for name in catalogue.names(bits) {
        out.text(name);
    }
    out.close(']');
}

pub(super) fn user(out: &mut Writer, catalogue: &Catalogue, view: &UserView, reached: Option<&Reach>) {
    let user = &view.user;
    let admin = view.admin();
    out.open('{').name("active").flag(user.status == Status::Active);
    out.name("admin").flag(admin);
    out.name("apikey").maybe_raw(None);
    out.name("groups").texts(&view.groups);
    out.name("name").text(&user.name);
    out.name("needs").open('{');
    if !view.effective_groups.is_empty() {
        out.name("group").texts(&view.effective_groups);
    }
    if view.bits.iter().next().is_some() {
        names(out.name("role"), catalogue, &view.bits);
    }
    out.close('}');
    out.name("permissions").texts(&user.scopes);
    out.name("roles").raw(if admin { "[\"user\",\"admin\"]" } else { "[\"user\"]" });
    settings(out.name("settings"), &user.settings);
    out.name("user").flag(true);
    out.name("id").number(user.id.get());
    out.name("displayName").text(&user.display_name);
    out.name("email").text(&user.email);
    out.name("country").text(&user.country);
    out.name("status").text(user.status.name());
    out.name("scopes").texts(&user.scopes);
    out.name("hasPassword").flag(user.password.is_some());
    out.name("hasApiKey").flag(user.api_key.is_some());
    out.name("failedLogins").number(user.failed_logins.into());
    out.name("lastLogin").maybe_number(user.last_login);
    out.name("introReviewed").flag(user.intro_reviewed);
    out.name("data").maybe_raw(user.data.as_deref());
    out.name("created").number(user.created);
    out.name("updated").number(user.updated);
    if let Some(reach) = reached {
        put_reach(out.name("reach"), reach);
    }
    out.close('}');
}

/// The values are JSON text: the store holds no other.
pub(super) fn settings(out: &mut Writer, settings: &Settings) {
    out.open('{');
    for (name, value) in settings {
        out.name(name).raw(value);
    }
    out.close('}');
}

pub(super) fn rights((user, admin, grants, reached): &(User, bool, Vec<Grant>, Reach)) -> String {
    let mut out = Writer::default();
    out.open('{').name("name").text(&user.name);
    out.name("admin").flag(*admin);
    out.name("grants").open('[');
    for grant in grants {
        out.open('{').name("scope").text(&grant.scope);
        out.name("dangerous").flag(grant.dangerous);
        out.name("via").open('{').name("kind");
        if grant.path.is_empty() {
            out.text("direct");
        } else {
            out.text("group");
            out.name("path").texts(&grant.path);
        }
        out.close('}');
        out.name("granted").text(&grant.granted);
        out.close('}');
    }
    out.close(']');
    put_reach(out.name("reach"), reached);
    out.close('}');
    out.end()
}

pub(super) fn token(out: &mut Writer, view: &TokenView, value: Option<&str>) {
    let token = &view.token;
    out.open('{').name("id").text(&token.id.to_string());
    out.name("number").number(token.number);
    out.name("user").text(&view.owner);
    out.name("kind").text(token.kind.name());
    out.name("name").text(&token.name);
    match &token.scopes {
        Some(scopes) => out.name("scopes").texts(scopes),
        None => out.name("scopes").maybe_raw(None),
    }
    match &token.reach {
        Some(reach) => put_reach(out.name("reach"), reach),
        None => out.name("reach").maybe_raw(None),
    }
    out.name("created").number(token.created);
    out.name("expires").maybe_number(token.expires);
    out.name("lastUsed").maybe_number(view.last_used);
    out.name("current").flag(view.current);
    out.name("primary").flag(token.primary);
    out.text_if("value", value);
    out.close('}');
}

/// `{"active","recoveryCodes"}`: how many are left.
pub(super) fn factor_state(state: &FactorState) -> String {
    let mut out = Writer::default();
    out.open('{').name("active").flag(state.active);
    out.name("recoveryCodes").number(state.recovery_codes as u64);
    out.close('}');
    out.end()
}

/// Shown now or never.
pub(super) fn recovery_codes(codes: &[Secret]) -> String {
    listed("recoveryCodes", codes, |out, code| out.text(code.reveal()))
}

pub(super) fn group(out: &mut Writer, view: &GroupView) {
    let group = &view.group;
    out.open('{').name("key").text(&group.key);
    out.name("name").text(&group.name);
    out.name("description").text(&group.description);
    out.name("scopes").texts(&group.scopes);
    out.name("subgroups").texts(&view.subgroups);
    out.name("default").flag(group.default);
    out.name("changeable").flag(group.changeable);
    out.name("removable").flag(group.removable);
    out.name("assignable").flag(group.assignable);
    out.name("dangerous").flag(view.dangerous);
    out.close('}');
}

pub(super) fn resource(out: &mut Writer, view: &ResourceView) {
    let resource = &view.resource;
    out.open('{').name("kind").text(&resource.kind);
    out.name("id").text(&resource.id);
    out.name("name").text(&resource.name);
    out.name("description").text(&resource.description);
    out.name("owner").maybe_text(view.owner.as_deref());
    out.name("data").maybe_raw(resource.data.as_deref());
    out.name("created").number(resource.created);
    out.name("updated").number(resource.updated);
    out.close('}');
}

pub(super) fn resources(list: &ResourcePage) -> String {
    page("resources", &list.resources, list.next.as_deref(), resource)
}

pub(super) fn links(links: &[LinkView]) -> String {
    listed("links", links, |out, link| {
        out.open('{').name("user").text(&link.user);
        out.name("kind").text(&link.kind);
        out.name("id").text(&link.id);
        out.name("level").maybe_integer(link.level);
        out.close('}');
    })
}

fn on(out: &mut Writer, entry: &AuditEntry) {
    let on = &entry.on;
    out.open('{');
    out.text_if("user", on.user.as_deref());
    out.number_if("userId", on.user_id);
    out.text_if("token", on.token.as_deref());
    out.text_if("group", on.group.as_deref());
    out.text_if("kind", on.kind.as_deref());
    out.text_if("id", on.id.as_deref());
    out.close('}');
}

pub(super) fn audit(list: &AuditPage) -> String {
    page("entries", &list.entries, list.next.as_deref(), |out, entry| {
        out.open('{').name("id").text(&format!("{}-{}", entry.at, entry.salt));
        out.name("at").number(entry.at);
        out.name("actor").maybe_text(entry.actor.as_deref());
        out.name("what").text(entry.action.name());
        on(out.name("on"), entry);
        out.name("outcome").text(if entry.outcome == Outcome::Ok { "ok" } else { "refused" });
        out.text_if("by", entry.by.as_deref());
        out.close('}');
    })
}

/// Events as `[name, subject]`; the facade gives each its public shape. Refusals are no events.
pub(super) fn events(entries: &[AuditEntry]) -> String {
    let mut out = Writer::default();
    out.open('[');
    for entry in entries.iter().filter(|entry| entry.outcome == Outcome::Ok) {
        out.open('[').text(entry.action.name());
        on(&mut out, entry);
        out.close(']');
    }
    out.close(']');
    out.end()
}

/// The machine's owner is shown as user 0, `local`.
pub(super) fn me(me: &Me) -> String {
    let user = me.user.as_ref();
    let token = me.token.as_ref();
    let mut out = Writer::default();
    out.open('{').name("id").number(user.map_or(0, |user| user.id.get()));
    out.name("name").text(user.map_or("local", |user| &user.name));
    out.name("displayName").text(user.map_or("", |user| &user.display_name));
    out.name("email").text(user.map_or("", |user| &user.email));
    out.name("admin").flag(me.admin);
    out.name("status").text(user.map_or("active", |user| user.status.name()));
    out.name("groups").texts(&me.groups);
    out.name("scopes").texts(&me.scopes);
    effective_reach(out.name("reach"), &me.reach);
    out.name("token").open('{');
    out.name("id").text(&token.map_or_else(String::new, |token| token.id.to_string()));
    out.name("kind").text(token.map_or("access", |token| token.kind.name()));
    out.name("name").text(token.map_or("", |token| &token.name));
    match token.and_then(|token| token.scopes.as_ref()) {
        Some(scopes) => out.name("scopes").texts(scopes),
        None => out.name("scopes").maybe_raw(None),
    }
    out.name("created").number(token.map_or(0, |token| token.created));
    out.name("expires").maybe_number(token.and_then(|token| token.expires));
    out.close('}');
    out.close('}');
    out.end()
}

pub(super) fn decision(decision: &Decision) -> String {
    let mut out = Writer::default();
    out.open('{').name("allowed").flag(decision.allowed);
    out.name("reason").text(&decision.reason);
    out.name("by").text(decision.by);
    out.close('}');
    out.end()
}

fn scope(out: &mut Writer, def: &ScopeDef) {
    out.open('{').name("name").text(&def.name);
    out.name("implies").texts(&def.implies);
    out.name("dangerous").flag(def.dangerous);
    out.name("description").text(&def.description);
    out.close('}');
}

pub(super) fn catalogue(catalogue: &Catalogue) -> String {
    let mut out = Writer::default();
    out.open('[');
    for def in catalogue.defs() {
        scope(&mut out, def);
    }
    out.close(']');
    out.end()
}
