use super::catalogue::SELF_MANAGE;
use super::checks::{check_json_size, check_text, excerpt};
use super::{Actor, Catalogue};
use crate::model::{Code, Error, KindReach, MAX_INTEGER, Millis, Reach, Resource, Result, UserId};

const MAX_KIND: usize = 64;
const MAX_ID: usize = 256;
/// Ids one reach may name, over all kinds. Removing a user removes his links in one commit.
const MAX_REACH: usize = 4096;

/// A resource to be, or changes to one; `None` leaves as it is (or empty).
#[derive(Debug, Clone, Default)]
pub struct ResourcePatch {
    /// For people to read.
    pub name: Option<String>,
    /// May be empty.
    pub description: Option<String>,
    /// Inner `None`: nobody.
    pub owner: Option<Option<UserId>>,
    /// JSON text of an object; inner `None` clears.
    pub data: Option<Option<String>>,
}

/// The name of a kind: 1 to 64 of `a-z A-Z 0-9 _ - .`.
///
/// # Errors
/// `unknownKind`
pub fn check_kind(kind: &str) -> Result<()> {
    let good = !kind.is_empty()
        && kind.len() <= MAX_KIND
        && kind.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
    if good {
        return Ok(());
    }
    Err(Error::new(Code::UnknownKind, format!("`{}` cannot be a kind of resource", excerpt(kind))).at("kind"))
}

/// The id of a resource: 1 to 256 characters, no control characters; in decimal it stays below 2^53.
///
/// # Errors
/// `invalidId`
pub fn check_id(id: &str) -> Result<()> {
    let digits = id.bytes().all(|b| b.is_ascii_digit());
    let too_large = digits && id.len() >= 16 && id.parse::<u64>().map_or(true, |number| number > MAX_INTEGER);
    if id.is_empty() || id.chars().count() > MAX_ID || id.chars().any(char::is_control) || too_large {
        return Err(
            Error::new(Code::InvalidId, format!("`{}` cannot be the id of a resource", excerpt(id))).at("id")
        );
    }
    Ok(())
}

/// A reach from outside: good kinds and ids, and not too many.
///
/// # Errors
/// `unknownKind`, `invalidId`, `limitExceeded`
pub fn check_reach(reach: &Reach) -> Result<()> {
    if reach.len() > MAX_REACH || reach.0.len() > 64 {
        let message = format!("a reach names at most {MAX_REACH} ids of 64 kinds");
        return Err(Error::new(Code::LimitExceeded, message).at("reach"));
    }
    for (kind, ids) in &reach.0 {
        check_kind(kind)?;
        if let KindReach::Only(ids) = ids {
            for (id, level) in ids {
                check_id(id)?;
                check_level(*level)?;
            }
        }
    }
    Ok(())
}

fn check_level(level: Option<i64>) -> Result<()> {
    if level.is_some_and(|level| level.unsigned_abs() > MAX_INTEGER) {
        return Err(Error::new(Code::InvalidArgument, "a link's level is beyond 2^53 - 1").at("level"));
    }
    Ok(())
}

/// Adds a resource.
///
/// # Errors
/// `denied`, `unknownKind`, `invalidId`, `invalidArgument`, `invalidSettings`
pub fn add_resource(
    catalogue: &Catalogue,
    actor: &Actor,
    kind: &str,
    id: &str,
    patch: ResourcePatch,
    now: Millis,
) -> Result<Resource> {
    check_kind(kind)?;
    check_id(id)?;
    let blank = Resource {
        kind: kind.to_owned(),
        id: id.to_owned(),
        name: id.to_owned(),
        description: String::new(),
        owner: None,
        data: None,
        created: now,
        updated: now,
    };
    edit_resource(catalogue, actor, &blank, patch, now)
}

/// Changes a resource. Who manages resources does so within his own reach.
///
/// # Errors
/// `denied`, `invalidArgument`, `invalidSettings`
pub fn edit_resource(
    catalogue: &Catalogue,
    actor: &Actor,
    old: &Resource,
    patch: ResourcePatch,
    now: Millis,
) -> Result<Resource> {
    may_manage_resource(catalogue, actor, &old.kind, &old.id)?;
    let mut resource = old.clone();
    for (field, text) in [("name", &patch.name), ("description", &patch.description)] {
        check_text(field, text.as_deref().unwrap_or_default())?;
    }
    if let Some(name) = patch.name {
        resource.name = name;
    }
    if let Some(description) = patch.description {
        resource.description = description;
    }
    if let Some(owner) = patch.owner {
        resource.owner = owner;
    }
    if let Some(data) = patch.data {
        check_json_size("data", data.as_ref().map_or(0, String::len))?;
        resource.data = data;
    }
    if resource != *old {
        resource.updated = now;
    }
    Ok(resource)
}

/// Makes a site of a gateway for the actor. `known`: there is such a gateway; `taken`: a site has it, the actor's (`true`) or
/// another's.
///
/// # Errors
/// `notFound`, `alreadyExists`, `denied`
pub fn claim_site(
    catalogue: &Catalogue,
    actor: &Actor,
    id: &str,
    identifier: &str,
    known: bool,
    taken: Option<bool>,
    now: Millis,
) -> Result<Resource> {
    actor.need(catalogue, SELF_MANAGE)?;
    let nobody = || Error::new(Code::Unsupported, "only a user adds sites to his own");
    let owner = actor.user_id().ok_or_else(nobody)?;
    let is_identifier = identifier.len() == 12 && identifier.bytes().all(|byte| byte.is_ascii_hexdigit());
    match taken.filter(|_| is_identifier) {
        Some(true) => {
            return Err(Error::new(Code::AlreadyExists, "this installation is among one's own already"));
        }
        Some(false) => {
            let message = "this installation belongs to somebody else";
            return Err(Error::refused(Code::Denied, "site-claimed", message));
        }
        None if !known || !is_identifier => {
            return Err(Error::new(Code::NotFound, "there is no such gateway"));
        }
        None => {}
    }
    Ok(Resource {
        kind: "site".to_owned(),
        id: id.to_owned(),
        name: identifier.to_owned(),
        description: String::new(),
        owner: Some(owner),
        data: Some(format!("{{\"identifier\":\"{identifier}\"}}")),
        created: now,
        updated: now,
    })
}

/// May the actor change this resource and its links?
///
/// # Errors
/// `denied`
pub fn may_manage_resource(catalogue: &Catalogue, actor: &Actor, kind: &str, id: &str) -> Result<()> {
    const SCOPE: &str = "resources.manage";
    let decision = super::decide(catalogue, &actor.rights, actor.token(), SCOPE, Some((kind, id)));
    if decision.allowed { Ok(()) } else { Err(Error::refused(Code::Denied, decision.by, decision.reason)) }
}
