//! Second factors: set up, removed, their recovery codes.

use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::door::subject;
use super::operation::Operation;
use super::records::take_digest;
use super::session::Session;
use super::tx::Tx;
use super::{Host, not_found};
use crate::json::{Fields, Value, Writer};
use crate::model::sorted::Set;
use crate::model::{Action, Code, Digest, Error, Result, SecondFactor, Secret, User};
use crate::rules::{self, Actor, Proof, Spent};
use crate::store::Store;

/// Recovery codes that are made at once.
const CODES: usize = 10;
/// No code is longer.
const LONGEST: usize = 64;

/// How somebody's second factor stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FactorState {
    /// There is one.
    pub active: bool,
    /// Recovery codes that are left.
    pub recovery_codes: usize,
}

/// What shows that it is oneself who changes the own second factor.
#[derive(Debug, Clone, Default)]
pub struct Showing {
    /// Whose; none: one's own.
    pub user: Option<String>,
    /// The current password.
    pub password: Option<Secret>,
    /// A code, or a recovery code.
    pub code: Option<Secret>,
}

/// What becomes of a second factor, once it may be changed. One type for all, so that there is one operation.
type Change<S, H> = fn(&SecondFactor, &Actor, &mut Tx<'_, S, H>, &User) -> Result<Vec<Secret>>;

/// A code as it was typed; blanks and dashes are for the eye, and letters have no case.
pub(super) fn proof_of(code: &Secret) -> Proof {
    let kept = code.reveal().chars().filter(|c| !c.is_whitespace() && *c != '-').take(LONGEST);
    let code = Secret::new(kept.map(|c| c.to_ascii_uppercase()).collect());
    Proof { digest: digest_of(&code), code }
}

/// Recovery codes hold 80 random bits: a plain digest is as good as they are.
fn digest_of(code: &Secret) -> Digest {
    Digest(Sha256::new().chain_update(b"recovery\0").chain_update(code.reveal()).finalize().into())
}

/// New recovery codes, as people see them, and their digests.
fn fresh_codes(host: &impl Host) -> (Vec<Secret>, Set<Digest>) {
    let mut codes = Vec::with_capacity(CODES);
    let mut digests = Set::new();
    for _ in 0..CODES {
        let mut bytes = Zeroizing::new([0; 32]);
        host.random(&mut *bytes);
        let text = rules::secret_of(&bytes);
        let mut code = String::with_capacity(19);
        for (at, digit) in text.reveal().chars().take(16).enumerate() {
            if at > 0 && at % 4 == 0 {
                code.push('-');
            }
            code.push(digit);
        }
        let code = Secret::new(code);
        digests.insert(proof_of(&code).digest);
        codes.push(code);
    }
    (codes, digests)
}

/// Among the members of a user's record; `totp` alone is what stores had before.
pub(super) fn put_factor(out: &mut Writer, factor: &SecondFactor) {
    out.name("totp").text(factor.secret.reveal());
    out.number_if("totpUsed", factor.used);
    out.number_if("totpFailures", Some(factor.failures.into()).filter(|count| *count > 0));
    out.number_if("totpFailed", factor.last_failed);
    if !factor.recovery.is_empty() {
        let digests: Vec<String> = factor.recovery.iter().map(|digest| digest.to_hex()).collect();
        out.name("recovery").texts(&digests);
    }
}

pub(super) fn take_factor(from: &mut Fields<'_>) -> Option<SecondFactor> {
    let digests = |value: Value<'_>| Some(value.each(take_digest)?.into_iter().collect());
    Some(SecondFactor {
        secret: Secret::new(from.maybe_text("totp")?),
        used: from.maybe_number("totpUsed"),
        recovery: from.maybe("recovery", digests).unwrap_or_default(),
        failures: from.maybe("totpFailures", Value::small).unwrap_or_default(),
        last_failed: from.maybe_number("totpFailed"),
    })
}

fn own<S: Store, H: Host>(tx: &mut Tx<'_, S, H>, actor: &Actor) -> Result<User> {
    let message = "only a user has a second factor: the machine's owner has none";
    let id = actor.user_id().ok_or_else(|| Error::new(Code::Unsupported, message))?;
    tx.user(id)?.ok_or_else(|| not_found("user", actor.name()))
}

impl<S: Store, H: Host> Session<S, H> {
    /// Has somebody a second factor? Nobody named: oneself.
    ///
    /// # Errors
    /// `denied`, `notFound`
    pub fn second_factor(&self, user: Option<&str>) -> Operation<'_, S, H, FactorState> {
        let user = user.map(str::to_owned);
        self.look(Vec::new(), move |tx, actor| {
            let user = match &user {
                Some(name) => tx.target(actor, name)?,
                None => own(tx, actor)?,
            };
            rules::may_see(&tx.door.catalogue, actor, Some(user.id))?;
            let left = user.totp.as_ref().map_or(0, |factor| factor.recovery.len());
            Ok(FactorState { active: user.totp.is_some(), recovery_codes: left })
        })
    }

    /// A secret for an authenticator, and the name it will be shown under. Nothing is kept: it becomes the second factor
    /// when [`Session::confirm_second_factor`] brings it back with a code.
    ///
    /// # Errors
    /// `denied`, `alreadyExists`, `unsupported` for the machine's owner
    pub fn start_second_factor(&self) -> Operation<'_, S, H, (Secret, String)> {
        self.look(Vec::new(), |tx, actor| {
            let user = own(tx, actor)?;
            rules::may_add_factor(&tx.door.catalogue, actor, &user)?;
            let mut bytes = Zeroizing::new([0; 32]);
            tx.door.host.random(&mut *bytes);
            Ok((rules::secret_of(&bytes), user.name))
        })
    }

    /// Sets the second factor up; gives the recovery codes, which are shown once.
    ///
    /// # Errors
    /// `denied`, `alreadyExists`, `invalidArgument` (the secret), `secondFactorWrong`
    pub fn confirm_second_factor(&self, secret: Secret, code: &Secret) -> Operation<'_, S, H, Vec<Secret>> {
        let proof = proof_of(code);
        self.change(Vec::new(), move |tx, actor| {
            let user = own(tx, actor)?;
            let catalogue = &tx.door.catalogue;
            let factor = rules::add_factor(catalogue, actor, &user, secret.clone(), &proof, tx.now)?;
            let (codes, recovery) = fresh_codes(&tx.door.host);
            put(tx, &user, Some(SecondFactor { recovery, ..factor }))?;
            tx.audit(Some(actor.name()), Action::SecondFactorAdded, subject(&user));
            Ok(codes)
        })
    }

    /// Removes a second factor. One's own: with the password or a code.
    ///
    /// # Errors
    /// `denied`, `notFound`, `currentPasswordWrong`, `secondFactorRequired`, `secondFactorWrong`, `lockedOut`
    pub fn remove_second_factor(&self, showing: &Showing) -> Operation<'_, S, H, ()> {
        self.change_factor(showing, |_, actor, tx, user| {
            put(tx, user, None)?;
            tx.audit(Some(actor.name()), Action::SecondFactorRemoved, subject(user));
            Ok(Vec::new())
        })
        .map(drop)
    }

    /// Makes one's own recovery codes anew; those before are good no more.
    ///
    /// # Errors
    /// As for [`Session::remove_second_factor`]
    pub fn renew_recovery_codes(&self, showing: &Showing) -> Operation<'_, S, H, Vec<Secret>> {
        self.change_factor(showing, |factor, actor, tx, user| {
            if actor.user_id() != Some(user.id) {
                let message = "nobody is shown the recovery codes of another";
                return Err(Error::refused(Code::Denied, "own-account", message));
            }
            let (codes, recovery) = fresh_codes(&tx.door.host);
            put(tx, user, Some(SecondFactor { recovery, ..factor.clone() }))?;
            tx.audit(Some(actor.name()), Action::SecondFactorChanged, subject(user));
            Ok(codes)
        })
    }

    fn change_factor(&self, showing: &Showing, work: Change<S, H>) -> Operation<'_, S, H, Vec<Secret>> {
        let (showing, proof) = (showing.clone(), showing.code.as_ref().map(proof_of));
        self.change(Vec::new(), move |tx, actor| {
            let user = match &showing.user {
                Some(name) => tx.target(actor, name)?,
                None => own(tx, actor)?,
            };
            let reach = tx.reach(user.id)?;
            let groups = tx.groups()?;
            let Some(mut factor) = user.totp.clone() else {
                return Err(not_found("second factor of", &user.name));
            };
            let catalogue = &tx.door.catalogue;
            // Before a code is looked at: only who may try can use one up.
            rules::may_manage(catalogue, &groups, actor, &user, &reach)?;
            let own = actor.user_id() == Some(user.id);
            let right = match &showing.password {
                Some(password) if own => Some(tx.is_password(&user, password)?),
                _ => None,
            };
            let proof = proof.as_ref().filter(|_| own);
            match proof.map(|proof| rules::spend(&factor, Some(proof), tx.now)) {
                Some(Spent::Wrong(factor, error)) => {
                    put(tx, &user, Some(factor))?;
                    return Err(tx.counting(error));
                }
                Some(Spent::Refused(error)) => return Err(error),
                Some(Spent::Right(after)) => factor = after,
                None => {}
            }
            rules::may_change_factor(catalogue, &groups, actor, &user, &reach, right, proof.is_some())?;
            work(&factor, actor, tx, &user)
        })
    }
}

fn put<S: Store, H: Host>(tx: &mut Tx<'_, S, H>, user: &User, totp: Option<SecondFactor>) -> Result<()> {
    let new = User { totp, updated: tx.now, ..user.clone() };
    tx.put_user(Some(user), Some(&new))
}
