//! Token values: how they are made, told from typing errors, and digested.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::Host;
use crate::model::{Code, Digest, Error, Phc, Result, Secret, hex};

/// Bytes of a token value of any form.
pub(super) const MAX_VALUE: usize = 512;
const PREFIX: &str = "dw_";
/// 32 bytes in base64 without padding, and 3 bytes of check sum.
const VALUE_LENGTH: usize = PREFIX.len() + 43 + 4;

/// How a token's value is written. All forms hold 256 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Form {
    /// Doorward's own: a prefix, and a check sum that tells typing errors.
    #[default]
    Doorward,
    /// 43 characters of URL-safe base64 (`spec/octoprint.md` §3.4).
    Url43,
    /// 64 lower-case hexadecimal digits (`spec/vrm.md` §1.2).
    Hex64,
}

/// A new token value and its digest.
pub(super) fn mint(host: &impl Host, form: Form) -> (Secret, Digest) {
    let mut bytes = [0; 32];
    host.random(&mut bytes);
    let value = match form {
        Form::Doorward => {
            let body = Base64UrlUnpadded::encode_string(&bytes);
            format!("{PREFIX}{body}{}", check_sum(&body))
        }
        Form::Url43 => Base64UrlUnpadded::encode_string(&bytes),
        Form::Hex64 => Digest(bytes).to_hex(),
    };
    let value = Secret::new(value);
    let digest = digest_of(value.reveal());
    (value, digest)
}

pub(super) fn digest_of(value: &str) -> Digest {
    Digest(Sha256::digest(value.as_bytes()).into())
}

fn check_sum(body: &str) -> String {
    let digest = Sha256::digest(body.as_bytes());
    Base64UrlUnpadded::encode_string(digest.get(..3).unwrap_or_default())
}

/// A value of ours has to have its length and check sum; values of other forms (faces issue their own) need only be
/// such that they could be one.
pub(super) fn check_value(value: &str) -> Result<()> {
    let invalid = || Error::new(Code::InvalidToken, "the token is malformed or mistyped");
    if value.len() > MAX_VALUE || value.len() < 16 || !value.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(invalid());
    }
    if let Some(rest) = value.strip_prefix(PREFIX) {
        let (body, sum) = rest.split_at_checked(43).ok_or_else(invalid)?;
        let right =
            value.len() == VALUE_LENGTH && bool::from(check_sum(body).as_bytes().ct_eq(sum.as_bytes()));
        return if right { Ok(()) } else { Err(invalid()) };
    }
    Ok(())
}

/// A hash nobody knows the password of, with the policy's cost: what the password of a nobody is compared with.
pub(super) fn stand_in(host: &impl Host, (memory, passes, lanes): (u32, u32, u32)) -> Phc {
    let (mut salt, mut hash) = ([0; 16], [0; 32]);
    host.random(&mut salt);
    host.random(&mut hash);
    // Hexadecimal digits are digits of Base64 as well, and an encoder less; what is missing of 16 and 32 bytes is zeros.
    let (salt, hash) = (hex(&salt), hex(&hash));
    let (salt, hash) = (salt.get(..20).unwrap_or_default(), hash.get(..42).unwrap_or_default());
    Phc::new(format!("$argon2id$v=19$m={memory},t={passes},p={lanes}${salt}AA${hash}A"))
}
