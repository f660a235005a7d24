//! Passwords and the one API key of a user.

use super::door::subject;
use super::operation::Operation;
use super::session::Session;
use super::tx::Tx;
use super::values::Form;
use super::{Host, keys};
use crate::model::{Action, Groups, Millis, Phc, Reach, Result, Secret, Token, TokenKind, User};
use crate::rules::{self, Actor, CurrentPassword, Revoke, TokenDraft};
use crate::store::Store;

/// A password to be, with what was given as the present one.
pub(super) struct Replacement {
    /// None: the account can no longer log in by one.
    pub(super) password: Option<Secret>,
    pub(super) current: Option<Secret>,
    pub(super) asks: CurrentPassword,
}

impl Replacement {
    /// Decides; gives the hash that the user is to have.
    ///
    /// # Errors
    /// As for [`rules::change_password`]
    pub(super) fn check<S: Store, H: Host>(
        &self,
        tx: &mut Tx<'_, S, H>,
        groups: &Groups,
        actor: &Actor,
        user: &User,
        reach: &Reach,
    ) -> Result<Option<Phc>> {
        let own = actor.user_id() == Some(user.id);
        // Another's current password is never looked at: the rule is about oneself.
        let right = match &self.current {
            Some(current) if own && !current.reveal().is_empty() => Some(tx.is_password(user, current)?),
            _ => None,
        };
        rules::change_password(&tx.door.catalogue, self.asks, groups, actor, user, reach, right)?;
        match &self.password {
            Some(password) => tx.hashed(password).map(Some),
            None => Ok(None),
        }
    }
}

/// Gives a user his new password; what was counted against the one before is forgotten.
pub(super) fn set_password(user: &mut User, phc: Option<Phc>, now: Millis) {
    user.password = phc;
    user.failed_logins = 0;
    user.last_failed = None;
    user.updated = now;
}

impl<S: Store, H: Host> Tx<'_, S, H> {
    /// Ends what a password change ends, once the user is written; gives the user as he is then.
    pub(super) fn after_password(&mut self, actor: &Actor, user: User, ends: Option<Revoke>) -> Result<User> {
        match ends {
            Some(what) => self.revoke(actor, &user, what)?,
            None => self.revoke_after_change(actor, &user)?,
        }
        if let Some(digest) = user.api_key
            && self.get(&keys::token(digest))?.is_none()
        {
            let without = User { api_key: None, ..user.clone() };
            self.put_user(Some(&user), Some(&without))?;
            return Ok(without);
        }
        Ok(user)
    }

    /// Ends the tokens a password change ends.
    pub(super) fn revoke_after_change(&mut self, actor: &Actor, user: &User) -> Result<()> {
        let own = actor.user_id() == Some(user.id);
        let what = if own { self.door.policy.revoke_on_own_change } else { self.door.policy.revoke_on_reset };
        self.revoke(actor, user, what)
    }

    fn revoke(&mut self, actor: &Actor, user: &User, what: Revoke) -> Result<()> {
        let own = actor.user_id() == Some(user.id);
        let mine = actor.token().filter(|_| own).map(|token| token.number);
        let owned = self.owned(user.id)?;
        for token in owned {
            let goes = match what {
                Revoke::Nothing => false,
                Revoke::Sessions => token.session,
                Revoke::AllOthers => Some(token.number) != mine,
                Revoke::All => true,
            };
            if goes {
                self.drop_token(user.id, &token)?;
                super::tokens::audit_revoked(self, actor.name(), user, &token.id);
            }
        }
        Ok(())
    }
}

impl<S: Store, H: Host> Session<S, H> {
    /// Sets a password.
    ///
    /// # Errors
    /// `denied`, `notFound`, `invalidPassword`, `currentPasswordRequired`, `currentPasswordWrong`
    pub fn change_password(
        &self,
        name: &str,
        password: &Secret,
        current: Option<&Secret>,
    ) -> Operation<'_, S, H, ()> {
        self.replace_password(name, self.replacement(Some(password), current), None)
    }

    /// Sets a password by the rules of a protocol that says itself which tokens end, and whose messages have no place for
    /// the current password: only a limited token has to give it, and so cannot change its own account's.
    ///
    /// # Errors
    /// As for [`Session::change_password`]
    pub fn change_password_ending(
        &self,
        name: &str,
        password: &Secret,
        ends: Revoke,
    ) -> Operation<'_, S, H, ()> {
        let replacement =
            Replacement { asks: CurrentPassword::Never, ..self.replacement(Some(password), None) };
        self.replace_password(name, replacement, Some(ends))
    }

    /// Removes a password: the account can no longer log in by one.
    ///
    /// # Errors
    /// As for [`Session::change_password`]
    pub fn clear_password(&self, name: &str) -> Operation<'_, S, H, ()> {
        self.replace_password(name, self.replacement(None, None), None)
    }

    pub(super) fn replacement(&self, password: Option<&Secret>, current: Option<&Secret>) -> Replacement {
        let asks = self.door().policy.current_password;
        Replacement { password: password.cloned(), current: current.cloned(), asks }
    }

    fn replace_password(
        &self,
        name: &str,
        replacement: Replacement,
        ends: Option<Revoke>,
    ) -> Operation<'_, S, H, ()> {
        let name = name.to_owned();
        let checked = self.check_optional(replacement.password.as_ref());
        self.change(self.about(&name), move |tx, actor| {
            let (user, reach) = tx.target_with_reach(actor, &name)?;
            let groups = tx.groups()?;
            let mut new = user.clone();
            set_password(&mut new, replacement.check(tx, &groups, actor, &user, &reach)?, tx.now);
            tx.put_user(Some(&user), Some(&new))?;
            tx.audit(Some(actor.name()), Action::PasswordChanged, subject(&new));
            tx.after_password(actor, new, ends).map(drop)
        })
        .checked(checked)
    }

    /// Does a password that is to be fit the rule?
    pub(super) fn check_optional(&self, password: Option<&Secret>) -> Result<()> {
        password.map_or(Ok(()), |password| self.door().policy.check_password(password.reveal()))
    }

    /// Makes the one API key of a user anew; the old one is dead in the same commit.
    ///
    /// # Errors
    /// `denied`, `notFound`, `limitExceeded`
    pub fn generate_api_key(&self, name: &str) -> Operation<'_, S, H, Secret> {
        self.generate_api_key_as(name, Form::Doorward)
    }

    /// Likewise, in another form.
    ///
    /// # Errors
    /// As for [`Session::generate_api_key`]
    pub fn generate_api_key_as(&self, name: &str, form: Form) -> Operation<'_, S, H, Secret> {
        let name = name.to_owned();
        let mut ahead = self.about(&name);
        ahead.push(keys::sequence("token"));
        self.change(ahead, move |tx, actor| {
            let name = name.as_str();
            let (user, reach) = tx.target_with_reach(actor, name)?;
            let groups = tx.groups()?;
            let draft = TokenDraft {
                kind: TokenKind::ApiKey,
                name: "API key".into(),
                scopes: None,
                reach: None,
                expires: None,
                primary: true,
            };
            let (value, digest) = super::values::mint(&tx.door.host, form);
            let identity = (tx.door.new_token_id(), tx.next("token")?, digest);
            let door = tx.door;
            let token = rules::add_token(
                &door.catalogue,
                &door.policy,
                &groups,
                actor,
                &user,
                &reach,
                identity,
                draft,
                tx.now,
            )?;
            drop_api_key(tx, actor.name(), &user)?;
            tx.put_token(&token)?;
            tx.put_user(Some(&user), Some(&User { api_key: Some(digest), ..user.clone() }))?;
            tx.keep_shown(user.id, &value)?;
            super::tokens::audit_added(tx, actor, &user, &token);
            Ok(value)
        })
    }

    /// Revokes the one API key of a user; none is no error.
    ///
    /// # Errors
    /// `denied`, `notFound`
    pub fn reset_api_key(&self, name: &str) -> Operation<'_, S, H, ()> {
        let name = name.to_owned();
        self.change(self.about(&name), move |tx, actor| {
            let name = name.as_str();
            let (user, reach) = tx.target_with_reach(actor, name)?;
            let groups = tx.groups()?;
            rules::may_use_tokens_of(&tx.door.catalogue, &groups, actor, &user, &reach)?;
            if user.api_key.is_some() {
                drop_api_key(tx, actor.name(), &user)?;
                tx.put_user(Some(&user), Some(&User { api_key: None, ..user.clone() }))?;
            }
            Ok(())
        })
    }
}

/// Revokes the one API key of a user, if there is one.
pub(super) fn drop_api_key<S: Store, H: Host>(tx: &mut Tx<'_, S, H>, actor: &str, user: &User) -> Result<()> {
    let Some(digest) = user.api_key else { return Ok(()) };
    let Some(old) = tx.record::<Token>("token", &keys::token(digest))? else { return Ok(()) };
    super::tokens::drop_by_number(tx, user.id, Some(old.number))?;
    super::tokens::audit_revoked(tx, actor, user, &old.id.to_string());
    Ok(())
}
