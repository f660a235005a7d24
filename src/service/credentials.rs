//! Passwords and the one API key of a user.

use super::door::{Boxed, subject};
use super::operation::Operation;
use super::session::Session;
use super::tx::Tx;
use super::values::Form;
use super::{Host, keys};
use crate::model::{Action, Groups, Millis, Phc, Reach, Result, Secret, Token, TokenKind, User, UserId};
use crate::rules::{self, Actor, CurrentPassword, Revoke, TokenDraft};
use crate::store::Store;

/// A password to be, hashed, with what was found about the present one.
pub(super) struct Replacement {
    user: UserId,
    before: Option<Phc>,
    right: Option<bool>,
    asks: CurrentPassword,
    phc: Option<Phc>,
}

impl Replacement {
    /// Decides at the commit. What was compared before counts only if it is still the password.
    ///
    /// # Errors
    /// As for [`rules::change_password`]
    pub(super) fn check<S: Store, H: Host>(
        &self,
        tx: &Tx<'_, S, H>,
        groups: &Groups,
        actor: &Actor,
        user: &User,
        reach: &Reach,
    ) -> Result<()> {
        let right = self.right.map(|right| right && user.id == self.user && user.password == self.before);
        let door = tx.door;
        rules::change_password(&door.catalogue, self.asks, groups, actor, user, reach, right)
    }

    pub(super) fn set(&self, user: &mut User, now: Millis) {
        user.password = self.phc.clone();
        user.failed_logins = 0;
        user.last_failed = None;
        user.updated = now;
    }
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
    pub(super) fn hash_optional<'a>(
        &'a self,
        password: Option<&'a Secret>,
    ) -> Boxed<'a, Result<Option<Phc>>> {
        Box::pin(async move {
            match password {
                Some(password) => self.door().hash(password).await.map(Some),
                None => Ok(None),
            }
        })
    }

    /// Sets a password.
    ///
    /// # Errors
    /// `denied`, `notFound`, `invalidPassword`, `currentPasswordRequired`, `currentPasswordWrong`
    pub async fn change_password(
        &self,
        name: &str,
        password: &Secret,
        current: Option<&Secret>,
    ) -> Result<()> {
        self.door().policy.check_password(password.reveal())?;
        let asks = self.door().policy.current_password;
        let replacement = self.prepare_password(name, Some(password), current, asks).await?;
        self.replace_password(name, replacement, None).await
    }

    /// Sets a password by the rules of a protocol that says itself which tokens end, and whose messages have no place for
    /// the current password: only a limited token has to give it, and so cannot change its own account's.
    ///
    /// # Errors
    /// As for [`Session::change_password`]
    pub async fn change_password_ending(&self, name: &str, password: &Secret, ends: Revoke) -> Result<()> {
        self.door().policy.check_password(password.reveal())?;
        let replacement = self.prepare_password(name, Some(password), None, CurrentPassword::Never).await?;
        self.replace_password(name, replacement, Some(ends)).await
    }

    /// Removes a password: the account can no longer log in by one.
    ///
    /// # Errors
    /// As for [`Session::change_password`]
    pub async fn clear_password(&self, name: &str) -> Result<()> {
        let asks = self.door().policy.current_password;
        let replacement = self.prepare_password(name, None, None, asks).await?;
        self.replace_password(name, replacement, None).await
    }

    async fn replace_password(
        &self,
        name: &str,
        replacement: Replacement,
        ends: Option<Revoke>,
    ) -> Result<()> {
        self.change(self.about(name), |tx, actor| {
            let (user, reach) = tx.target_with_reach(actor, name)?;
            let groups = tx.groups()?;
            replacement.check(tx, &groups, actor, &user, &reach)?;
            let mut new = user.clone();
            replacement.set(&mut new, tx.now);
            tx.put_user(Some(&user), Some(&new))?;
            tx.audit(Some(actor.name()), Action::PasswordChanged, subject(&new));
            tx.after_password(actor, new, ends).map(drop)
        })
        .await
    }

    /// What takes time about a new password: comparing the present one, and hashing.
    ///
    /// # Errors
    /// As for [`Session::change_password`]
    pub(super) fn prepare_password<'a>(
        &'a self,
        name: &'a str,
        password: Option<&'a Secret>,
        current: Option<&'a Secret>,
        asks: CurrentPassword,
    ) -> Boxed<'a, Result<Replacement>> {
        Box::pin(async move {
            let door = self.door();
            let (actor, before, reach, groups) = self
                .look(self.about(name), |tx, actor| {
                    let (user, reach) = tx.target_with_reach(actor, name)?;
                    Ok((actor.clone(), user, reach, tx.groups()?))
                })
                .await?;
            let own = actor.user_id() == Some(before.id);
            // Another's current password is never looked at: the rule is about oneself.
            let given = current.filter(|current| own && !current.reveal().is_empty());
            let right = match given {
                Some(current) => Some(door.is_password(&before, current).await?),
                None => None,
            };
            rules::change_password(&door.catalogue, asks, &groups, &actor, &before, &reach, right)?;
            let phc = self.hash_optional(password).await?;
            Ok(Replacement { user: before.id, before: before.password, right, asks, phc })
        })
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
