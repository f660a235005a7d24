//! Tokens as JWS (spec §4.2): HS256, one claim.

use std::sync::Once;

use hmac::{Hmac, KeyInit as _, Mac as _};
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error, ErrorKind, Result};
use jsonwebtoken::signature::{Error as SignatureError, Signer, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// What a token says: all the protocol reads of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Payload {
    /// User id.
    pub(super) u: u64,
    /// Action ids.
    #[serde(default)]
    pub(super) a: Option<Vec<u64>>,
    /// Network ids, or `*`.
    #[serde(default)]
    pub(super) n: Option<Vec<String>>,
    /// Device type ids, or `*`.
    #[serde(default)]
    pub(super) dt: Option<Vec<String>>,
    /// Expiry, milliseconds since 1970.
    pub(super) e: i64,
    /// 1 access, 0 refresh.
    pub(super) t: u8,
}

impl Payload {
    pub(super) fn expired(&self, now: u64) -> bool {
        i64::try_from(now).is_ok_and(|now| self.e < now)
    }
}

#[derive(Serialize, Deserialize)]
struct Claims {
    payload: Payload,
}

/// HMAC-SHA-256 by the crates this project has anyway; the library's own bundle would bring all algorithms there are.
struct Hs256(Hmac<Sha256>);

impl Hs256 {
    fn new(algorithm: Algorithm, key: &[u8]) -> Result<Self> {
        if algorithm != Algorithm::HS256 {
            return Err(Error::from(ErrorKind::InvalidAlgorithm));
        }
        Hmac::new_from_slice(key).map(Self).map_err(|_| Error::from(ErrorKind::InvalidKeyFormat))
    }
}

impl Signer<Vec<u8>> for Hs256 {
    fn try_sign(&self, message: &[u8]) -> core::result::Result<Vec<u8>, SignatureError> {
        let mut mac = self.0.clone();
        mac.update(message);
        Ok(mac.finalize().into_bytes().to_vec())
    }
}

impl Verifier<Vec<u8>> for Hs256 {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> core::result::Result<(), SignatureError> {
        let mut mac = self.0.clone();
        mac.update(message);
        mac.verify_slice(signature).map_err(|_| SignatureError::new())
    }
}

impl JwtSigner for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl JwtVerifier for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: |algorithm, key| Ok(Box::new(Hs256::new(*algorithm, key.as_bytes())?)),
    verifier_factory: |algorithm, key| Ok(Box::new(Hs256::new(*algorithm, key.try_get_as_bytes()?)?)),
    key_utils: KeyUtils::new_unimplemented(),
};

fn ready() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Where the program around us has chosen a provider already, that one serves.
        let _ = PROVIDER.install_default();
    });
}

/// Signs a payload. `None`: the library failed, which it has no reason to.
pub(super) fn sign(key: &[u8], payload: &Payload) -> Option<String> {
    ready();
    let header = Header { typ: None, ..Header::new(Algorithm::HS256) };
    jsonwebtoken::encode(&header, &Claims { payload: payload.clone() }, &EncodingKey::from_secret(key)).ok()
}

/// The payload of a token that one of the keys has signed; whether it has expired is another question.
pub(super) fn read<'k>(keys: impl IntoIterator<Item = &'k [u8]>, token: &str) -> Option<Payload> {
    ready();
    if token.len() > 8192 {
        return None;
    }
    let mut validation = Validation::new(Algorithm::HS256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    keys.into_iter().find_map(|key| {
        let key = DecodingKey::from_secret(key);
        jsonwebtoken::decode::<Claims>(token, &key, &validation).ok().map(|data| data.claims.payload)
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    /// Spec §4.2.
    #[test]
    fn vector() {
        let key = [0x75, 0xeb, 0xe2, 0x71, 0xe8, 0x62];
        let everything = Some(vec!["*".to_owned()]);
        let payload = Payload {
            u: 1,
            a: Some(vec![0]),
            n: everything.clone(),
            dt: everything,
            e: 1_559_347_200_000,
            t: 1,
        };
        let token = sign(&key, &payload).unwrap();
        assert!(token.starts_with("eyJhbGciOiJIUzI1NiJ9."));
        assert!(token.ends_with(".0i1MaUBtgfDPG4_cvSjEVO11FZy7o_L_6uRCR5NR3v4"));
        assert_eq!(read([&key[..]], &token), Some(payload));
        assert_eq!(read([&b"other"[..]], &token), None);
        assert_eq!(read([&b"other"[..], &key], &token).map(|payload| payload.u), Some(1));
    }

    #[test]
    fn a_changed_bit_breaks_it() {
        let payload = Payload { u: 1, a: None, n: None, dt: None, e: 5, t: 1 };
        let token = sign(b"key", &payload).unwrap();
        for at in 0..token.len() {
            for bit in 0..7 {
                let mut bytes = token.clone().into_bytes();
                bytes[at] ^= 1 << bit;
                let changed = String::from_utf8(bytes).unwrap();
                if changed != token {
                    assert_eq!(read([&b"key"[..]], &changed), None, "{changed}");
                }
            }
        }
    }

    #[test]
    fn others_are_refused() {
        // No algorithm at all, and a payload that lacks its members.
        assert_eq!(
            read([&b"key"[..]], "eyJhbGciOiJub25lIn0.eyJwYXlsb2FkIjp7InUiOjEsImUiOjUsInQiOjF9fQ."),
            None
        );
        assert_eq!(read([&b"key"[..]], ""), None);
        assert_eq!(read([&b"key"[..]], "a.b.c"), None);
    }
}
