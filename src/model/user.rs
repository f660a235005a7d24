use super::sorted::{Map, Set};

use super::{Digest, GroupId, Millis, Phc, Secret, UserId};

/// Whether an account may act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// May log in and act.
    Active,
    /// Shut by the lockout rule or by hand; all its credentials rest.
    Locked,
    /// Shut by an administrator; all its credentials rest.
    Disabled,
}

impl Status {
    /// The public name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Locked => "locked",
            Self::Disabled => "disabled",
        }
    }

    /// By its public name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Active, Self::Locked, Self::Disabled].into_iter().find(|status| status.name() == name)
    }
}

/// A user's settings: top-level keys with the JSON text of their values. They are merged key by key, never deeper.
pub type Settings = Map<String, String>;

/// A second factor: codes that change with time (RFC 6238), and recovery codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondFactor {
    /// What the account and the authenticator share, in Base32.
    pub secret: Secret,
    /// The time step of the last code that was used: it and those before count no more.
    pub used: Option<u64>,
    /// Digests of the recovery codes that are left; each is good once.
    pub recovery: Set<Digest>,
    /// Wrong codes since the last right one.
    pub failures: u32,
    /// When the last of them was.
    pub last_failed: Option<Millis>,
}

impl SecondFactor {
    /// One that has not been used yet, without recovery codes.
    pub fn new(secret: Secret) -> Self {
        Self { secret, used: None, recovery: Set::new(), failures: 0, last_failed: None }
    }
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// From 1, never reused.
    pub id: UserId,
    /// The login as it was given.
    pub name: String,
    /// The login as it is compared and indexed, made by the policy's name rule when the name was set.
    pub name_key: String,
    /// For people to read; may be empty.
    pub display_name: String,
    /// May be empty.
    pub email: String,
    /// May be empty.
    pub country: String,
    /// Whether the account may act.
    pub status: Status,
    /// None: such an account cannot log in by password but may hold tokens.
    pub password: Option<Phc>,
    /// Scopes given directly, by name.
    pub scopes: Set<String>,
    /// Groups the user is directly in. An id no group has any more counts as absent.
    pub groups: Set<GroupId>,
    /// Wrong passwords since the last right one.
    pub failed_logins: u32,
    /// When the last of them was.
    pub last_failed: Option<Millis>,
    /// Last log-in by password.
    pub last_login: Option<Millis>,
    /// DeviceHive's flag: the user has seen the introduction.
    pub intro_reviewed: bool,
    /// JSON text of an object of the host's, replaced whole.
    pub data: Option<String>,
    /// Free-form settings.
    pub settings: Settings,
    /// A role a protocol knows beside its scopes (VRM: `dealer`); may be empty.
    pub role: String,
    /// The second factor, if there is one: the password alone opens no session then.
    pub totp: Option<SecondFactor>,
    /// Digest of the one key of `generateApiKey`, if there is one.
    pub api_key: Option<Digest>,
    /// Digest of the password hash that was imported last: the same one, declared again, does not undo what has become of
    /// the password since.
    pub imported: Option<Digest>,
    /// When the account was made.
    pub created: Millis,
    /// When a person last changed it (log-ins do not count).
    pub updated: Millis,
}
