//! What calls give back, as JSON.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::model::{AuditEntry, Code, Error, KindReach, Outcome, Reach, Result};
use crate::rules::{Catalogue, Decision, EffectiveReach, Grant};
use crate::service::{AuditPage, GroupView, LinkView, Me, ResourcePage, ResourceView, TokenView, UserView};

pub(super) fn json<T: Serialize + ?Sized>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|_| Error::new(Code::Internal, "a reply cannot be written as JSON"))
}

fn raw(text: &str) -> Option<&RawValue> {
    serde_json::from_str(text).ok()
}

#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum KindForm<'a> {
    All(&'static str),
    Only(&'a BTreeMap<String, Option<i64>>),
}

pub(super) type ReachForm<'a> = BTreeMap<&'a str, KindForm<'a>>;

pub(super) fn reach(reach: &Reach) -> ReachForm<'_> {
    let form = |kind| match kind {
        &KindReach::All => KindForm::All("all"),
        KindReach::Only(ids) => KindForm::Only(ids),
    };
    reach.0.iter().map(|(kind, ids)| (kind.as_str(), form(ids))).collect()
}

/// An administrator reaches everything: the kind `*`.
fn effective_reach(effective: &EffectiveReach) -> ReachForm<'_> {
    match effective.listed() {
        Some(listed) => reach(listed),
        None => [("*", KindForm::All("all"))].into(),
    }
}

#[derive(Serialize)]
struct Needs<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    group: &'a [String],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    role: Vec<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UserForm<'a> {
    active: bool,
    admin: bool,
    apikey: (),
    groups: &'a [String],
    name: &'a str,
    needs: Needs<'a>,
    permissions: Vec<&'a str>,
    roles: &'static [&'static str],
    settings: BTreeMap<&'a str, Option<&'a RawValue>>,
    user: bool,
    id: u64,
    display_name: &'a str,
    email: &'a str,
    country: &'a str,
    status: &'static str,
    scopes: Vec<&'a str>,
    has_password: bool,
    has_api_key: bool,
    failed_logins: u32,
    last_login: Option<u64>,
    intro_reviewed: bool,
    data: Option<&'a RawValue>,
    created: u64,
    updated: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    reach: Option<ReachForm<'a>>,
}

pub(super) fn user<'a>(
    catalogue: &'a Catalogue,
    view: &'a UserView,
    reached: Option<&'a Reach>,
) -> UserForm<'a> {
    let user = &view.user;
    let scopes: Vec<&str> = user.scopes.iter().map(String::as_str).collect();
    UserForm {
        active: user.status == crate::model::Status::Active,
        admin: view.admin(),
        apikey: (),
        groups: &view.groups,
        name: &user.name,
        needs: Needs {
            group: &view.effective_groups,
            role: view.bits.iter().filter_map(|number| catalogue.name(number)).collect(),
        },
        permissions: scopes.clone(),
        roles: if view.admin() { &["user", "admin"] } else { &["user"] },
        settings: user.settings.iter().map(|(key, value)| (key.as_str(), raw(value))).collect(),
        user: true,
        id: user.id.get(),
        display_name: &user.display_name,
        email: &user.email,
        country: &user.country,
        status: user.status.name(),
        scopes,
        has_password: user.password.is_some(),
        has_api_key: user.api_key.is_some(),
        failed_logins: user.failed_logins,
        last_login: user.last_login,
        intro_reviewed: user.intro_reviewed,
        data: user.data.as_deref().and_then(raw),
        created: user.created,
        updated: user.updated,
        reach: reached.map(reach),
    }
}

pub(super) fn settings(settings: &crate::model::Settings) -> Result<String> {
    json(&settings.iter().map(|(key, value)| (key.as_str(), raw(value))).collect::<BTreeMap<_, _>>())
}

#[derive(Serialize)]
struct GrantForm<'a> {
    scope: &'a str,
    dangerous: bool,
    via: Via<'a>,
    granted: &'a str,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
enum Via<'a> {
    Direct,
    Group { path: &'a [String] },
}

#[derive(Serialize)]
struct RightsForm<'a> {
    name: &'a str,
    admin: bool,
    grants: Vec<GrantForm<'a>>,
    reach: ReachForm<'a>,
}

pub(super) fn rights(name: &str, admin: bool, grants: &[Grant], reached: &Reach) -> Result<String> {
    fn form(grant: &Grant) -> GrantForm<'_> {
        let Grant { scope, granted, path, dangerous } = grant;
        let via = if path.is_empty() { Via::Direct } else { Via::Group { path } };
        GrantForm { scope, dangerous: *dangerous, via, granted }
    }
    json(&RightsForm { name, admin, grants: grants.iter().map(form).collect(), reach: reach(reached) })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TokenForm<'a> {
    id: String,
    number: u64,
    user: &'a str,
    kind: &'static str,
    name: &'a str,
    scopes: Option<Vec<&'a str>>,
    reach: Option<ReachForm<'a>>,
    created: u64,
    expires: Option<u64>,
    last_used: Option<u64>,
    current: bool,
    primary: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a str>,
}

pub(super) fn token<'a>(view: &'a TokenView, value: Option<&'a str>) -> TokenForm<'a> {
    let token = &view.token;
    TokenForm {
        id: token.id.to_string(),
        number: token.number,
        user: &view.owner,
        kind: token.kind.name(),
        name: &token.name,
        scopes: token.scopes.as_ref().map(|scopes| scopes.iter().map(String::as_str).collect()),
        reach: token.reach.as_ref().map(reach),
        created: token.created,
        expires: token.expires,
        last_used: view.last_used,
        current: view.current,
        primary: token.primary,
        value,
    }
}

#[derive(Serialize)]
pub(super) struct GroupForm<'a> {
    key: &'a str,
    name: &'a str,
    description: &'a str,
    scopes: Vec<&'a str>,
    subgroups: &'a [String],
    default: bool,
    changeable: bool,
    removable: bool,
    assignable: bool,
    dangerous: bool,
}

pub(super) fn group(view: &GroupView) -> GroupForm<'_> {
    let group = &view.group;
    GroupForm {
        key: &group.key,
        name: &group.name,
        description: &group.description,
        scopes: group.scopes.iter().map(String::as_str).collect(),
        subgroups: &view.subgroups,
        default: group.default,
        changeable: group.changeable,
        removable: group.removable,
        assignable: group.assignable,
        dangerous: view.dangerous,
    }
}

#[derive(Serialize)]
pub(super) struct ResourceForm<'a> {
    kind: &'a str,
    id: &'a str,
    name: &'a str,
    description: &'a str,
    owner: Option<&'a str>,
    data: Option<&'a RawValue>,
    created: u64,
    updated: u64,
}

pub(super) fn resource(view: &ResourceView) -> ResourceForm<'_> {
    let resource = &view.resource;
    ResourceForm {
        kind: &resource.kind,
        id: &resource.id,
        name: &resource.name,
        description: &resource.description,
        owner: view.owner.as_deref(),
        data: resource.data.as_deref().and_then(raw),
        created: resource.created,
        updated: resource.updated,
    }
}

#[derive(Serialize)]
struct ResourcesForm<'a> {
    resources: Vec<ResourceForm<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<&'a str>,
}

pub(super) fn resources(page: &ResourcePage) -> Result<String> {
    json(&ResourcesForm {
        resources: page.resources.iter().map(resource).collect(),
        next: page.next.as_deref(),
    })
}

#[derive(Serialize)]
struct LinkForm<'a> {
    user: &'a str,
    kind: &'a str,
    id: &'a str,
    level: Option<i64>,
}

pub(super) fn links(links: &[LinkView]) -> Result<String> {
    fn form(link: &LinkView) -> LinkForm<'_> {
        let LinkView { user, kind, id, level } = link;
        LinkForm { user, kind, id, level: *level }
    }
    listed("links", links.iter().map(form))
}

/// `{"<name>":[…]}`
pub(super) fn listed<T: Serialize>(name: &str, items: impl Iterator<Item = T>) -> Result<String> {
    json(&BTreeMap::from([(name, items.collect::<Vec<T>>())]))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OnForm<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
}

#[derive(Serialize)]
struct AuditForm<'a> {
    id: String,
    at: u64,
    actor: Option<&'a str>,
    what: &'static str,
    on: OnForm<'a>,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<&'a str>,
}

fn on(entry: &AuditEntry) -> OnForm<'_> {
    let on = &entry.on;
    OnForm {
        user: on.user.as_deref(),
        user_id: on.user_id,
        token: on.token.as_deref(),
        group: on.group.as_deref(),
        kind: on.kind.as_deref(),
        id: on.id.as_deref(),
    }
}

#[derive(Serialize)]
struct AuditPageForm<'a> {
    entries: Vec<AuditForm<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<&'a str>,
}

pub(super) fn audit(page: &AuditPage) -> Result<String> {
    fn form(entry: &AuditEntry) -> AuditForm<'_> {
        let AuditEntry { at, salt, actor, action, outcome, by, .. } = entry;
        let outcome = if *outcome == Outcome::Ok { "ok" } else { "refused" };
        let id = format!("{at}-{salt}");
        AuditForm {
            id,
            at: *at,
            actor: actor.as_deref(),
            what: action.name(),
            on: on(entry),
            outcome,
            by: by.as_deref(),
        }
    }
    json(&AuditPageForm { entries: page.entries.iter().map(form).collect(), next: page.next.as_deref() })
}

/// Events as `[name, subject]`; the facade gives each its public shape. Refusals are no events.
pub(super) fn events(entries: &[AuditEntry]) -> Result<String> {
    let done = entries.iter().filter(|entry| entry.outcome == Outcome::Ok);
    json(&done.map(|entry| (entry.action.name(), on(entry))).collect::<Vec<_>>())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MeForm<'a> {
    id: u64,
    name: &'a str,
    display_name: &'a str,
    email: &'a str,
    admin: bool,
    status: &'static str,
    groups: &'a [String],
    scopes: &'a [String],
    reach: ReachForm<'a>,
    token: MyToken<'a>,
}

#[derive(Serialize)]
struct MyToken<'a> {
    id: String,
    kind: &'static str,
    name: &'a str,
    scopes: Option<Vec<&'a str>>,
    created: u64,
    expires: Option<u64>,
}

/// The machine's owner is shown as user 0, `local`.
pub(super) fn me(me: &Me) -> Result<String> {
    let user = me.user.as_ref();
    let token = me.token.as_ref();
    json(&MeForm {
        id: user.map_or(0, |user| user.id.get()),
        name: user.map_or("local", |user| &user.name),
        display_name: user.map_or("", |user| &user.display_name),
        email: user.map_or("", |user| &user.email),
        admin: me.admin,
        status: user.map_or("active", |user| user.status.name()),
        groups: &me.groups,
        scopes: &me.scopes,
        reach: effective_reach(&me.reach),
        token: MyToken {
            id: token.map_or_else(String::new, |token| token.id.to_string()),
            kind: token.map_or("access", |token| token.kind.name()),
            name: token.map_or("", |token| &token.name),
            scopes: token
                .and_then(|token| token.scopes.as_ref())
                .map(|scopes| scopes.iter().map(String::as_str).collect()),
            created: token.map_or(0, |token| token.created),
            expires: token.and_then(|token| token.expires),
        },
    })
}

#[derive(Serialize)]
struct DecisionForm<'a> {
    allowed: bool,
    reason: &'a str,
    by: &'a str,
}

pub(super) fn decision(decision: &Decision) -> Result<String> {
    json(&DecisionForm { allowed: decision.allowed, reason: &decision.reason, by: decision.by })
}

#[derive(Serialize)]
struct ScopeForm<'a> {
    name: &'a str,
    implies: &'a [String],
    dangerous: bool,
    description: &'a str,
}

pub(super) fn catalogue(catalogue: &Catalogue) -> Result<String> {
    fn form(def: &crate::rules::ScopeDef) -> ScopeForm<'_> {
        let crate::rules::ScopeDef { name, implies, dangerous, description } = def;
        ScopeForm { name, implies, dangerous: *dangerous, description }
    }
    json(&catalogue.defs().iter().map(form).collect::<Vec<_>>())
}
