use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use crate::json::Value;
use crate::model::{Code, Error, Millis, Result, Secret};

/// The face's settings: `devicehive.…` of `--set`, in the spec's units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where the face is mounted, without a slash at the end.
    pub base: String,
    /// Life of access tokens (§4.2).
    pub access_lifetime: Millis,
    /// Life of refresh tokens.
    pub refresh_lifetime: Millis,
    /// Nobody creates a token above his own rights (§4.5); `None`: unless the policy is `devicehive`, whose clients count on
    /// it.
    pub strict_tokens: Option<bool>,
    /// The signing key as upstream writes it, in base64; `None`: one of the store's.
    pub secret: Option<Secret>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            base: "/dh/rest".to_owned(),
            access_lifetime: 1_800_000,
            refresh_lifetime: 15_724_800_000,
            strict_tokens: None,
            secret: None,
        }
    }
}

/// The longest life of a token: a century.
const LONGEST: Millis = 100 * 366 * 24 * 3_600_000;

impl Settings {
    /// Sets one by its name without the prefix.
    ///
    /// # Errors
    /// `unknownField` for a name there is not, `invalidArgument` for a value it cannot have
    pub(crate) fn set(&mut self, name: &str, value: Value<'_>) -> Result<()> {
        let bad = || {
            Error::new(Code::InvalidArgument, format!("`devicehive.{name}` cannot have that value")).at(name)
        };
        let life = || value.number().filter(|life| (1..=LONGEST).contains(life)).ok_or_else(bad);
        match name {
            "base" => {
                let base = value.text().ok_or_else(bad)?;
                let good = base.starts_with('/') && base.len() <= 128 && !base.contains(['?', '#', '%', ' ']);
                self.base = Some(base.trim_end_matches('/').to_owned()).filter(|_| good).ok_or_else(bad)?;
            }
            "accessLifetime" => self.access_lifetime = life()?,
            "refreshLifetime" => self.refresh_lifetime = life()?,
            "strictTokens" => self.strict_tokens = Some(value.flag().ok_or_else(bad)?),
            "secret" => {
                let secret = Secret::new(value.text().ok_or_else(bad)?);
                if key_of(&secret).is_none_or(|key| key.is_empty()) {
                    return Err(bad());
                }
                self.secret = Some(secret);
            }
            _ => {
                return Err(Error::new(
                    Code::UnknownField,
                    format!("there is no setting `devicehive.{name}`"),
                ));
            }
        }
        Ok(())
    }
}

/// The bytes of a secret as upstream takes them: decoded from base64, an incomplete last group dropped (§4.2).
pub(super) fn key_of(secret: &Secret) -> Option<Zeroizing<Vec<u8>>> {
    let lenient = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    // What is not of the alphabet upstream's decoder passes over; a group may be complete by its padding.
    let of_it = |c: &char| c.is_ascii_alphanumeric() || "+/=".contains(*c);
    let text: Zeroizing<String> = Zeroizing::new(secret.reveal().chars().filter(of_it).collect());
    let whole = text.get(..text.len() - text.len() % 4)?;
    let engine = GeneralPurpose::new(&base64::alphabet::STANDARD, lenient);
    engine.decode(whole).ok().map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Spec §4.2: the last, incomplete group is dropped.
    #[test]
    fn the_key_of_a_secret() {
        let key = key_of(&Secret::new("devicehive".into()));
        assert_eq!(
            key.as_deref().map(|key| key.get(..6)),
            Some(Some(&[0x75, 0xeb, 0xe2, 0x71, 0xe8, 0x62][..]))
        );
        assert_eq!(key.map(|key| key.len()), Some(6));
        for (secret, bytes) in [("c2VjcmV0IQ==", 7), ("c2VjcmV0IQ=", 6), ("my-secret_x.1", 6)] {
            assert_eq!(key_of(&Secret::new(secret.into())).map(|key| key.len()), Some(bytes), "{secret}");
        }
    }
}
