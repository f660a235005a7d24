//! Second factors: codes that change with time (RFC 6238: SHA-1, six digits, thirty seconds), and recovery codes.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::catalogue::SELF_MANAGE;
use super::login::{Attempt, waiting};
use super::{Actor, Catalogue, may_manage};
use crate::model::{Code, Digest, Error, Groups, Millis, Reach, Result, SecondFactor, Secret, User};

/// Wrong codes that are free; then each further one has to wait, whatever the policy says of passwords: six digits are
/// soon gone through.
const FREE: u32 = 5;
const FIRST_WAIT: Millis = 1000;
const LONGEST_WAIT: Millis = 900_000;
/// Least bytes of a secret: 80 bits, what authenticators began with.
const LEAST: usize = 10;
const MOST: usize = 128;
/// How long a code is good.
const STEP: Millis = 30_000;

/// What came beside a password.
#[derive(Debug, Clone, Copy)]
pub enum Second<'a> {
    /// Nothing.
    Missing,
    /// A code.
    Given(&'a Proof),
    /// Nothing, and nothing can: the protocol knows no second factor. Who has one cannot log in there.
    Unknown,
}

/// A code as it was typed: one of the authenticator's, or a recovery code.
#[derive(Debug, Clone)]
pub struct Proof {
    /// Without blanks.
    pub code: Secret,
    /// Digest of the recovery code that it may be.
    pub digest: Digest,
}

/// The bytes of a secret, if it has enough of them.
fn bytes_of(secret: &Secret) -> Option<Zeroizing<Vec<u8>>> {
    let mut text = secret.reveal();
    while let Some(shorter) = text.strip_suffix('=') {
        text = shorter;
    }
    // At once as long as it gets: a copy left behind would not be wiped.
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    let (mut held, mut bits) = (0_u32, 0);
    for c in text.bytes() {
        let digit = match c {
            b'A'..=b'Z' => c - b'A',
            b'2'..=b'7' => c - b'2' + 26,
            _ => return None,
        };
        held = held << 5 | u32::from(digit);
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits) as u8);
            held &= (1 << bits) - 1;
        }
    }
    (LEAST..=MOST).contains(&bytes.len()).then_some(bytes)
}

/// The code of a time step (RFC 6238 §4, RFC 4226 §5.3).
fn code_of(secret: &[u8], step: u64) -> Option<String> {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret).ok()?;
    mac.update(&step.to_be_bytes());
    let mac = mac.finalize().into_bytes();
    let at = usize::from(mac.last()? & 15);
    let [a, b, c, d] = mac.get(at..at + 4)? else { return None };
    let number = u32::from_be_bytes([a & 0x7F, *b, *c, *d]) % 1_000_000;
    let digits = number.to_string();
    let mut code = "0".repeat(6_usize.saturating_sub(digits.len()));
    code.push_str(&digits);
    Some(code)
}

/// The time step a code is of: this one, or the one before or after it, as clocks differ.
fn step_of(secret: &Secret, code: &Secret, now: Millis) -> Option<u64> {
    let secret = bytes_of(secret)?;
    let step = now / STEP;
    let is_of = |step: &u64| {
        code_of(&secret, *step).is_some_and(|right| right.as_bytes().ct_eq(code.reveal().as_bytes()).into())
    };
    (step.saturating_sub(1)..=step + 1).find(is_of)
}

/// A second factor over a secret.
///
/// # Errors
/// `invalidArgument` for one that is no Base32 of 10 to 128 bytes
pub(super) fn new_factor(secret: Secret) -> Result<SecondFactor> {
    if bytes_of(&secret).is_none() {
        let message = "the secret of a second factor is 10 to 128 bytes in Base32";
        return Err(Error::new(Code::InvalidArgument, message).at("secret"));
    }
    Ok(SecondFactor::new(secret))
}

/// A new secret as people see it: each of the 32 random bytes gives one digit of Base32.
pub fn secret_of(random: &[u8; 32]) -> Secret {
    let digit = |byte: u8| match byte & 31 {
        letter @ ..26 => char::from(b'A' + letter),
        digit => char::from(b'2' + digit - 26),
    };
    let mut text = String::with_capacity(32);
    text.extend(random.iter().map(|&byte| digit(byte)));
    Secret::new(text)
}

fn wrong() -> Error {
    Error::refused(Code::SecondFactorWrong, "second-factor", "the code is wrong, or was used before")
        .at("code")
}

fn required() -> Error {
    Error::refused(
        Code::SecondFactorRequired,
        "second-factor",
        "the code of the second factor has to be given",
    )
    .at("code")
}

/// What a code comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spent {
    /// It is right, and used up by that.
    Right(SecondFactor),
    /// It is wrong, which counts.
    Wrong(SecondFactor, Error),
    /// It is not looked at: none was given, or too many were wrong.
    Refused(Error),
}

/// Looks at a code. A time step is good once, and so is a recovery code (RFC 6238 §5.2).
pub fn spend(factor: &SecondFactor, proof: Option<&Proof>, now: Millis) -> Spent {
    let Some(proof) = proof else { return Spent::Refused(required()) };
    let attempt = Attempt { failures: factor.failures, last: factor.last_failed };
    if let Err(error) = waiting((FREE, FIRST_WAIT, LONGEST_WAIT), attempt, now) {
        return Spent::Refused(error);
    }
    let mut new = SecondFactor { failures: 0, last_failed: None, ..factor.clone() };
    if new.recovery.remove(&proof.digest) {
        return Spent::Right(new);
    }
    let step = step_of(&factor.secret, &proof.code, now);
    match step.filter(|step| factor.used.is_none_or(|used| *step > used)) {
        Some(step) => {
            new.used = Some(step);
            Spent::Right(new)
        }
        None => {
            new.failures = factor.failures.saturating_add(1);
            new.last_failed = Some(now);
            Spent::Wrong(new, wrong())
        }
    }
}

/// Sets up a second factor for oneself: the code shows that the authenticator has the secret.
///
/// # Errors
/// `denied`, `alreadyExists`, `invalidArgument` (the secret), `secondFactorWrong`
pub fn add_factor(
    catalogue: &Catalogue,
    actor: &Actor,
    user: &User,
    secret: Secret,
    proof: &Proof,
    now: Millis,
) -> Result<SecondFactor> {
    may_add_factor(catalogue, actor, user)?;
    match spend(&new_factor(secret)?, Some(proof), now) {
        Spent::Right(factor) => Ok(factor),
        Spent::Wrong(_, error) | Spent::Refused(error) => Err(error),
    }
}

/// May a second factor be set up? Only for oneself, and not over one that is there.
///
/// # Errors
/// `denied`, `alreadyExists`
pub fn may_add_factor(catalogue: &Catalogue, actor: &Actor, user: &User) -> Result<()> {
    actor.need(catalogue, SELF_MANAGE)?;
    if actor.limited() {
        let message = "a second factor is set up through a log-in, or a token without limits";
        return Err(Error::refused(Code::Denied, "token-limits", message));
    }
    if user.totp.is_some() {
        return Err(Error::new(Code::AlreadyExists, "there is a second factor already; remove it first"));
    }
    Ok(())
}

/// May a second factor be removed, or its recovery codes be made anew? One's own with the password or a code; another's
/// by who may set his password. `password`: whether it was given and right.
///
/// # Errors
/// `denied`, `currentPasswordWrong`, `secondFactorRequired`
pub fn may_change_factor(
    catalogue: &Catalogue,
    groups: &Groups,
    actor: &Actor,
    user: &User,
    reach: &Reach,
    password: Option<bool>,
    code: bool,
) -> Result<()> {
    may_manage(catalogue, groups, actor, user, reach)?;
    match password {
        _ if actor.user_id() != Some(user.id) || code => Ok(()),
        Some(true) => Ok(()),
        Some(false) => Err(Error::refused(
            Code::CurrentPasswordWrong,
            "current-password",
            "the current password is wrong",
        )
        .at("password")),
        None => Err(required()),
    }
}

#[cfg(test)]
#[allow(clippy::panic, reason = "tests")]
mod tests {
    use super::*;

    /// RFC 6238, appendix B: `12345678901234567890`, the last six of eight digits.
    const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    fn factor() -> SecondFactor {
        SecondFactor::new(Secret::new(SECRET.into()))
    }

    fn proof(code: &str) -> Proof {
        Proof { code: Secret::new(code.into()), digest: Digest([7; 32]) }
    }

    fn used(spent: &Spent) -> Option<u64> {
        if let Spent::Right(factor) = spent { factor.used } else { None }
    }

    #[test]
    fn vectors() {
        for (seconds, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")]
        {
            let spent = spend(&factor(), Some(&proof(code)), seconds * 1000);
            assert_eq!(used(&spent), Some(seconds / 30), "{code}");
        }
    }

    #[test]
    fn a_step_early_or_late_and_no_more() {
        let at = |seconds: u64| used(&spend(&factor(), Some(&proof("005924")), seconds * 1000)).is_some();
        let first = 1_234_567_890;
        assert_eq!(
            [at(first - 31), at(first - 30), at(first), at(first + 59), at(first + 60)],
            [false, true, true, true, false]
        );
        assert_eq!(used(&spend(&factor(), Some(&proof("005 24")), first * 1000)), None);
    }

    #[test]
    fn once_and_no_earlier_one_after_it() {
        let Spent::Right(after) = spend(&factor(), Some(&proof("287082")), 59_000) else {
            panic!("it is right")
        };
        assert!(matches!(spend(&after, Some(&proof("287082")), 59_000), Spent::Wrong(..)));
        let later = SecondFactor { used: Some(2), ..factor() };
        assert!(matches!(spend(&later, Some(&proof("287082")), 59_000), Spent::Wrong(..)));
    }

    #[test]
    fn a_recovery_code_is_good_once() {
        let mut with = factor();
        with.recovery.insert(Digest([7; 32]));
        let Spent::Right(after) = spend(&with, Some(&proof("x")), 59_000) else { panic!("it is right") };
        assert!(after.recovery.is_empty());
        assert!(matches!(spend(&after, Some(&proof("x")), 59_000), Spent::Wrong(..)));
    }

    #[test]
    fn guessing_has_to_wait() {
        let mut tried = factor();
        for _ in 0..FREE {
            let Spent::Wrong(after, _) = spend(&tried, Some(&proof("000000")), 59_000) else {
                panic!("wrong")
            };
            tried = after;
        }
        assert!(
            matches!(spend(&tried, Some(&proof("287082")), 59_000), Spent::Refused(_)),
            "the right one, too"
        );
        assert!(matches!(spend(&tried, Some(&proof("287082")), 61_000), Spent::Right(_)));
    }

    #[test]
    fn secrets() {
        for bad in ["", "AAAA", "not base 32 at all!", "GEZDGNBVGY3TQOJ0"] {
            assert!(new_factor(Secret::new(bad.into())).is_err(), "{bad}");
        }
        assert!(new_factor(Secret::new("GEZDGNBVGY3TQOJQ".into())).is_ok());
        assert!(new_factor(secret_of(&[255; 32])).is_ok());
    }
}
