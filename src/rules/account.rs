use crate::model::sorted::Set;

use super::catalogue::{SELF_MANAGE, SELF_READ};
use super::checks::{check_email, check_json_size, check_text};
use super::rights::{granted, guard_last_admin, is_active_admin};
use super::second_factor::new_factor;
use super::{Actor, Catalogue, CurrentPassword, Policy, Rights};
use crate::model::{
    Code, Error, GroupId, Groups, Millis, Phc, Reach, Result, Secret, Settings, Status, User, UserId,
};

/// A user to be. The service has looked up what needs looking up: groups are ids, the password is a hash.
#[derive(Debug, Clone, Default)]
pub struct UserDraft {
    /// The login as given.
    pub name: String,
    /// None: cannot log in by password.
    pub password: Option<Phc>,
    /// None: active.
    pub status: Option<Status>,
    /// Member of `admins` beside `groups`.
    pub admin: bool,
    /// None: the default groups.
    pub groups: Option<Set<GroupId>>,
    /// By name.
    pub scopes: Set<String>,
    /// What he shall reach.
    pub reach: Reach,
    /// For people to read.
    pub display_name: String,
    /// May be empty.
    pub email: String,
    /// Any text will do as `email`, as with the policy's field of that name: the protocol it came by says so.
    pub free_email: bool,
    /// May be empty.
    pub country: String,
    /// JSON text of an object.
    pub data: Option<String>,
    /// Free-form settings.
    pub settings: Settings,
    /// DeviceHive's flag.
    pub intro_reviewed: bool,
    /// VRM's role.
    pub role: String,
    /// Secret of the second factor, Base32.
    pub totp: Option<Secret>,
}

/// Changes to a user; `None` leaves as it is.
#[derive(Debug, Clone, Default)]
pub struct UserPatch {
    /// New login.
    pub name: Option<String>,
    /// Lock, unlock, disable, enable.
    pub status: Option<Status>,
    /// Into or out of `admins`.
    pub admin: Option<bool>,
    /// The whole new set.
    pub groups: Option<Set<GroupId>>,
    /// The whole new set.
    pub scopes: Option<Set<String>>,
    /// The whole new reach.
    pub reach: Option<Reach>,
    /// For people to read.
    pub display_name: Option<String>,
    /// Empty clears.
    pub email: Option<String>,
    /// As with a draft.
    pub free_email: bool,
    /// Empty clears.
    pub country: Option<String>,
    /// Inner `None` clears.
    pub data: Option<Option<String>>,
    /// DeviceHive's flag.
    pub intro_reviewed: Option<bool>,
    /// VRM's role.
    pub role: Option<String>,
    /// Secret of the second factor, Base32. The one that is there already changes nothing.
    pub totp: Option<Secret>,
}

/// What a removal takes along is the service's business; this says that it may happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Removal;

/// The key of the group whose members are administrators.
const ADMINS: &str = "admins";

/// First-run set-up: only while no user exists, and the one who comes first is an administrator.
///
/// # Errors
/// `setupDone`, and those of [`add_user`]
pub fn set_up(
    catalogue: &Catalogue,
    policy: &Policy,
    groups: &Groups,
    id: UserId,
    draft: UserDraft,
    any_user: bool,
    now: Millis,
) -> Result<User> {
    if any_user {
        return Err(Error::refused(Code::SetupDone, "first-run", "first-run set-up is over: a user exists"));
    }
    let draft = UserDraft { admin: true, groups: None, status: None, ..draft };
    build(catalogue, policy, groups, id, draft, now)
}

/// Adds a user.
///
/// # Errors
/// `denied` without `users.manage` or when he would hold more than the actor; `invalidName` and the other codes of
/// bad input. Whether the name is free is the index's business.
pub fn add_user(
    catalogue: &Catalogue,
    policy: &Policy,
    groups: &Groups,
    actor: &Actor,
    id: UserId,
    draft: UserDraft,
    now: Millis,
) -> Result<User> {
    actor.need(catalogue, "users.manage")?;
    let reach = draft.reach.clone();
    let user = build(catalogue, policy, groups, id, draft, now)?;
    need_no_more_than_own(catalogue, groups, actor, &user, &reach)?;
    Ok(user)
}

fn build(
    catalogue: &Catalogue,
    policy: &Policy,
    groups: &Groups,
    id: UserId,
    draft: UserDraft,
    now: Millis,
) -> Result<User> {
    let name = policy.check_name(&draft.name)?;
    build_named(catalogue, policy, groups, id, name, draft, now)
}

fn build_named(
    catalogue: &Catalogue,
    policy: &Policy,
    groups: &Groups,
    id: UserId,
    (name, name_key): (String, String),
    draft: UserDraft,
    now: Millis,
) -> Result<User> {
    let free_email = policy.free_email || draft.free_email;
    check_texts(free_email, Some(&draft.display_name), Some(&draft.email), Some(&draft.country))?;
    let settings_size = settings_size(&draft.settings);
    check_json_size("settings", settings_size)?;
    check_json_size("data", draft.data.as_ref().map_or(0, String::len))?;
    let scopes = catalogue.check(draft.scopes)?;
    let mut member = match draft.groups {
        Some(given) => check_assignable(groups, &Set::new(), given)?,
        None => groups
            .list
            .iter()
            .filter(|group| group.default && group.assignable)
            .map(|group| group.id)
            .collect(),
    };
    if draft.admin {
        member.insert(admins(groups)?);
    }
    Ok(User {
        id,
        name,
        name_key,
        display_name: draft.display_name,
        email: draft.email,
        country: draft.country,
        status: draft.status.unwrap_or(Status::Active),
        password: draft.password,
        scopes,
        groups: member,
        failed_logins: 0,
        last_failed: None,
        last_login: None,
        intro_reviewed: draft.intro_reviewed,
        data: draft.data,
        settings: draft.settings,
        role: draft.role,
        totp: draft.totp.map(new_factor).transpose()?,
        api_key: None,
        imported: None,
        created: now,
        updated: now,
    })
}

/// The one administrator without a name, as whom whoever pressed the button of a device acts. He has no password, and no
/// name rule would let him in.
///
/// # Errors
/// `unknownGroup`
pub fn add_nameless(
    catalogue: &Catalogue,
    policy: &Policy,
    groups: &Groups,
    id: UserId,
    now: Millis,
) -> Result<User> {
    let draft = UserDraft { admin: true, ..UserDraft::default() };
    build_named(catalogue, policy, groups, id, Default::default(), draft, now)
}

/// May the actor read this account?
///
/// # Errors
/// `denied`
pub fn may_see(catalogue: &Catalogue, actor: &Actor, target: Option<UserId>) -> Result<()> {
    let own = target.is_some() && actor.user_id() == target;
    actor.need(catalogue, if own { SELF_READ } else { "users.read" })
}

/// May the actor change this account's credentials? One's own with `self.manage`; another's with `users.manage`, and
/// only if it holds no more than the actor does: who can set a password can log in with it.
///
/// # Errors
/// `denied`
pub fn may_manage(
    catalogue: &Catalogue,
    groups: &Groups,
    actor: &Actor,
    target: &User,
    reach: &Reach,
) -> Result<()> {
    if actor.user_id() == Some(target.id) {
        return actor.need(catalogue, SELF_MANAGE);
    }
    actor.need(catalogue, "users.manage")?;
    need_no_more_than_own(catalogue, groups, actor, target, reach)
}

fn need_no_more_than_own(
    catalogue: &Catalogue,
    groups: &Groups,
    actor: &Actor,
    target: &User,
    reach: &Reach,
) -> Result<()> {
    let theirs = Rights::of(catalogue, groups, target, reach, None);
    // Everybody holds the own-account scopes on himself; a token that lacks them gains nothing by adding somebody.
    actor.need_rights(catalogue, &granted(catalogue, groups, target), Some(&theirs.reach))
}

/// Changes a user's record.
///
/// # Errors
/// `denied`, `ownAccount`, `lastAdmin`, and the codes of bad input. `other_admins`: some other active administrator
/// exists.
#[expect(clippy::too_many_arguments, reason = "a rule sees all it decides by, and keeps nothing")]
pub fn edit_user(
    catalogue: &Catalogue,
    policy: &Policy,
    groups: &Groups,
    actor: &Actor,
    target: &User,
    reach: &Reach,
    patch: UserPatch,
    other_admins: bool,
    now: Millis,
) -> Result<(User, Reach)> {
    let own = actor.user_id() == Some(target.id);
    let personal = patch.name.is_none()
        && patch.status.is_none()
        && patch.admin.is_none()
        && patch.groups.is_none()
        && patch.scopes.is_none()
        && patch.reach.is_none()
        && patch.role.is_none()
        && patch.data.is_none();
    if own && personal {
        actor.need(catalogue, SELF_MANAGE)?;
    } else {
        actor.need(catalogue, "users.manage")?;
        if !own {
            need_no_more_than_own(catalogue, groups, actor, target, reach)?;
        }
    }
    let new_reach = patch.reach.clone().unwrap_or_else(|| reach.clone());
    let user = apply(catalogue, policy, groups, target, patch, now)?;
    if own && policy.own_account_guard {
        let demoted =
            is_active_admin(catalogue, groups, target) && !is_active_admin(catalogue, groups, &user);
        if user.status != Status::Active || demoted {
            return Err(Error::refused(
                Code::OwnAccount,
                "own-account",
                "nobody disables, locks or demotes himself",
            ));
        }
    }
    guard_last_admin(
        policy,
        is_active_admin(catalogue, groups, target),
        is_active_admin(catalogue, groups, &user),
        other_admins,
    )?;
    // Groups that are gone gave nothing: that they are dropped on the way is no change of rights.
    let before = target.groups.iter().filter(|&&id| groups.by_id(id).is_some());
    if user.scopes != target.scopes || !user.groups.iter().eq(before) || new_reach != *reach {
        need_no_more_than_own(catalogue, groups, actor, &user, &new_reach)?;
    }
    Ok((user, new_reach))
}

fn apply(
    catalogue: &Catalogue,
    policy: &Policy,
    groups: &Groups,
    target: &User,
    patch: UserPatch,
    now: Millis,
) -> Result<User> {
    let free_email = policy.free_email || patch.free_email;
    check_texts(free_email, patch.display_name.as_deref(), patch.email.as_deref(), patch.country.as_deref())?;
    let mut user = target.clone();
    if let Some(name) = patch.name {
        (user.name, user.name_key) = policy.check_name(&name)?;
    }
    if let Some(status) = patch.status {
        user.status = status;
        if status == Status::Active && target.status != Status::Active {
            user.failed_logins = 0;
            user.last_failed = None;
        }
    }
    if let Some(given) = patch.groups {
        user.groups = check_assignable(groups, &target.groups, given)?;
    }
    // Ids of groups that are gone are dropped whenever the record is written anyway.
    user.groups.retain(|&id| groups.by_id(id).is_some());
    match patch.admin {
        Some(true) => {
            user.groups.insert(admins(groups)?);
        }
        Some(false) => {
            if let Some(group) = groups.by_key(ADMINS) {
                user.groups.remove(&group.id);
            }
        }
        None => {}
    }
    if let Some(scopes) = patch.scopes {
        user.scopes = catalogue.check(scopes)?;
    }
    if let Some(data) = patch.data {
        check_json_size("data", data.as_ref().map_or(0, String::len))?;
        user.data = data;
    }
    set(&mut user.display_name, patch.display_name);
    set(&mut user.email, patch.email);
    set(&mut user.country, patch.country);
    set(&mut user.intro_reviewed, patch.intro_reviewed);
    set(&mut user.role, patch.role);
    if let Some(secret) = patch.totp
        && user.totp.as_ref().is_none_or(|factor| factor.secret != secret)
    {
        user.totp = Some(new_factor(secret)?);
    }
    if user != *target {
        user.updated = now;
    }
    Ok(user)
}

fn set<T>(slot: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *slot = value;
    }
}

fn check_texts(
    free_email: bool,
    display_name: Option<&str>,
    email: Option<&str>,
    country: Option<&str>,
) -> Result<()> {
    check_text("displayName", display_name.unwrap_or_default())?;
    let email = email.unwrap_or_default();
    if free_email { check_text("email", email) } else { check_email(email) }?;
    check_text("country", country.unwrap_or_default())
}

fn admins(groups: &Groups) -> Result<GroupId> {
    let message = "there is no group `admins` to make anybody an administrator by";
    groups.by_key(ADMINS).map(|group| group.id).ok_or_else(|| Error::new(Code::UnknownGroup, message))
}

/// The new set may hold what may be assigned, and keeps what may not be taken away.
fn check_assignable(groups: &Groups, old: &Set<GroupId>, given: Set<GroupId>) -> Result<Set<GroupId>> {
    let fixed = |id: GroupId| groups.by_id(id).is_some_and(|group| !group.assignable);
    if let Some(id) = given.iter().copied().find(|&id| fixed(id) && !old.contains(&id)) {
        let key = groups.by_id(id).map_or("", |group| group.key.as_str());
        let message = format!("nobody can be put into the group `{key}`");
        return Err(Error::refused(Code::Denied, "group-fixed", message).at("groups"));
    }
    let mut new = given;
    new.extend(old.iter().copied().filter(|&id| fixed(id)));
    Ok(new)
}

/// What a user is left with who shall be an administrator no more: scopes, and keys of groups.
pub fn without_admin(catalogue: &Catalogue, groups: &Groups, user: &User) -> (Set<String>, Vec<String>) {
    let plain = |scope: &&String| !catalogue.expand([*scope]).contains(0);
    let granting = super::admin_groups(catalogue, groups);
    let left = user.groups.iter().filter(|id| !granting.contains(*id)).filter_map(|&id| groups.by_id(id));
    (user.scopes.iter().filter(plain).cloned().collect(), left.map(|group| group.key.clone()).collect())
}

/// Removes a user.
///
/// # Errors
/// `ownAccount`, `denied`, `lastAdmin`
pub fn remove_user(
    catalogue: &Catalogue,
    policy: &Policy,
    groups: &Groups,
    actor: &Actor,
    target: &User,
    reach: &Reach,
    other_admins: bool,
) -> Result<Removal> {
    actor.need(catalogue, "users.manage")?;
    if actor.user_id() == Some(target.id) {
        if policy.own_removal_guard {
            return Err(Error::refused(Code::OwnAccount, "own-account", "nobody removes himself"));
        }
    } else {
        need_no_more_than_own(catalogue, groups, actor, target, reach)?;
    }
    guard_last_admin(policy, is_active_admin(catalogue, groups, target), false, other_admins)?;
    Ok(Removal)
}

/// Sets or clears a password. `current`: whether the current password was given and right; `None` if not given. `asks`:
/// of whom it is asked for.
///
/// # Errors
/// `denied`, `currentPasswordRequired`, `currentPasswordWrong`
pub fn change_password(
    catalogue: &Catalogue,
    asks: CurrentPassword,
    groups: &Groups,
    actor: &Actor,
    target: &User,
    reach: &Reach,
    current: Option<bool>,
) -> Result<()> {
    may_manage(catalogue, groups, actor, target, reach)?;
    if actor.user_id() != Some(target.id) {
        return Ok(());
    }
    let asked = match asks {
        CurrentPassword::Never => false,
        CurrentPassword::Always => true,
        CurrentPassword::NotAdmins => !actor.rights.admin,
    };
    // A limited token must not obtain by a new password what it may not do itself.
    match current {
        Some(true) => Ok(()),
        Some(false) => Err(Error::refused(
            Code::CurrentPasswordWrong,
            "current-password",
            "the current password is wrong",
        )
        .at("current")),
        None if target.password.is_none() && !actor.limited() => Ok(()),
        None if asked || actor.limited() => Err(Error::refused(
            Code::CurrentPasswordRequired,
            "current-password",
            "the current password has to be given",
        )
        .at("current")),
        None => Ok(()),
    }
}

/// Settings merge by top-level key and are bounded.
///
/// # Errors
/// `invalidSettings`
pub fn merge_settings(user: &User, changes: Settings, now: Millis) -> Result<User> {
    let mut user = user.clone();
    user.settings.extend(changes);
    check_json_size("settings", settings_size(&user.settings))?;
    user.updated = now;
    Ok(user)
}

fn settings_size(settings: &Settings) -> usize {
    // Quotes, colon and comma of each member, and the braces.
    settings.iter().map(|(key, value)| key.len() + value.len() + 4).sum::<usize>() + 2
}
