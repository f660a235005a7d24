use super::{Code, Error};

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
pub struct TokenId(uuid::Uuid);

impl TokenId {
    /// A version-4 UUID from 16 random bytes of the host.
    pub fn from_random(bytes: [u8; 16]) -> Self {
        Self(uuid::Builder::from_random_bytes(bytes).into_uuid())
    }

    /// Any spelling of a UUID; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        uuid::Uuid::try_parse(text).ok().map(Self)
    }
}

impl core::fmt::Display for TokenId {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}
