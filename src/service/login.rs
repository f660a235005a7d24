//! Log-in by name and password.

use std::cell::Cell;

use super::door::{Door, Inner, subject};
use super::hashing::LONGEST_PASSWORD;
use super::second_factor::proof_of;
use super::session::Session;
use super::tx::Tx;
use super::values::{Form, digest_of};
use super::{Host, Limits, Whom, keys};
use crate::model::sorted::Map;
use crate::model::{
    Action, Code, Digest, Error, Millis, Outcome, Phc, Result, Secret, Token, TokenKind, User, UserId,
};
use crate::rules::{self, Attempt, Second, Spent, Verdict};
use crate::store::Store;

/// Names nobody has, whose failures are remembered in memory, so that they behave as names somebody has.
const UNKNOWN_NAMES: usize = 4096;
/// Sessions of one user; the oldest goes when one more begins.
const MAX_SESSIONS: usize = 100;

impl<S: Store, H: Host> Inner<S, H> {
    /// What is known of a name's failures.
    pub(super) fn attempt_of(&self, name: &str, user: Option<&User>) -> Attempt {
        match user {
            Some(user) => Attempt { failures: user.failed_logins, last: user.last_failed },
            None => self.strangers.borrow().get(&self.stranger(name)).copied().unwrap_or_default(),
        }
    }

    /// Names nobody has are remembered by digest: what was typed there may be a password.
    fn stranger(&self, name: &str) -> Digest {
        digest_of(&self.policy.name_key(name))
    }

    fn note_stranger(&self, name: &str, now: Millis) {
        let mut strangers = self.strangers.borrow_mut();
        if strangers.len() >= UNKNOWN_NAMES {
            *strangers = Map::new();
        }
        let stranger = self.stranger(name);
        let failures = strangers.get(&stranger).map_or(0, |attempt| attempt.failures);
        strangers.insert(stranger, Attempt { failures: failures.saturating_add(1), last: Some(now) });
    }

    fn outdated(&self, phc: &Phc) -> bool {
        let (memory, passes, lanes) = self.policy.hash;
        !phc.reveal().starts_with(&format!("$argon2id$v=19$m={memory},t={passes},p={lanes}$"))
    }
}

impl<S: Store, H: Host> Door<S, H> {
    /// Logs a user in by name and password, and by a code where he has a second factor.
    ///
    /// # Errors
    /// `badCredentials` (nobody of that name, or a wrong password: one answer, at one cost), `accountDisabled`,
    /// `lockedOut`; after the right password `secondFactorRequired`, `secondFactorWrong`
    pub async fn log_in(
        &self,
        name: &str,
        password: &Secret,
        code: Option<&Secret>,
        device: &str,
    ) -> Result<(Session<S, H>, Secret)> {
        rules::check_text("device", device)?;
        let proof = code.map(proof_of);
        let second = proof.as_ref().map_or(Second::Missing, Second::Given);
        let (user, token) = self.admit(Whom::Name(name), password, second, Some(device)).await?;
        let (digest, value) = token.ok_or_else(|| Error::new(Code::Internal, "a log-in made no session"))?;
        Ok((Session::begin(self, digest, user).await?, value))
    }

    /// Lets a user act who has given his name and password, as [`Door::log_in`] does, but makes no token: for faces that
    /// keep credentials of their own form, and know no second factor. Who has one is refused as by a wrong password.
    ///
    /// # Errors
    /// As for [`Door::log_in`]
    pub async fn prove(&self, name: &str, password: &Secret) -> Result<Session<S, H>> {
        let (user, _) = self.admit(Whom::Name(name), password, Second::Unknown, None).await?;
        self.act_as(user, Limits::default()).await
    }

    /// Likewise, for faces that know second factors.
    ///
    /// # Errors
    /// As for [`Door::log_in`]
    pub async fn prove_twice(
        &self,
        whom: Whom<'_>,
        password: &Secret,
        code: Option<&Secret>,
    ) -> Result<Session<S, H>> {
        let proof = code.map(proof_of);
        let second = proof.as_ref().map_or(Second::Missing, Second::Given);
        let (user, _) = self.admit(whom, password, second, None).await?;
        self.act_as(user, Limits::default()).await
    }

    /// Compares the password and writes down how that ended; with `device`, a session begins in the same commit.
    async fn admit(
        &self,
        whom: Whom<'_>,
        password: &Secret,
        second: Second<'_>,
        device: Option<&str>,
    ) -> Result<Admitted> {
        let door = &*self.0;
        let name = &*whom.typed();
        if password.reveal().len() > LONGEST_PASSWORD {
            return Err(
                Error::new(Code::InvalidPassword, "the password is longer than 1024 bytes").at("password")
            );
        }
        // Decided once and noted once for names nobody has, however often this is run.
        let noted = Cell::new(false);
        door.change(|tx| {
            tx.expect_audit();
            if let Whom::Name(name) = whom {
                tx.want(door.name_key(name).into_iter().collect());
            }
            let user = tx.user_of(whom)?;
            let user = user.as_ref();
            let known = tx.door.attempt_of(name, user);
            if !noted.get()
                && let Err(refusal) = rules::backoff(&tx.door.policy, known, tx.now)
            {
                note(tx, user, refusal.by());
                return Err(tx.counting(refusal));
            }
            let phc = user.and_then(|user| user.password.as_ref()).unwrap_or(&door.stand_in);
            let matches = tx.verified(password, phc)?;
            let welcome = rules::decide_login(user, matches, second) == Verdict::Welcome;
            let renewed = if welcome && door.outdated(phc) { Some(tx.hashed(password)?) } else { None };
            // Read along where he is let in, never else: how long a refusal takes must tell nothing of an account.
            if let Some(user) = user.filter(|_| welcome && device.is_some()) {
                tx.want(vec![keys::sequence("token")]);
                tx.want_owned(user.id);
            }
            // Before anything else is read: a run that stops after this is run again, and knows it by `noted`.
            if user.is_none() && !noted.replace(true) {
                tx.door.note_stranger(name, tx.now);
            }
            conclude(tx, user, matches, second, renewed.as_ref(), device)
        })
        .await
    }
}

/// Who was let in, with the session that began for him.
type Admitted = (UserId, Option<(Digest, Secret)>);

/// Writes down how a log-in ended.
fn conclude<S: Store, H: Host>(
    tx: &mut Tx<'_, S, H>,
    user: Option<&User>,
    matches: bool,
    second: Second<'_>,
    renewed: Option<&Phc>,
    device: Option<&str>,
) -> Result<Admitted> {
    let error = match (rules::decide_login(user, matches, second), user) {
        (Verdict::Welcome, Some(user)) => {
            let mut new = rules::record_success(&tx.door.policy, user, tx.now);
            let proof = if let Second::Given(proof) = second { Some(proof) } else { None };
            match user.totp.as_ref().map(|factor| rules::spend(factor, proof, tx.now)) {
                Some(Spent::Wrong(factor, error)) => {
                    // The password was right: only the code has failed.
                    tx.put_user(Some(user), Some(&User { totp: Some(factor), ..user.clone() }))?;
                    error
                }
                Some(Spent::Refused(error)) => error,
                right => {
                    if let Some(Spent::Right(factor)) = right {
                        new.totp = Some(factor);
                    }
                    if let Some(phc) = renewed {
                        new.password = Some(phc.clone());
                    }
                    tx.put_user(Some(user), Some(&new))?;
                    let token = device.map(|device| begin_session(tx, &new, device)).transpose()?;
                    tx.audit(Some(&new.name), Action::LoggedIn, subject(&new));
                    return Ok((new.id, token));
                }
            }
        }
        (Verdict::Disabled, _) => {
            Error::refused(Code::AccountDisabled, "account-status", "the account is disabled or locked")
        }
        _ => {
            if let Some(user) = user {
                let new = rules::record_failure(&tx.door.policy, user, tx.now);
                tx.put_user(Some(user), Some(&new))?;
            }
            Error::refused(Code::BadCredentials, "password", "name or password is wrong")
        }
    };
    note(tx, user, error.by());
    Err(tx.counting(error))
}

/// A line in the audit about a log-in that was refused.
fn note<S: Store, H: Host>(tx: &mut Tx<'_, S, H>, user: Option<&User>, by: Option<&str>) {
    let on = user.map(subject).unwrap_or_default();
    tx.audit_outcome(None, Action::LoginFailed, on, Outcome::Refused, by);
}

pub(super) fn begin_session<S: Store, H: Host>(
    tx: &mut Tx<'_, S, H>,
    user: &User,
    device: &str,
) -> Result<(Digest, Secret)> {
    tx.want(vec![keys::sequence("token")]);
    make_room(tx, user.id)?;
    let (value, digest) = super::values::mint(&tx.door.host, Form::Doorward);
    let token = Token {
        id: tx.door.new_token_id(),
        number: tx.next("token")?,
        user: user.id,
        kind: TokenKind::Session,
        name: device.chars().take(128).collect(),
        digest,
        scopes: None,
        reach: None,
        created: tx.now,
        expires: tx.door.policy.session_lifetime.map(|life| tx.now.saturating_add(life)),
        primary: false,
    };
    tx.put_token(&token)?;
    Ok((digest, value))
}

/// Expired tokens go when their owner logs in, and the oldest session where there are too many.
fn make_room<S: Store, H: Host>(tx: &mut Tx<'_, S, H>, user: UserId) -> Result<()> {
    let now = tx.now;
    let mut sessions = Vec::new();
    for owned in tx.owned(user)? {
        if !owned.session {
            continue;
        }
        if owned.expires.is_some_and(|at| at <= now) {
            tx.drop_token(user, &owned)?;
        } else {
            sessions.push(owned);
        }
    }
    let surplus = (sessions.len() + 1).saturating_sub(MAX_SESSIONS);
    for owned in sessions.iter().take(surplus) {
        tx.drop_token(user, owned)?;
    }
    Ok(())
}
