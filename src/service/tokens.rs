use super::indexes::OwnedForm;
use super::operation::Operation;
use super::records::corrupt;
use super::session::Session;
use super::tx::Tx;
use super::values::{Form, check_value, digest_of};
use super::{Host, keys, not_found};
use crate::model::sorted::Set;
use crate::model::{
    Action, Code, Digest, Error, Millis, Reach, Result, Secret, Subject, Token, TokenId, TokenKind, User,
    UserId,
};
use crate::rules::{self, Actor, TokenDraft};
use crate::store::{Key, Store};

/// A token to be, as a caller names things.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// Name of the owner; none: oneself.
    pub user: Option<String>,
    /// For people to tell tokens apart.
    pub name: String,
    /// Not `Session`: those are made by log-ins.
    pub kind: TokenKind,
    /// None: the owner's.
    pub scopes: Option<Set<String>>,
    /// None: the owner's.
    pub reach: Option<Reach>,
    /// None: never, as far as the policy lets it.
    pub expires: Option<Millis>,
    /// How its value is written.
    pub form: Form,
}

/// A token as lists show it: never its value, never its digest.
#[derive(Debug, Clone)]
pub struct TokenView {
    /// The record.
    pub token: Token,
    /// Name of the owner.
    pub owner: String,
    /// To the minute.
    pub last_used: Option<Millis>,
    /// It is the one that asks.
    pub current: bool,
}

/// A token with its value, once.
#[derive(Debug)]
pub struct Created {
    /// What lists will show.
    pub view: TokenView,
    /// Shown now or never.
    pub value: Secret,
}

/// What to revoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revocation {
    /// One.
    One(TokenId),
    /// All of a user.
    All,
}

pub(super) fn audit_added<S: Store, H: Host>(
    tx: &mut Tx<'_, S, H>,
    actor: &Actor,
    owner: &User,
    token: &Token,
) {
    tx.audit(Some(actor.name()), Action::TokenAdded, about(owner, &token.id.to_string()));
}

pub(super) fn audit_revoked<S: Store, H: Host>(tx: &mut Tx<'_, S, H>, actor: &str, owner: &User, id: &str) {
    tx.audit(Some(actor), Action::TokenRevoked, about(owner, id));
}

fn about(owner: &User, id: &str) -> Subject {
    Subject { token: Some(id.to_owned()), ..super::door::subject(owner) }
}

/// Removes the one token of a user that has the number, or all. Read by key, so that two who revoke at once do not both
/// count it.
pub(super) fn drop_by_number<S: Store, H: Host>(
    tx: &mut Tx<'_, S, H>,
    user: UserId,
    only: Option<u64>,
) -> Result<Vec<OwnedForm>> {
    let mut dropped = Vec::new();
    let mut owned = tx.owned(user)?;
    owned.retain(|owned| only.is_none_or(|only| only == owned.number));
    tx.fetch(owned.iter().map(|owned| keys::owned(user, owned.number)))?;
    for owned in owned {
        if tx.get(&keys::owned(user, owned.number))?.is_some() {
            tx.drop_token(user, &owned)?;
            dropped.push(owned);
        }
    }
    Ok(dropped)
}

impl<S: Store, H: Host> Tx<'_, S, H> {
    /// Whose tokens a command is about.
    fn owner(&mut self, actor: &Actor, name: Option<&str>) -> Result<User> {
        match (name, actor.user_id()) {
            (Some(name), _) => self.target(actor, name),
            (None, Some(id)) => self.user(id)?.ok_or_else(|| corrupt("token")),
            (None, None) => Err(Error::new(
                Code::InvalidArgument,
                "the local session has no tokens of its own: name a user",
            )
            .at("user")),
        }
    }
}

impl<S: Store, H: Host> Session<S, H> {
    /// What a command about somebody's tokens reads first.
    fn about_owner(&self, name: Option<&str>) -> Vec<Key> {
        let mut ahead = name.map(|name| self.about(name)).unwrap_or_default();
        ahead.push(keys::groups());
        ahead
    }

    /// Creates a token.
    ///
    /// # Errors
    /// `denied`, `notFound`, `unknownScope`, `unknownKind`, `invalidArgument`, `limitExceeded`
    pub fn create_token(&self, new: NewToken) -> Operation<'_, S, H, Created> {
        let checked = match new.kind {
            TokenKind::Session => {
                Err(Error::new(Code::InvalidArgument, "sessions are made by logging in").at("kind"))
            }
            _ => Ok(()),
        };
        let mut ahead = self.about_owner(new.user.as_deref());
        ahead.push(keys::sequence("token"));
        self.change(ahead, move |tx, actor| {
            let owner = tx.owner(actor, new.user.as_deref())?;
            tx.want(vec![keys::token_count(owner.id)]);
            let reach = tx.reach(owner.id)?;
            let groups = tx.groups()?;
            let (value, digest) = super::values::mint(&tx.door.host, new.form);
            let identity = (tx.door.new_token_id(), tx.next("token")?, digest);
            let draft = TokenDraft {
                kind: new.kind,
                name: new.name.clone(),
                scopes: new.scopes.clone(),
                reach: new.reach.clone(),
                expires: new.expires,
                primary: false,
            };
            let door = tx.door;
            let token = rules::add_token(
                &door.catalogue,
                &door.policy,
                &groups,
                actor,
                &owner,
                &reach,
                identity,
                draft,
                tx.now,
            )?;
            tx.put_token(&token)?;
            audit_added(tx, actor, &owner, &token);
            Ok(Created {
                view: TokenView { token, owner: owner.name, last_used: None, current: false },
                value,
            })
        })
        .checked(checked)
    }

    /// The tokens of a user, in order of creation.
    ///
    /// # Errors
    /// `denied`, `notFound`
    pub fn list_tokens(&self, user: Option<&str>) -> Operation<'_, S, H, Vec<TokenView>> {
        let user = user.map(str::to_owned);
        self.look(self.about_owner(user.as_deref()), move |tx, actor| {
            let user = user.as_deref();
            let owner = tx.owner(actor, user)?;
            rules::may_see(&tx.door.catalogue, actor, Some(owner.id))?;
            let current = actor.token().map(|token| token.number);
            let mut wanted = Vec::new();
            for owned in tx.owned(owner.id)? {
                let digest = Digest::from_hex(&owned.digest).ok_or_else(|| corrupt("owned"))?;
                wanted.push((keys::token(digest), keys::seen(owner.id, owned.number)));
            }
            let mut keys = Vec::with_capacity(wanted.len() * 2);
            for (token, seen) in &wanted {
                keys.extend([token.clone(), seen.clone()]);
            }
            tx.fetch(keys)?;
            let mut views = Vec::new();
            for (token, seen) in wanted {
                let Some(token) = tx.record::<Token>("token", &token)? else { continue };
                views.push(TokenView {
                    owner: owner.name.clone(),
                    last_used: tx.record("seen", &seen)?.max(tx.door.recent_use(&token.digest)),
                    current: current == Some(token.number),
                    token,
                });
            }
            Ok(views)
        })
    }

    /// Revokes one token by id, or all of a user. Gives how many went.
    ///
    /// # Errors
    /// `denied`, `notFound`
    pub fn revoke_tokens(&self, what: Revocation, user: Option<&str>) -> Operation<'_, S, H, usize> {
        let user = user.map(str::to_owned);
        self.change(self.about_owner(user.as_deref()), move |tx, actor| {
            let user = user.as_deref();
            let owner = match (what, user) {
                (Revocation::One(id), None) => owner_of(tx, actor, id)?,
                (_, user) => tx.owner(actor, user)?,
            };
            tx.want(vec![keys::token_count(owner.id), keys::groups()]);
            let reach = tx.reach(owner.id)?;
            let groups = tx.groups()?;
            rules::may_use_tokens_of(&tx.door.catalogue, &groups, actor, &owner, &reach)?;
            let wanted = match what {
                Revocation::One(id) => {
                    let owned = tx.owned(owner.id)?;
                    let found = owned.into_iter().find(|owned| owned.id == id.to_string());
                    Some(found.ok_or_else(|| not_found("token", &id.to_string()))?.number)
                }
                Revocation::All => None,
            };
            let dropped = drop_by_number(tx, owner.id, wanted)?;
            let primary = owner.api_key.map(Digest::to_hex);
            if dropped.iter().any(|owned| Some(&owned.digest) == primary.as_ref()) {
                tx.put_user(Some(&owner), Some(&User { api_key: None, ..owner.clone() }))?;
            }
            for owned in &dropped {
                audit_revoked(tx, actor.name(), &owner, &owned.id);
            }
            Ok(dropped.len())
        })
    }
}

/// The owner of a token named by its id alone. Who may not see others' tokens learns nothing about them.
fn owner_of<S: Store, H: Host>(tx: &mut Tx<'_, S, H>, actor: &Actor, id: TokenId) -> Result<User> {
    let missing = || not_found("token", &id.to_string());
    let hex: Option<String> = tx.record("tokenId", &keys::token_id(id))?;
    let user = match hex {
        Some(hex) => {
            let digest = Digest::from_hex(&hex).ok_or_else(|| corrupt("tokenId"))?;
            let token: Token = tx.record("token", &keys::token(digest))?.ok_or_else(missing)?;
            Some(token.user)
        }
        None => None,
    };
    if rules::may_see(&tx.door.catalogue, actor, user).is_err() {
        return Err(missing());
    }
    match user {
        Some(user) => tx.user(user)?.ok_or_else(missing),
        None => Err(missing()),
    }
}

/// The digest of a value of any form.
///
/// # Errors
/// `invalidToken`
pub(super) fn digest_of_given(value: &str) -> Result<Digest> {
    check_value(value)?;
    Ok(digest_of(value))
}
