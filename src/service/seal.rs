//! The one API key of a user, sealed so that it can be shown again where a protocol wants it so (XChaCha20-Poly1305). The
//! key to it is a secret of the same store: it keeps API keys out of backups of single records and out of logs, not from
//! somebody who has the whole store.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};

use crate::model::{Secret, UserId};

/// The store's secret that API keys are sealed with.
pub(super) const NAME: &str = "seal";

const NONCE: usize = 24;

fn cipher(secret: &Secret) -> Option<XChaCha20Poly1305> {
    let key = Base64UrlUnpadded::decode_vec(secret.reveal()).ok()?;
    XChaCha20Poly1305::new_from_slice(&key).ok()
}

/// Bound to the user: a sealed key moved to another record does not open.
pub(super) fn seal(secret: &Secret, nonce: [u8; NONCE], user: UserId, value: &Secret) -> Option<String> {
    let aad = user.get().to_be_bytes();
    let payload = Payload { msg: value.reveal().as_bytes(), aad: &aad };
    let mut sealed = nonce.to_vec();
    sealed.extend(cipher(secret)?.encrypt(&XNonce::from(nonce), payload).ok()?);
    Some(Base64UrlUnpadded::encode_string(&sealed))
}

pub(super) fn open(secret: &Secret, user: UserId, sealed: &str) -> Option<Secret> {
    let sealed = Base64UrlUnpadded::decode_vec(sealed).ok()?;
    let (nonce, msg) = sealed.split_first_chunk::<NONCE>()?;
    let aad = user.get().to_be_bytes();
    let opened = cipher(secret)?.decrypt(&XNonce::from(*nonce), Payload { msg, aad: &aad }).ok()?;
    String::from_utf8(opened).ok().map(Secret::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sealed_for_one_user() -> Result<(), Box<dyn std::error::Error>> {
        let secret = Secret::new(Base64UrlUnpadded::encode_string(&[5; 32]));
        let (ann, bob) = (UserId::new(1)?, UserId::new(2)?);
        let value = Secret::new("k".repeat(43));
        let sealed = seal(&secret, [9; NONCE], ann, &value).ok_or("sealed")?;
        assert_eq!(open(&secret, ann, &sealed), Some(value));
        assert_eq!(open(&secret, bob, &sealed), None);
        let other = Secret::new(Base64UrlUnpadded::encode_string(&[6; 32]));
        assert_eq!(open(&other, ann, &sealed), None);
        assert_eq!(open(&secret, ann, ""), None);
        Ok(())
    }
}
