//! Token values: how they are made, told from typing errors, and digested.

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::Host;
use crate::model::{Code, Digest, Error, Phc, Result, Secret};

/// Bytes of a token value of any form.
pub(super) const MAX_VALUE: usize = 512;
const PREFIX: &str = "dw_";
/// 32 bytes in base64 without padding, and 3 bytes of check sum.
const VALUE_LENGTH: usize = PREFIX.len() + 43 + 4;

/// The digits 62 and 63.
type LastDigits = [char; 2];
const URL_SAFE: LastDigits = ['-', '_'];
const STANDARD: LastDigits = ['+', '/'];

/// Without padding. Written here: a library takes kilobytes of the module for it.
fn base64(bytes: &[u8], [digit62, digit63]: LastDigits) -> String {
    let digit = |bits: u32| match (bits & 63) as u8 {
        digit @ 0..26 => char::from(b'A' + digit),
        digit @ 26..52 => char::from(b'a' + digit - 26),
        digit @ 52..62 => char::from(b'0' + digit - 52),
        62 => digit62,
        _ => digit63,
    };
    // At once as long as it gets: a token leaves no copy behind.
    let mut text = String::with_capacity(bytes.len() * 4 / 3 + 1);
    let (mut bits, mut count) = (0_u32, 0);
    for &byte in bytes {
        bits = bits << 8 | u32::from(byte);
        count += 8;
        while count >= 6 {
            count -= 6;
            text.push(digit(bits >> count));
        }
    }
    if count > 0 {
        text.push(digit(bits << (6 - count)));
    }
    text
}

/// A new token value and its digest. 256 bits; the check sum only tells typing errors.
pub(super) fn mint(host: &impl Host) -> (Secret, Digest) {
    let mut bytes = [0; 32];
    host.random(&mut bytes);
    let body = base64(&bytes, URL_SAFE);
    let value = Secret::new(format!("{PREFIX}{body}{}", check_sum(&body)));
    let digest = digest_of(value.reveal());
    (value, digest)
}

pub(super) fn digest_of(value: &str) -> Digest {
    Digest(Sha256::digest(value.as_bytes()).into())
}

fn check_sum(body: &str) -> String {
    let digest = Sha256::digest(body.as_bytes());
    base64(digest.get(..3).unwrap_or_default(), URL_SAFE)
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
    let (salt, hash) = (base64(&salt, STANDARD), base64(&hash, STANDARD));
    Phc::new(format!("$argon2id$v=19$m={memory},t={passes},p={lanes}${salt}${hash}"))
}

#[cfg(test)]
mod tests {
    use super::{STANDARD, URL_SAFE, base64};

    #[test]
    fn base64_is_that_of_the_rfc() {
        let of = |text: &str| base64(text.as_bytes(), STANDARD);
        // RFC 4648, section 10.
        let known = ["", "f", "fo", "foo", "foob", "fooba", "foobar"].map(of);
        assert_eq!(known, ["", "Zg", "Zm8", "Zm9v", "Zm9vYg", "Zm9vYmE", "Zm9vYmFy"]);
        assert_eq!(base64(&[0xfb, 0xff, 0xbf], STANDARD), "+/+/");
        assert_eq!(base64(&[0xfb, 0xff, 0xbf], URL_SAFE), "-_-_");
    }
}
