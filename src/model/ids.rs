use super::secret::unhex;
use super::{Code, Error, hex};

/// The largest integer that leaves as a JSON number: 2^53 - 1.
pub const MAX_INTEGER: u64 = (1 << 53) - 1;

/// Milliseconds since 1970-01-01T00:00Z. All time is an argument; nothing in the core reads a clock.
pub type Millis = u64;

/// A user's id: from 1, never reused, below 2^53.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId(u64);

impl UserId {
    /// # Errors
    /// `invalidId` for 0 and beyond 2^53 - 1.
    pub fn new(id: u64) -> Result<Self, Error> {
        if id == 0 || id > MAX_INTEGER {
            return Err(Error::new(Code::InvalidId, format!("`{id}` cannot be a user's id: 1 to 2^53 - 1")));
        }
        Ok(Self(id))
    }

    /// The number itself.
    pub fn get(self) -> u64 {
        self.0
    }
}

/// A group's inner id. Users and groups refer to groups by it, so that a group made anew under an old key does not
/// bring the old memberships back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(pub u32);

/// A token's public id: a random UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenId([u8; 16]);

impl TokenId {
    /// A version-4 UUID from 16 random bytes of the host.
    pub fn from_random(mut bytes: [u8; 16]) -> Self {
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        Self(bytes)
    }

    /// Any spelling of a UUID; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = match text.len() {
            32 | 36 => text,
            38 => text.strip_prefix('{')?.strip_suffix('}')?,
            45 => text.strip_prefix("urn:uuid:")?,
            _ => return None,
        };
        let hyphens = plain.len() == 36;
        let mut digits = Vec::with_capacity(32);
        for (at, digit) in plain.bytes().enumerate() {
            if !hyphens || !matches!(at, 8 | 13 | 18 | 23) {
                digits.push(digit);
            } else if digit != b'-' {
                return None;
            }
        }
        let mut bytes = [0; 16];
        unhex(&digits, &mut bytes)?;
        Some(Self(bytes))
    }
}

impl core::fmt::Display for TokenId {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let mut text = String::with_capacity(36);
        for (at, digit) in hex(&self.0).chars().enumerate() {
            if matches!(at, 8 | 12 | 16 | 20) {
                text.push('-');
            }
            text.push(digit);
        }
        f.write_str(&text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::TokenId;

    proptest! {
        #[test]
        fn ids_are_uuids(bytes: [u8; 16]) {
            let id = TokenId::from_random(bytes);
            let uuid = uuid::Builder::from_random_bytes(bytes).into_uuid();
            prop_assert_eq!(id.to_string(), uuid.to_string());
            for text in [
                uuid.hyphenated().to_string(),
                uuid.simple().to_string(),
                uuid.braced().to_string(),
                uuid.urn().to_string(),
                uuid.to_string().to_uppercase(),
            ] {
                prop_assert_eq!(TokenId::parse(&text), Some(id));
            }
        }

        #[test]
        fn what_is_no_uuid_is_no_id(
            text in "(urn:uuid:|\\{)?[0-9a-fA-F]{7,8}-?[0-9a-g]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}[-é]?[0-9a-f]{10,12}\\}?",
        ) {
            let parsed = uuid::Uuid::try_parse(&text).ok().map(|uuid| uuid.to_string());
            prop_assert_eq!(TokenId::parse(&text).map(|id| id.to_string()), parsed);
        }
    }
}
