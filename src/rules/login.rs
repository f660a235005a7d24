use super::{Lockout, Policy, Second};
use crate::model::{Code, Error, Millis, Result, Status, User};

/// What is known of a name at the moment of a log-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Attempt {
    /// Wrong passwords in a row.
    pub failures: u32,
    /// When the last was.
    pub last: Option<Millis>,
}

/// What a log-in comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The password is right and the account active.
    Welcome,
    /// Wrong, or nobody of that name: one answer for both.
    BadCredentials,
    /// The password is right, but the account is locked or disabled.
    Disabled,
}

/// How long a name has to wait before its next attempt counts, and whether that is over.
///
/// # Errors
/// `lockedOut` with the waiting time
pub fn backoff(policy: &Policy, attempt: Attempt, now: Millis) -> Result<()> {
    let Lockout::Backoff { attempts, base, max } = policy.lockout else { return Ok(()) };
    waiting((attempts, base, max), attempt, now)
}

/// Failures that are free, the first waiting time and the longest one.
pub(super) fn waiting(
    (attempts, base, max): (u32, Millis, Millis),
    attempt: Attempt,
    now: Millis,
) -> Result<()> {
    let (Some(last), Some(over)) = (attempt.last, attempt.failures.checked_sub(attempts)) else {
        return Ok(());
    };
    let wait = base.saturating_mul(1 << over.min(32)).min(max);
    let until = last.saturating_add(wait);
    // A clock that was set back must not lock anybody out for longer than the rule says.
    if now >= until || last > now.saturating_add(wait) {
        return Ok(());
    }
    Err(Error::refused(Code::LockedOut, "lockout", "too many failed log-ins; wait and try again")
        .retry_after(until - now))
}

/// Decides once the password has been compared (against a stand-in where there is no such user or no password). Where the
/// protocol knows no second factor, the right password of somebody who has one is as good as a wrong one. What a code is
/// worth is another question ([`super::spend`]).
pub fn decide_login(user: Option<&User>, matches: bool, second: Second<'_>) -> Verdict {
    match user {
        Some(user) if user.totp.is_some() && matches!(second, Second::Unknown) => Verdict::BadCredentials,
        Some(user) if matches && user.password.is_some() => {
            if user.status == Status::Active {
                Verdict::Welcome
            } else {
                Verdict::Disabled
            }
        }
        _ => Verdict::BadCredentials,
    }
}

/// The user after a wrong password.
#[must_use]
pub fn record_failure(policy: &Policy, user: &User, now: Millis) -> User {
    let mut user = user.clone();
    // Waiting tells nothing about an account; locking must not shut one that no password opens, or that is shut already.
    let waits = matches!(policy.lockout, Lockout::Backoff { .. });
    if !waits && (user.status != Status::Active || user.password.is_none()) {
        return user;
    }
    user.failed_logins = user.failed_logins.saturating_add(1);
    user.last_failed = Some(now);
    if let Lockout::Lock { attempts } = policy.lockout
        && user.failed_logins >= attempts
    {
        user.status = Status::Locked;
        user.failed_logins = 0;
    }
    user
}

/// The user after the right one.
#[must_use]
pub fn record_success(policy: &Policy, user: &User, now: Millis) -> User {
    let mut user = user.clone();
    user.failed_logins = 0;
    user.last_failed = None;
    if user
        .last_login
        .is_none_or(|last| now.saturating_sub(last) > policy.last_login_resolution || last > now)
    {
        user.last_login = Some(now);
    }
    user
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Preset;

    #[test]
    fn waiting_doubles_up_to_the_limit() {
        let policy = Policy::of(Preset::Doorward);
        let wait = |failures| {
            let attempt = Attempt { failures, last: Some(1_000_000) };
            backoff(&policy, attempt, 1_000_000).err().and_then(|error| error.retry_after_ms()).unwrap_or(0)
        };
        assert_eq!(
            [wait(4), wait(5), wait(6), wait(10), wait(40), wait(u32::MAX)],
            [0, 1000, 2000, 32_000, 900_000, 900_000]
        );
    }

    #[test]
    fn waiting_ends() {
        let policy = Policy::of(Preset::Doorward);
        let attempt = Attempt { failures: 5, last: Some(1_000_000) };
        assert!(backoff(&policy, attempt, 1_000_999).is_err());
        assert!(backoff(&policy, attempt, 1_001_000).is_ok());
        assert!(backoff(&policy, attempt, 10).is_ok(), "the clock was set back");
    }
}
