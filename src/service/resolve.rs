//! Who a credential stands for.

use std::cell::Cell;
use std::rc::Rc;

use super::door::Inner;
use super::tx::Tx;
use super::{Host, keys};
use crate::model::{Code, Digest, Error, Groups, Millis, Result, Status, Token, User, UserId};
use crate::rules::{Actor, Rights, Who, plant};
use crate::store::{Key, Range, Store, Version};

/// By what a call acts.
#[derive(Debug, Clone)]
pub(super) enum Credential {
    /// A token, by digest, and its owner.
    Token(Digest, UserId),
    /// An account a face has made sure of, within the limits of a token that is in no store; or trusted with every right.
    Account(Rc<Token>, bool),
    /// The machine's owner.
    Local,
}

impl Credential {
    pub(super) fn is_local(&self) -> bool {
        matches!(self, Self::Local)
    }
}

/// A user with what he reaches and what follows from it, as long as none of the four records changes.
#[derive(Debug)]
pub(super) struct Resolved {
    pub(super) user: User,
    pub(super) token: Token,
    pub(super) rights: Rights,
    pub(super) groups: Rc<Groups>,
    versions: [Option<Version>; 4],
    /// The four records: what one look at the credential asks about.
    look: [Range; 4],
    /// The store's number when it was last found to hold: it holds as long as that has not grown.
    pub(super) held: Cell<Option<u64>>,
    /// The last use that is written, or waits to be.
    pub(super) seen: Cell<Option<Millis>>,
    /// The last use through this door.
    pub(super) used: Cell<Option<Millis>>,
}

impl Resolved {
    /// Are the records behind the credential as they were? Asks for their versions alone.
    pub(super) async fn still_holds<S: Store, H: Host>(&self, door: &Inner<S, H>) -> Result<bool> {
        Ok(door.versions(&self.look).await? == self.versions)
    }

    /// # Errors
    /// `expiredToken`, `accountDisabled`
    pub(super) fn check(&self, now: Millis) -> Result<()> {
        if self.token.expired(now) {
            return Err(Error::refused(Code::ExpiredToken, "token-expiry", "the token has expired"));
        }
        if self.user.status != Status::Active {
            return Err(Error::refused(
                Code::AccountDisabled,
                "account-status",
                "the account is disabled or locked",
            ));
        }
        Ok(())
    }

    pub(super) fn actor(&self) -> Actor {
        let who = Who::User { user: Box::new(self.user.clone()), token: Box::new(self.token.clone()) };
        Actor { who, rights: self.rights.clone() }
    }
}

impl<S: Store, H: Host> Tx<'_, S, H> {
    /// The groups; parsed once a version.
    pub(super) fn groups(&mut self) -> Result<Rc<Groups>> {
        let key = keys::groups();
        self.fetch(vec![key.clone()])?;
        if self.writes(&key) {
            return Ok(Rc::new(self.record("groups", &key)?.unwrap_or_default()));
        }
        let version = self.version(&key);
        if let Some((cached, groups)) = &*self.door.groups.borrow()
            && *cached == version
        {
            return Ok(groups.clone());
        }
        let groups = match self.record("groups", &key)? {
            Some(groups) => groups,
            None => super::builtin_groups(),
        };
        let groups = Rc::new(plant(groups, self.door.catalogue.seeds()));
        *self.door.groups.borrow_mut() = Some((version, groups.clone()));
        Ok(groups)
    }

    /// Who a credential stands for, with the rights of this instant.
    ///
    /// # Errors
    /// `unknownToken`, `expiredToken`, `accountDisabled`
    pub(super) fn resolve(&mut self, digest: Digest, user: UserId) -> Result<Rc<Resolved>> {
        let wanted = [keys::token(digest), keys::user(user), keys::reach(user), keys::groups()];
        self.fetch(wanted.to_vec())?;
        let versions = wanted.each_ref().map(|key| self.version(key));
        let cached = self.door.resolved.borrow().get(&digest);
        let resolved = match cached {
            Some(cached) if cached.versions == versions => cached,
            _ => {
                let unknown = || Error::new(Code::UnknownToken, "the token is not known");
                let token: Token = self.record("token", &keys::token(digest))?.ok_or_else(unknown)?;
                let account =
                    self.user(user)?.filter(|account| token.user == account.id).ok_or_else(unknown)?;
                let reach = self.reach(user)?;
                let groups = self.groups()?;
                let rights = Rights::of(&self.door.catalogue, &groups, &account, &reach, Some(&token));
                let look = wanted.map(Range::one);
                let (held, seen, used) = (Cell::new(None), Cell::new(None), Cell::new(None));
                let fresh = Rc::new(Resolved {
                    user: account,
                    token,
                    rights,
                    groups,
                    versions,
                    look,
                    held,
                    seen,
                    used,
                });
                self.door.remember(digest, fresh.clone());
                fresh
            }
        };
        resolved.check(self.now)?;
        Ok(resolved)
    }

    /// Likewise, for an account without a token of the store's; the given one only carries its limits.
    fn resolve_account(&mut self, limits: &Token, trusted: bool) -> Result<Rc<Resolved>> {
        let user = limits.user;
        let wanted = [keys::user(user), keys::user(user), keys::reach(user), keys::groups()];
        self.fetch(wanted.to_vec())?;
        let unknown = || Error::new(Code::UnknownToken, "there is no such account");
        let account = self.user(user)?.ok_or_else(unknown)?;
        let reach = self.reach(user)?;
        let groups = self.groups()?;
        let mut rights = Rights::of(&self.door.catalogue, &groups, &account, &reach, Some(limits));
        if trusted {
            rights = Rights { admin: rights.admin, ..Rights::everything(&self.door.catalogue) };
        }
        let versions = wanted.each_ref().map(|key| self.version(key));
        let resolved = Resolved {
            user: account,
            token: limits.clone(),
            rights,
            groups,
            versions,
            look: wanted.map(Range::one),
            seen: Cell::new(None),
            used: Cell::new(None),
            held: Cell::new(None),
        };
        resolved.check(self.now)?;
        Ok(Rc::new(resolved))
    }

    /// Who a credential stands for; none is the machine's owner.
    pub(super) fn resolve_by(&mut self, by: &Credential) -> Result<Option<Rc<Resolved>>> {
        match by {
            Credential::Local => Ok(None),
            Credential::Token(digest, user) => self.resolve(*digest, *user).map(Some),
            Credential::Account(limits, trusted) => self.resolve_account(limits, *trusted).map(Some),
        }
    }

    /// Likewise, for rules; `ahead` is read in the same go.
    pub(super) fn actor(&mut self, by: &Credential, ahead: &[Key]) -> Result<Actor> {
        self.want(ahead.to_vec());
        Ok(match self.resolve_by(by)? {
            Some(resolved) => resolved.actor(),
            None => Actor { who: Who::Local, rights: Rights::everything(&self.door.catalogue) },
        })
    }
}
