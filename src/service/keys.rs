//! Every key of the store, in one place. Numbers are padded so that their order is that of the text.

use crate::model::{Digest, GroupId, Millis, TokenId, UserId, lower};
use crate::store::Key;

fn key<const N: usize>(elements: [&str; N]) -> Key {
    elements.map(str::to_owned).to_vec()
}

fn padded(number: u64) -> String {
    let digits = number.to_string();
    let mut text = "0".repeat(16_usize.saturating_sub(digits.len()));
    text.push_str(&digits);
    text
}

/// Format and version of the store.
pub(super) fn meta() -> Key {
    key(["meta"])
}

/// Present while a restore is under way: the store is half of something.
pub(super) fn import_marker() -> Key {
    key(["meta", "import"])
}

/// The last number given out: `user`, `token`.
pub(super) fn sequence(of: &str) -> Key {
    key(["seq", of])
}

pub(super) fn user(id: UserId) -> Key {
    key(["user", &padded(id.get())])
}

pub(super) fn users() -> Key {
    key(["user"])
}

/// Name key → id.
pub(super) fn name(name_key: &str) -> Key {
    key(["name", name_key])
}

pub(super) fn names() -> Key {
    key(["name"])
}

/// E-mail in lower case → ids.
pub(super) fn email(email: &str, id: UserId) -> Key {
    key(["email", &lower(email), &padded(id.get())])
}

pub(super) fn reach(id: UserId) -> Key {
    key(["reach", &padded(id.get())])
}

/// Resource → users linked to it.
pub(super) fn link(kind: &str, resource: &str, id: UserId) -> Key {
    key(["link", kind, resource, &padded(id.get())])
}

pub(super) fn links(kind: &str, resource: &str) -> Key {
    key(["link", kind, resource])
}

/// Group (none: `admin` held directly) → members.
pub(super) fn member(group: Option<GroupId>, id: UserId) -> Key {
    let mut key = members(group);
    key.push(padded(id.get()));
    key
}

pub(super) fn members(group: Option<GroupId>) -> Key {
    let group = group.map_or_else(|| "@admin".to_owned(), |id| id.0.to_string());
    key(["member", &group])
}

/// A secret of the store's own, by what it is for.
pub(super) fn secret(name: &str) -> Key {
    key(["secret", name])
}

/// A credential that was ended, by the time at which it would have ended by itself: those that are over come first.
pub(super) fn barred(until: Millis, id: &str) -> Key {
    key(["barred", &padded(until), id])
}

pub(super) fn all_barred() -> Key {
    key(["barred"])
}

/// Those before it, each with the time until which it is good.
#[cfg(feature = "faces")]
pub(super) fn old_secrets(name: &str) -> Key {
    key(["secret", name, "old"])
}

/// The one API key of a user, sealed.
pub(super) fn sealed(user: UserId) -> Key {
    key(["sealed", &padded(user.get())])
}

/// E-mail in lower case, prefix of the ids.
pub(super) fn emails(email: &str) -> Key {
    key(["email", &lower(email)])
}

pub(super) fn groups() -> Key {
    key(["groups"])
}

pub(super) fn token(digest: Digest) -> Key {
    key(["token", &digest.to_hex()])
}

/// Public id → digest.
pub(super) fn token_id(id: TokenId) -> Key {
    key(["tokenId", &id.to_string()])
}

/// Owner → tokens, in order of creation.
pub(super) fn owned(user: UserId, number: u64) -> Key {
    key(["owned", &padded(user.get()), &padded(number)])
}

pub(super) fn owned_by(user: UserId) -> Key {
    key(["owned", &padded(user.get())])
}

/// How many tokens a user has. Every creation and removal writes it, so that removing the user meets all of them.
pub(super) fn token_count(user: UserId) -> Key {
    key(["tokenCount", &padded(user.get())])
}

/// Last use of a token.
pub(super) fn seen(user: UserId, number: u64) -> Key {
    key(["seen", &padded(user.get()), &padded(number)])
}

pub(super) fn resource(kind: &str, id: &str) -> Key {
    key(["resource", kind, id])
}

pub(super) fn resources(kind: &str) -> Key {
    key(["resource", kind])
}

/// Name → resources, for kinds whose names tell them apart.
pub(super) fn resource_name(kind: &str, name: &str, id: &str) -> Key {
    key(["resourceName", kind, name, id])
}

pub(super) fn resource_names(kind: &str, name: &str) -> Key {
    key(["resourceName", kind, name])
}

/// Owner → resources.
pub(super) fn resource_owner(owner: UserId, kind: &str, id: &str) -> Key {
    key(["resourceOwner", &padded(owner.get()), kind, id])
}

pub(super) fn resources_of(owner: UserId) -> Key {
    key(["resourceOwner", &padded(owner.get())])
}

/// By time; the salt keeps writers of one instant apart.
pub(super) fn audit(at: Millis, salt: &str) -> Key {
    key(["audit", &padded(at), salt])
}

/// Prefix of the audit: what a watch listens to.
pub fn audits() -> Key {
    key(["audit"])
}

/// Entries in the audit, counted in parts so that writers seldom meet.
pub(super) fn audit_count(part: u8) -> Key {
    key(["auditCount", &part.to_string()])
}

pub(super) fn audit_counts() -> Key {
    key(["auditCount"])
}
