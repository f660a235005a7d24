/// Every code an error can carry. The spelling is the public contract (`pkg/src/errors.ts`, pinned by a test).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(
    missing_docs,
    reason = "the table with the meanings is pkg/src/errors.ts; repeating it here would let the two drift"
)]
pub enum Code {
    InvalidArgument,
    UnknownField,
    InvalidName,
    InvalidPassword,
    InvalidEmail,
    InvalidSettings,
    InvalidId,
    UnknownScope,
    UnknownGroup,
    UnknownKind,
    InvalidCatalogue,
    InvalidPolicy,
    GroupCycle,
    LimitExceeded,
    Denied,
    BadCredentials,
    AccountDisabled,
    LockedOut,
    CurrentPasswordRequired,
    CurrentPasswordWrong,
    SecondFactorRequired,
    SecondFactorWrong,
    InvalidToken,
    UnknownToken,
    ExpiredToken,
    SetupDone,
    SetupNeeded,
    LastAdmin,
    OwnAccount,
    NotFound,
    AlreadyExists,
    Conflict,
    StoreFailed,
    StoreTimeout,
    StoreClosed,
    StoreFull,
    StoreCorrupt,
    StoreTooNew,
    InvalidRange,
    InvalidKey,
    InvalidCommit,
    HashFailed,
    Busy,
    Unsupported,
    Internal,
}

impl Code {
    /// The stable spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidArgument => "invalidArgument",
            Self::UnknownField => "unknownField",
            Self::InvalidName => "invalidName",
            Self::InvalidPassword => "invalidPassword",
            Self::InvalidEmail => "invalidEmail",
            Self::InvalidSettings => "invalidSettings",
            Self::InvalidId => "invalidId",
            Self::UnknownScope => "unknownScope",
            Self::UnknownGroup => "unknownGroup",
            Self::UnknownKind => "unknownKind",
            Self::InvalidCatalogue => "invalidCatalogue",
            Self::InvalidPolicy => "invalidPolicy",
            Self::GroupCycle => "groupCycle",
            Self::LimitExceeded => "limitExceeded",
            Self::Denied => "denied",
            Self::BadCredentials => "badCredentials",
            Self::AccountDisabled => "accountDisabled",
            Self::LockedOut => "lockedOut",
            Self::CurrentPasswordRequired => "currentPasswordRequired",
            Self::CurrentPasswordWrong => "currentPasswordWrong",
            Self::SecondFactorRequired => "secondFactorRequired",
            Self::SecondFactorWrong => "secondFactorWrong",
            Self::InvalidToken => "invalidToken",
            Self::UnknownToken => "unknownToken",
            Self::ExpiredToken => "expiredToken",
            Self::SetupDone => "setupDone",
            Self::SetupNeeded => "setupNeeded",
            Self::LastAdmin => "lastAdmin",
            Self::OwnAccount => "ownAccount",
            Self::NotFound => "notFound",
            Self::AlreadyExists => "alreadyExists",
            Self::Conflict => "conflict",
            Self::StoreFailed => "storeFailed",
            Self::StoreTimeout => "storeTimeout",
            Self::StoreClosed => "storeClosed",
            Self::StoreFull => "storeFull",
            Self::StoreCorrupt => "storeCorrupt",
            Self::StoreTooNew => "storeTooNew",
            Self::InvalidRange => "invalidRange",
            Self::InvalidKey => "invalidKey",
            Self::InvalidCommit => "invalidCommit",
            Self::HashFailed => "hashFailed",
            Self::Busy => "busy",
            Self::Unsupported => "unsupported",
            Self::Internal => "internal",
        }
    }
}

/// What went wrong or was refused. Messages are lower-case, one line, user input in backticks, never a secret.
///
/// A pointer wide: results are handed on in hundreds of places, and each would copy the whole of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.message)]
pub struct Error(Box<Account>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Account {
    code: Code,
    message: String,
    by: Option<&'static str>,
    field: Option<String>,
    retry_after: Option<u64>,
    foreign: Option<String>,
}

/// The result of everything that can be refused or fail.
pub type Result<T, E = Error> = core::result::Result<T, E>;

impl Error {
    /// An error by code, with a sentence for people.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        let message = message.into();
        Self(Box::new(Account { code, message, by: None, field: None, retry_after: None, foreign: None }))
    }

    /// A refusal: the rule that decided, and why.
    pub fn refused(code: Code, by: &'static str, message: impl Into<String>) -> Self {
        let mut error = Self::new(code, message);
        error.0.by = Some(by);
        error
    }

    /// Names the argument that is wrong.
    #[must_use]
    pub fn at(mut self, field: &str) -> Self {
        self.0.field = Some(field.to_owned());
        self
    }

    /// Says in how many milliseconds trying again makes sense.
    #[must_use]
    pub fn retry_after(mut self, milliseconds: u64) -> Self {
        self.0.retry_after = Some(milliseconds);
        self
    }

    /// Carries the host's own account of a failure through the core, untouched: the JSON text the host threw.
    pub fn foreign(json: String) -> Self {
        let mut error = Self::new(Code::StoreFailed, "the host failed");
        error.0.foreign = Some(json);
        error
    }

    /// The stable code.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// The rule that decided, where a rule did.
    pub fn by(&self) -> Option<&'static str> {
        self.0.by
    }

    /// The argument that is wrong.
    pub fn field(&self) -> Option<&str> {
        self.0.field.as_deref()
    }

    /// Milliseconds to wait.
    pub fn retry_after_ms(&self) -> Option<u64> {
        self.0.retry_after
    }

    /// What the host threw, if it was the host.
    pub fn foreign_json(&self) -> Option<&str> {
        self.0.foreign.as_deref()
    }
}
