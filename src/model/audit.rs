use super::Millis;

/// What happened. The names on the right are the events of the JavaScript API; they are for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// The first administrator was made.
    SetUp,
    /// A user was added.
    UserAdded,
    /// A user's record was changed.
    UserChanged,
    /// A user was removed.
    UserRemoved,
    /// A password was set, changed or cleared.
    PasswordChanged,
    /// Settings were saved.
    SettingsChanged,
    /// A token was created.
    TokenAdded,
    /// A token was revoked.
    TokenRevoked,
    /// A group was added.
    GroupAdded,
    /// A group was changed.
    GroupChanged,
    /// A group was removed.
    GroupRemoved,
    /// A resource was added.
    ResourceAdded,
    /// A resource was changed.
    ResourceChanged,
    /// A resource was removed.
    ResourceRemoved,
    /// A link was set or removed.
    LinkChanged,
    /// A log-in succeeded.
    LoggedIn,
    /// A log-in was refused.
    LoginFailed,
    /// A session ended by its own wish.
    LoggedOut,
    /// A second factor was set up.
    SecondFactorAdded,
    /// Its recovery codes were made anew.
    SecondFactorChanged,
    /// It was removed.
    SecondFactorRemoved,
    /// Somebody is to be told of something; the host sees to it.
    Notice,
    /// The key a face signs with was made anew.
    KeysRotated,
    /// A check of the store mended what did not agree.
    StoreRepaired,
}

impl Action {
    const ALL: [Self; 24] = [
        Self::SetUp,
        Self::UserAdded,
        Self::UserChanged,
        Self::UserRemoved,
        Self::PasswordChanged,
        Self::SettingsChanged,
        Self::TokenAdded,
        Self::TokenRevoked,
        Self::GroupAdded,
        Self::GroupChanged,
        Self::GroupRemoved,
        Self::ResourceAdded,
        Self::ResourceChanged,
        Self::ResourceRemoved,
        Self::LinkChanged,
        Self::LoggedIn,
        Self::LoginFailed,
        Self::LoggedOut,
        Self::SecondFactorAdded,
        Self::SecondFactorChanged,
        Self::SecondFactorRemoved,
        Self::Notice,
        Self::KeysRotated,
        Self::StoreRepaired,
    ];

    /// By its stable name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.name() == name)
    }

    /// The stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::SetUp => "setUp",
            Self::UserAdded => "userAdded",
            Self::UserChanged => "userChanged",
            Self::UserRemoved => "userRemoved",
            Self::PasswordChanged => "passwordChanged",
            Self::SettingsChanged => "settingsChanged",
            Self::TokenAdded => "tokenAdded",
            Self::TokenRevoked => "tokenRevoked",
            Self::GroupAdded => "groupAdded",
            Self::GroupChanged => "groupChanged",
            Self::GroupRemoved => "groupRemoved",
            Self::ResourceAdded => "resourceAdded",
            Self::ResourceChanged => "resourceChanged",
            Self::ResourceRemoved => "resourceRemoved",
            Self::LinkChanged => "linkChanged",
            Self::LoggedIn => "loggedIn",
            Self::LoginFailed => "loginFailed",
            Self::LoggedOut => "loggedOut",
            Self::SecondFactorAdded => "secondFactorAdded",
            Self::SecondFactorChanged => "secondFactorChanged",
            Self::SecondFactorRemoved => "secondFactorRemoved",
            Self::Notice => "notice",
            Self::KeysRotated => "keysRotated",
            Self::StoreRepaired => "storeRepaired",
        }
    }
}

/// On whom or what; only what applies is set. Never a secret, never the name typed at a failed log-in of nobody known
/// (people type passwords there).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Subject {
    /// Name of the user concerned.
    pub user: Option<String>,
    /// His id.
    pub user_id: Option<u64>,
    /// Id of a token.
    pub token: Option<String>,
    /// Key of a group.
    pub group: Option<String>,
    /// Kind of a resource; of keys, the face whose they are; of a repair, the family of records.
    pub kind: Option<String>,
    /// Id of a resource; of a repair, where it was.
    pub id: Option<String>,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Ok,
    /// It was refused.
    Refused,
}

/// One line of the audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// When.
    pub at: Millis,
    /// 16 random hexadecimal digits: with `at`, the entry's id.
    pub salt: String,
    /// Name of who did it; none where nobody is known.
    pub actor: Option<String>,
    /// What.
    pub action: Action,
    /// On whom.
    pub on: Subject,
    /// How it ended.
    pub outcome: Outcome,
    /// The rule behind a refusal.
    pub by: Option<String>,
    /// Which open door wrote it, so that a door does not announce its own changes twice.
    pub via: String,
}
