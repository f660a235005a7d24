//! Personal access tokens as VRM has them: known to their owner alone, by number, each under a name of its own.

use super::indexes::OwnedForm;
use super::operation::Operation;
use super::records::corrupt;
use super::session::Session;
use super::tokens::{Created, NewToken, audit_revoked};
use super::tx::Tx;
use super::values::Form;
use super::{Host, keys};
use crate::model::{Code, Digest, Error, Millis, Result, Token, TokenKind, User};
use crate::rules::Actor;
use crate::store::Store;

/// A user's tokens of the kind `access`. The count of his tokens is read first and checked at the commit, and everything
/// that makes or ends one writes it: what is decided by them still holds then.
fn personal<S: Store, H: Host>(tx: &mut Tx<'_, S, H>, user: &User) -> Result<Vec<(OwnedForm, Token)>> {
    let mut owned = Vec::new();
    for form in tx.owned(user.id)?.into_iter().filter(|form| !form.session) {
        owned.push((keys::token(Digest::from_hex(&form.digest).ok_or_else(|| corrupt("owned"))?), form));
    }
    tx.fetch(owned.iter().map(|(key, _)| key.clone()))?;
    let mut found = Vec::new();
    for (key, form) in owned {
        let token: Option<Token> = tx.record("token", &key)?;
        found.extend(token.filter(|token| token.kind == TokenKind::Access).map(|token| (form, token)));
    }
    Ok(found)
}

fn own<S: Store, H: Host>(tx: &mut Tx<'_, S, H>, actor: &Actor) -> Result<User> {
    let message = "only a user has personal tokens";
    let id = actor.user_id().ok_or_else(|| Error::new(Code::Unsupported, message))?;
    tx.user(id)?.ok_or_else(|| corrupt("token"))
}

impl<S: Store, H: Host> Session<S, H> {
    /// Creates a token for oneself under a name that no other of one's personal tokens has.
    ///
    /// # Errors
    /// `alreadyExists`, and as for [`Session::create_token`]
    pub fn create_personal(&self, name: &str, expires: Option<Millis>) -> Operation<'_, S, H, Created> {
        let new = NewToken {
            user: None,
            name: name.to_owned(),
            kind: TokenKind::Access,
            scopes: None,
            reach: None,
            expires,
            form: Form::Hex64,
        };
        let name = name.to_owned();
        self.create_token(new).guarded(move |tx, actor| {
            let user = own(tx, actor)?;
            if personal(tx, &user)?.iter().any(|(_, token)| token.name == name) {
                return Err(Error::new(Code::AlreadyExists, "a token of that name exists already").at("name"));
            }
            Ok(())
        })
    }

    /// Revokes one of one's own personal tokens by its number, or all of them. Gives how many went; another's is none of
    /// them.
    ///
    /// # Errors
    /// `denied`
    pub fn revoke_personal(&self, number: Option<u64>) -> Operation<'_, S, H, usize> {
        self.change(vec![keys::groups()], move |tx, actor| {
            actor.need(&tx.door.catalogue, "self.manage")?;
            let user = own(tx, actor)?;
            let found = personal(tx, &user)?;
            let mut removed = 0;
            for (form, token) in found {
                if number.is_none_or(|number| number == token.number) {
                    tx.drop_token(user.id, &form)?;
                    audit_revoked(tx, actor.name(), &user, &form.id);
                    removed += 1;
                }
            }
            Ok(removed)
        })
    }
}
