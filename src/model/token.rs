use super::sorted::Set;

use super::{Digest, Millis, Reach, TokenId, UserId};

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// Made by a log-in.
    Session,
    /// A long-lived key for a program.
    ApiKey,
    /// A personal access token, or one a protocol issues.
    Access,
    /// Bound to a device (push-button log-ins).
    Device,
}

impl TokenKind {
    /// The public name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::ApiKey => "apikey",
            Self::Access => "access",
            Self::Device => "device",
        }
    }

    /// By its public name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Session, Self::ApiKey, Self::Access, Self::Device].into_iter().find(|kind| kind.name() == name)
    }
}

/// A credential. Its value is not here: only the digest is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Public id.
    pub id: TokenId,
    /// Grows with every token of the store.
    pub number: u64,
    /// The owner.
    pub user: UserId,
    /// What it is for.
    pub kind: TokenKind,
    /// For people to tell tokens apart.
    pub name: String,
    /// SHA-256 of the value.
    pub digest: Digest,
    /// None: the owner's. Otherwise intersected with the owner's at every check, administrators included.
    pub scopes: Option<Set<String>>,
    /// Likewise.
    pub reach: Option<Reach>,
    /// When it was made.
    pub created: Millis,
    /// None: never.
    pub expires: Option<Millis>,
    /// It is the one key of `generateApiKey`.
    pub primary: bool,
}

impl Token {
    /// Has it expired? The instant of expiry is already too late.
    pub fn expired(&self, now: Millis) -> bool {
        self.expires.is_some_and(|at| at <= now)
    }

    /// Does it carry limits of its own?
    pub fn limited(&self) -> bool {
        self.scopes.is_some() || self.reach.is_some()
    }
}
