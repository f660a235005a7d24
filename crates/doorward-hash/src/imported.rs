//! Password hashes that came with an import: they verify as they are, and the next log-in replaces them.
//!
//! | Form | What it is | Whose |
//! | --- | --- | --- |
//! | `$pbkdf2-sha256$ROUNDS$SALT$HASH` | PBKDF2 with HMAC-SHA-256, in passlib's spelling | OctoPrint |
//! | `$sha512-suffix$SALT$HASH` | SHA-512 of the password followed by the salt | OctoPrint before 1.8, nymea |
//! | `$sha256-prefix$SALT$HASH` | SHA-256 of the salt followed by the password | DeviceHive |
//!
//! Salt and hash are base64 without padding; passlib writes `.` for `+`.

use alloc::vec::Vec;
use sha2::{Digest, Sha256, Sha512};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::HashError;
use crate::text::{number, split};

/// More would be an attack on whoever logs in.
const MAX_ROUNDS: u32 = 10_000_000;
const MAX_SALT: usize = 256;

/// Is it the password of this hash? `None`: the form is none of these.
pub(crate) fn verify(password: &[u8], phc: &[u8]) -> Option<Result<bool, HashError>> {
    let (form, rest) = split(phc.strip_prefix(b"$")?)?;
    let same = match form {
        b"pbkdf2-sha256" => pbkdf2(password, rest),
        b"sha512-suffix" => salted::<Sha512>(password, rest, false),
        b"sha256-prefix" => salted::<Sha256>(password, rest, true),
        _ => return None,
    };
    Some(same.ok_or(HashError::Malformed))
}

fn bytes(text: &[u8]) -> Option<Vec<u8>> {
    let plain: Vec<u8> = text.iter().map(|byte| if *byte == b'.' { b'+' } else { *byte }).collect();
    crate::text::bytes(&plain)
}

fn salt_and_hash(rest: &[u8], length: usize) -> Option<(Vec<u8>, Vec<u8>)> {
    let (salt, hash) = split(rest)?;
    let (salt, hash) = (bytes(salt)?, bytes(hash)?);
    (salt.len() <= MAX_SALT && hash.len() == length).then_some((salt, hash))
}

fn salted<D: Digest>(password: &[u8], rest: &[u8], salt_first: bool) -> Option<bool> {
    let (salt, expected) = salt_and_hash(rest, <D as Digest>::output_size())?;
    let mut digest = D::new();
    for part in if salt_first { [&salt, password] } else { [password, &salt] } {
        digest.update(part);
    }
    let output = Zeroizing::new(digest.finalize().to_vec());
    Some(output.ct_eq(&expected).into())
}

fn pbkdf2(password: &[u8], mut rest: &[u8]) -> Option<bool> {
    let rounds = number(&mut rest, b"").filter(|rounds| (1..=MAX_ROUNDS).contains(rounds))?;
    let (salt, expected) = salt_and_hash(rest.strip_prefix(b"$")?, 32)?;
    let output = Zeroizing::new(pbkdf2::pbkdf2_hmac_array::<Sha256, 32>(password, &salt, rounds));
    Some(output.ct_eq(&expected).into())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use base64ct::{Base64, Base64Unpadded, Encoding as _};

    fn verify(password: &[u8], phc: &str) -> Option<Result<bool, HashError>> {
        super::verify(password, phc.as_bytes())
    }

    fn unpadded(padded: &str) -> String {
        padded.trim_end_matches('=').to_owned()
    }

    #[test]
    fn vectors_of_the_specifications() {
        // nymea §7: SHA-512 of password and salt.
        let salt = Base64Unpadded::encode_string(b"00000000-0000-4000-8000-000000000000");
        let hash = unpadded(
            "S3O5P+Ja4fRrz0LXq+jgpkJXeWOjrdvZHx+Z2b3xSI95zURz5m50+XalAyUAjfBaHBd0Vek6Pg2RZb7ZtGj5tg==",
        );
        let phc = format!("$sha512-suffix${salt}${hash}");
        assert_eq!(verify(b"Admin123", &phc), Some(Ok(true)));
        assert_eq!(verify(b"Admin124", &phc), Some(Ok(false)));
        // DeviceHive §3.1: SHA-256 of the salt's text and the password.
        for (salt, password, hash) in [
            ("9KynX3ShWnFym4y8Dla039py", "admin_pass", "+IC4w+NeByiymEWlI5H1xbtNe4YKmPlLRZ7j3xaireg="),
            ("sjQbZgcCmFxqTV4CCmGwpIHO", "dhadmin_#911", "DFXFrZ8VQIkOYECScBbBwsYinj+o8IlaLsRQ81wO+l8="),
        ] {
            let salt = Base64Unpadded::encode_string(salt.as_bytes());
            let phc = format!("$sha256-prefix${salt}${}", unpadded(hash));
            assert_eq!(verify(password.as_bytes(), &phc), Some(Ok(true)));
            assert_eq!(verify(b"other", &phc), Some(Ok(false)));
        }
    }

    #[test]
    fn pbkdf2_vector() {
        // RFC 7914, section 11: PBKDF2-HMAC-SHA-256, 1 and 80,000 rounds, the first 32 bytes.
        for (rounds, password, salt, hex) in [
            (1, "passwd", "salt", "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"),
            (80_000, "Password", "NaCl", "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56"),
        ] {
            let hash: Vec<u8> =
                (0..64).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
            let encode = |bytes: &[u8]| Base64Unpadded::encode_string(bytes).replace('+', ".");
            let phc = format!("$pbkdf2-sha256${rounds}${}${}", encode(salt.as_bytes()), encode(&hash));
            assert_eq!(verify(password.as_bytes(), &phc), Some(Ok(true)), "{phc}");
            assert_eq!(verify(b"passwt", &phc), Some(Ok(false)));
        }
    }

    #[test]
    fn damaged_ones() {
        assert_eq!(verify(b"x", "$2b$12$abc"), None);
        assert_eq!(verify(b"x", ""), None);
        let long = Base64::encode_string(&[0; 300]);
        for phc in [
            "$pbkdf2-sha256$0$c2FsdA$AAAA",
            "$pbkdf2-sha256$99999999$c2FsdA$VawEbldjCJ/sFpHCJUS2BflBhSFt3gRl5oudV8INrLw",
            "$pbkdf2-sha256$1$c2FsdA",
            "$sha512-suffix$c2FsdA$AAAA",
            "$sha256-prefix$!$AAAA",
            &format!("$sha256-prefix${}$VawEbldjCJ/sFpHCJUS2BflBhSFt3gRl5oudV8INrLw", unpadded(&long)),
        ] {
            assert_eq!(verify(b"x", phc), Some(Err(HashError::Malformed)), "{phc}");
        }
    }
}
