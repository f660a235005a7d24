//! What a world file declares, one object a commit, idempotent. Only for the machine's owner.

use super::resolve::Credential;
use super::session::Session;
use super::tx::Tx;
use super::values::digest_of;
use super::{Host, keys, not_found};
use crate::model::sorted::Set;
use crate::model::{
    Action, Code, Error, Millis, Phc, Reach, Result, Secret, Settings, Subject, Token, TokenKind, User,
    UserId,
};
use crate::rules::{self, GroupPatch, ResourcePatch, UserDraft, UserPatch};
use crate::store::Store;

/// What a declaration came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// It was not there.
    Created,
    /// It was otherwise.
    Updated,
    /// It was so already.
    Unchanged,
}

/// A user as declared; what is not named stays as it is.
#[derive(Debug, Clone, Default)]
pub struct WorldUser {
    /// Wanted id for a new user.
    pub id: Option<u64>,
    /// The login: what the user is found by.
    pub name: String,
    /// Set unless it is the password already. `Some(None)`: none.
    pub password: Option<Option<Secret>>,
    /// A hash to take over as it is, unless it was taken over before. Instead of a password.
    pub hash: Option<Phc>,
    /// All else.
    pub patch: UserPatch,
    /// Keys.
    pub groups: Option<Vec<String>>,
    /// Merged by top-level key.
    pub settings: Option<Settings>,
}

/// A token as declared.
#[derive(Debug, Clone)]
pub struct WorldToken {
    /// Name of the owner.
    pub user: String,
    /// What it is for.
    pub kind: TokenKind,
    /// The value, of any form.
    pub value: Secret,
    /// For people to tell tokens apart.
    pub name: String,
    /// None: the owner's.
    pub scopes: Option<Set<String>>,
    /// None: the owner's.
    pub reach: Option<Reach>,
    /// None: never. A time that is past already is taken as it is: a file may declare an expired token.
    pub expires: Option<Millis>,
    /// It is the one key of `generateApiKey`.
    pub primary: bool,
}

impl<S: Store, H: Host> Session<S, H> {
    pub(super) fn need_local(&self) -> Result<()> {
        if self.credential().is_local() {
            return Ok(());
        }
        Err(Error::refused(Code::Denied, "local-only", "only the machine's owner may do that"))
    }

    /// Declares a user.
    ///
    /// # Errors
    /// `denied` but for the local session, `alreadyExists` where the wanted id is another's, and the codes of bad input
    pub async fn put_user(&self, world: WorldUser, dry: bool) -> Result<Put> {
        self.need_local()?;
        if let Some(hash) = &world.hash {
            check_hash(hash)?;
        }
        let before = self.door().look(|tx| tx.user_named(&world.name)).await?;
        let phc = self.declared_password(before.as_ref(), &world, dry).await?;
        if let Some(reach) = &world.patch.reach {
            rules::check_reach(reach)?;
        }
        self.declare(dry, |tx| {
            tx.want(vec![keys::groups()]);
            if let Some(id) = tx.user_id_of(&world.name)? {
                tx.want(vec![keys::reach(id)]);
            }
            let old = tx.user_named(&world.name)?;
            if old.as_ref().map(|user| &user.password) != before.as_ref().map(|user| &user.password) {
                return Err(Error::new(
                    Code::Conflict,
                    "the user's password was changed meanwhile; try again",
                ));
            }
            let groups = tx.groups()?;
            let member =
                world.groups.as_ref().map(|given| rules::resolve_keys(&groups, given)).transpose()?;
            let patch = UserPatch { groups: member, ..world.patch.clone() };
            let (door, now) = (tx.door, tx.now);
            let actor = tx.actor(&Credential::Local, &[])?;
            if old.is_none() {
                tx.want(vec![keys::sequence("user")]);
            }
            let (base, old_reach) = match &old {
                Some(user) => (user.clone(), tx.reach(user.id)?),
                None => {
                    let id = wanted_id(tx, world.id)?;
                    let draft = UserDraft { name: world.name.clone(), ..UserDraft::default() };
                    (
                        rules::add_user(&door.catalogue, &door.policy, &groups, &actor, id, draft, now)?,
                        Reach::default(),
                    )
                }
            };
            let others = !door.policy.last_admin_guard || tx.other_admins(&groups, Some(base.id))?;
            let (mut new, reach) = rules::edit_user(
                &door.catalogue,
                &door.policy,
                &groups,
                &actor,
                &base,
                &old_reach,
                patch,
                others,
                now,
            )?;
            if let Some(settings) = &world.settings {
                let merged = rules::merge_settings(&new, settings.clone(), now)?;
                if merged.settings != new.settings {
                    new = merged;
                }
            }
            if let Some(phc) = &phc {
                new.password = phc.clone();
                new.updated = now;
            }
            if let Some(hash) = &world.hash {
                let imported = Some(digest_of(hash.reveal()));
                if new.imported != imported {
                    new = User { password: Some(hash.clone()), imported, updated: now, ..new };
                }
            }
            if old.as_ref() == Some(&new) && reach == old_reach {
                return Ok(Put::Unchanged);
            }
            tx.need_free_name(&new, old.as_ref())?;
            tx.put_user(old.as_ref(), Some(&new))?;
            tx.put_reach(new.id, &old_reach, &reach)?;
            let action = if old.is_none() { Action::UserAdded } else { Action::UserChanged };
            tx.audit(Some(actor.name()), action, super::door::subject(&new));
            Ok(if old.is_none() { Put::Created } else { Put::Updated })
        })
        .await
    }

    /// The hash to write, if any: the password of a user who can log in with it already is left alone.
    async fn declared_password(
        &self,
        before: Option<&User>,
        world: &WorldUser,
        dry: bool,
    ) -> Result<Option<Option<Phc>>> {
        let door = self.door();
        match (&world.password, before.and_then(|user| user.password.as_ref())) {
            (None, _) => Ok(None),
            (Some(None), Some(_)) => Ok(Some(None)),
            (Some(None), None) => Ok(None),
            (Some(Some(password)), current) => {
                // A file of the machine's owner may hold what no person may choose; only the limits of the hash count.
                if password.reveal().is_empty() || password.reveal().len() > 1024 {
                    return Err(
                        Error::new(Code::InvalidPassword, "a password has 1 to 1024 bytes").at("password")
                    );
                }
                if let Some(phc) = current
                    && door.host.verify(password.reveal(), phc).await?
                {
                    return Ok(None);
                }
                let phc = if dry {
                    Phc::new(String::new())
                } else {
                    door.host.hash(password.reveal(), door.policy.hash).await?
                };
                Ok(Some(Some(phc)))
            }
        }
    }

    /// Declares a group.
    ///
    /// # Errors
    /// As for adding and changing one
    pub async fn put_group(&self, key: &str, patch: GroupPatch, dry: bool) -> Result<Put> {
        self.need_local()?;
        self.declare(dry, |tx| {
            let actor = tx.actor(&Credential::Local, &[])?;
            let old = tx.groups()?;
            let there = old.by_key(key).is_some();
            let new = if there {
                rules::edit_group(&tx.door.catalogue, &old, &actor, key, patch.clone())?
            } else {
                rules::add_group(&tx.door.catalogue, &old, &actor, key, patch.clone())?
            };
            if new == *old {
                return Ok(Put::Unchanged);
            }
            tx.put_groups(&old, &new)?;
            let on = Subject { group: Some(key.to_owned()), ..Subject::default() };
            tx.audit(Some(actor.name()), if there { Action::GroupChanged } else { Action::GroupAdded }, on);
            Ok(if there { Put::Updated } else { Put::Created })
        })
        .await
    }

    /// Declares a resource. `owner`: by name.
    ///
    /// # Errors
    /// As for adding and changing one
    pub async fn put_resource(
        &self,
        kind: &str,
        id: &str,
        patch: ResourcePatch,
        owner: Option<&str>,
        dry: bool,
    ) -> Result<Put> {
        self.need_local()?;
        self.declare(dry, |tx| {
            let actor = tx.actor(&Credential::Local, &[])?;
            let mut patch = patch.clone();
            if let Some(name) = owner {
                let id = tx.user_id_of(name)?.ok_or_else(|| not_found("user", name))?;
                patch.owner = Some(Some(id));
            }
            let old = tx.resource(kind, id)?;
            let new = match &old {
                Some(old) => rules::edit_resource(&tx.door.catalogue, &actor, old, patch, tx.now)?,
                None => rules::add_resource(&tx.door.catalogue, &actor, kind, id, patch, tx.now)?,
            };
            if old.as_ref() == Some(&new) {
                return Ok(Put::Unchanged);
            }
            tx.put_resource(old.as_ref(), &new)?;
            let on = Subject { kind: Some(kind.to_owned()), id: Some(id.to_owned()), ..Subject::default() };
            tx.audit(
                Some(actor.name()),
                if old.is_some() { Action::ResourceChanged } else { Action::ResourceAdded },
                on,
            );
            Ok(if old.is_some() { Put::Updated } else { Put::Created })
        })
        .await
    }

    /// Declares a link.
    ///
    /// # Errors
    /// `notFound` (the user), and the codes of bad input
    pub async fn put_link(
        &self,
        user: &str,
        kind: &str,
        id: &str,
        level: Option<i64>,
        dry: bool,
    ) -> Result<Put> {
        self.need_local()?;
        rules::check_kind(kind)?;
        rules::check_id(id)?;
        self.declare(dry, |tx| {
            let id = &*tx.link_id(kind, id)?;
            let found = tx.linked_user(user)?;
            let there = tx.reach(found.id)?.covers(kind, id);
            if !tx.put_link(found.id, kind, id, Some(level))? {
                return Ok(Put::Unchanged);
            }
            let on = Subject {
                kind: Some(kind.to_owned()),
                id: Some(id.to_owned()),
                ..super::door::subject(&found)
            };
            tx.audit(Some("local"), Action::LinkChanged, on);
            Ok(if there { Put::Updated } else { Put::Created })
        })
        .await
    }

    /// Declares a token by its value; one that is there already is left alone.
    ///
    /// # Errors
    /// `notFound` (the user), `invalidToken`, `alreadyExists` where the value is another user's, and the codes of bad
    /// input
    pub async fn put_token(&self, world: WorldToken, dry: bool) -> Result<Put> {
        self.need_local()?;
        let digest = super::tokens::digest_of_given(world.value.reveal())?;
        if let Some(reach) = &world.reach {
            rules::check_reach(reach)?;
        }
        self.declare(dry, |tx| {
            tx.want(vec![keys::token(digest), keys::sequence("token")]);
            let owner = tx.user_named(&world.user)?.ok_or_else(|| not_found("user", &world.user))?;
            if let Some(token) = tx.record::<Token>("token", &keys::token(digest))? {
                if token.user == owner.id {
                    return Ok(Put::Unchanged);
                }
                return Err(Error::new(
                    Code::AlreadyExists,
                    "a token of that value belongs to somebody else",
                )
                .at("value"));
            }
            rules::check_text("name", &world.name)?;
            let scopes = world.scopes.clone().map(|scopes| tx.door.catalogue.check(scopes)).transpose()?;
            let token = Token {
                id: tx.door.new_token_id(),
                number: tx.next("token")?,
                user: owner.id,
                kind: world.kind,
                name: world.name.clone(),
                digest,
                scopes,
                reach: world.reach.clone(),
                created: tx.now,
                expires: world.expires,
                primary: world.primary,
            };
            if token.primary {
                super::credentials::drop_api_key(tx, "local", &owner)?;
                tx.put_user(Some(&owner), Some(&User { api_key: Some(digest), ..owner.clone() }))?;
                tx.keep_shown(owner.id, &world.value)?;
            }
            tx.put_token(&token)?;
            let on = Subject { token: Some(token.id.to_string()), ..super::door::subject(&owner) };
            tx.audit(Some("local"), Action::TokenAdded, on);
            Ok(Put::Created)
        })
        .await
    }

    /// Runs a declaration; a dry one stops before the commit.
    async fn declare(&self, dry: bool, work: impl Fn(&mut Tx<'_, S, H>) -> Result<Put>) -> Result<Put> {
        if dry {
            // What is not there yet may be part of the same plan.
            return match self.door().look(work).await {
                Err(error) if matches!(error.code(), Code::NotFound | Code::UnknownGroup) => Ok(Put::Created),
                put => put,
            };
        }
        self.door()
            .change(|tx| {
                tx.expect_audit();
                work(tx)
            })
            .await
    }
}

/// Hashes that the hash module knows (`crates/doorward-hash`).
const HASHES: [&str; 4] = ["$argon2id$v=19$", "$pbkdf2-sha256$", "$sha512-suffix$", "$sha256-prefix$"];

fn check_hash(hash: &Phc) -> Result<()> {
    let text = hash.reveal();
    if text.len() <= 1024 && HASHES.iter().any(|form| text.starts_with(form)) {
        return Ok(());
    }
    Err(Error::new(Code::InvalidPassword, "the password hash is of no form that is known").at("passwordHash"))
}

/// The id a new user gets: the wanted one if it is free (numbers given out later go on behind it), else the next.
fn wanted_id<S: Store, H: Host>(tx: &mut Tx<'_, S, H>, wanted: Option<u64>) -> Result<UserId> {
    let Some(wanted) = wanted else { return UserId::new(tx.next("user")?) };
    let id = UserId::new(wanted)?;
    if tx.get(&keys::user(id))?.is_some() {
        return Err(
            Error::new(Code::AlreadyExists, format!("the id {wanted} belongs to another user")).at("id")
        );
    }
    let sequence = keys::sequence("user");
    let last: u64 = tx.record("seq", &sequence)?.unwrap_or(0);
    // Below the sequence an id may have belonged to somebody who is gone: never again.
    if wanted <= last {
        return Err(
            Error::new(Code::AlreadyExists, format!("the id {wanted} has been given out before")).at("id")
        );
    }
    tx.set(sequence, wanted.to_string());
    Ok(id)
}
