//! Tokens as JWS: HS256, what is in them is the protocol's.

use std::sync::Once;

use hmac::{Hmac, KeyInit as _, Mac as _};
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error, ErrorKind, Result};
use jsonwebtoken::signature::{Error as SignatureError, Signer, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;

/// Longer than any header that a server takes.
const LONGEST: usize = 16_384;

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

/// Signs claims; `typ` is a member of the header that some protocols have. `None`: the library failed, which it has no
/// reason to.
pub(super) fn sign(key: &[u8], typ: Option<&str>, claims: &impl Serialize) -> Option<String> {
    ready();
    let header = Header { typ: typ.map(str::to_owned), ..Header::new(Algorithm::HS256) };
    jsonwebtoken::encode(&header, claims, &EncodingKey::from_secret(key)).ok()
}

/// The claims of a token that one of the keys has signed; whether it has expired is another question.
pub(super) fn read<'k, T: DeserializeOwned>(
    keys: impl IntoIterator<Item = &'k [u8]>,
    token: &str,
) -> Option<T> {
    ready();
    if token.len() > LONGEST {
        return None;
    }
    let mut validation = Validation::new(Algorithm::HS256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    keys.into_iter().find_map(|key| {
        let key = DecodingKey::from_secret(key);
        jsonwebtoken::decode::<T>(token, &key, &validation).ok().map(|data| data.claims)
    })
}
