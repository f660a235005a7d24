use http::StatusCode;

use crate::faces::web::{Answer, json_reply, status_of};
use crate::json::Writer;
use crate::model::{Code, Error};

pub(super) const PASSWORD: &str = "Password can contain only from 6 to 128 symbols!";
pub(super) const LENGTH: &str = "Field cannot be empty. The length of login should be from 3 to 128 symbols.";
pub(super) const TAKEN: &str = "User with such login already exists. Please, select another one";

/// Why a request is not done: the status, and the text of `message` (spec §1.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    status: StatusCode,
    /// What `error` holds where it is not the status.
    error: Option<u16>,
    text: String,
}

impl Fault {
    pub(super) fn says(status: StatusCode, text: impl Into<String>) -> Self {
        Self { status, error: None, text: text.into() }
    }

    pub(super) fn bad(text: impl Into<String>) -> Self {
        Self::says(StatusCode::BAD_REQUEST, text)
    }

    pub(super) fn unauthorized() -> Self {
        Self::says(StatusCode::UNAUTHORIZED, "Unauthorized")
    }

    pub(super) fn forbidden(text: impl Into<String>) -> Self {
        Self::says(StatusCode::FORBIDDEN, text)
    }

    /// The token lacks the action.
    pub(super) fn no_action() -> Self {
        Self::forbidden("Access is denied")
    }

    /// Only administrators.
    pub(super) fn admins_only() -> Self {
        Self::forbidden("Admin permissions required for this action")
    }

    pub(super) fn missing(text: impl Into<String>) -> Self {
        Self::says(StatusCode::NOT_FOUND, text)
    }

    pub(super) fn no_user(id: impl core::fmt::Display) -> Self {
        Self::missing(format!("User with id = {id} not found"))
    }

    /// Somebody else's record, which a client may not see (§2.3): 403, with the number of 404 inside.
    pub(super) fn hidden_user(id: impl core::fmt::Display) -> Self {
        Self { status: StatusCode::FORBIDDEN, error: Some(404), ..Self::no_user(id) }
    }

    pub(super) fn no_route() -> Self {
        Self::missing("HTTP 404 Not Found")
    }

    pub(super) fn parameters() -> Self {
        Self::bad("Invalid request parameters")
    }

    pub(super) fn reply(&self) -> Answer {
        let mut out = Writer::default();
        let error = self.error.unwrap_or(self.status.as_u16());
        out.open('{').name("error").number(error.into());
        out.name("message").text(&self.text);
        out.close('}');
        json_reply(self.status, out.end())
    }
}

/// What the validator says of a body's fields (§1.5): one line each.
#[derive(Debug, Default)]
pub(super) struct Violations(Vec<String>);

impl Violations {
    /// `value`: what was sent, or null; never a secret.
    pub(super) fn add(&mut self, path: &str, value: &str, rule: &str) {
        // No longer than anybody would read.
        let value: String = value.chars().take(256).collect();
        self.0.push(format!("On property {path} (value: {value}): {rule} ; "));
    }

    pub(super) fn need(&mut self, path: &str, there: bool) {
        if !there {
            self.add(path, "null", &format!("{path} field cannot be null."));
        }
    }

    /// A text of that many characters.
    pub(super) fn check(&mut self, path: &str, text: Option<&str>, length: core::ops::RangeInclusive<usize>) {
        if let Some(text) = text.filter(|text| !length.contains(&text.chars().count())) {
            let rule = format!("{path} should be from {} to {} symbols.", length.start(), length.end());
            self.add(path, text, &rule);
        }
    }

    /// # Errors
    /// 400 where there are some
    pub(super) fn none(self) -> Result<(), Fault> {
        if self.0.is_empty() {
            return Ok(());
        }
        Err(Fault::bad(format!(
            "Error! Make sure, that the passed object is correct and properly structured. Validation failed: \n{}",
            self.0.join("\n")
        )))
    }
}

/// What the service refused, in the face's terms.
impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error.code() {
            Code::InvalidPassword => Self::bad(PASSWORD),
            Code::InvalidName => Self::bad(LENGTH),
            Code::AlreadyExists => Self::forbidden(TAKEN),
            Code::CurrentPasswordRequired => Self::forbidden("Old password is required!"),
            Code::CurrentPasswordWrong | Code::BadCredentials => Self::forbidden("Invalid credentials"),
            Code::Denied => Self::no_action(),
            Code::LockedOut => Self::says(StatusCode::UNAUTHORIZED, error.to_string()),
            code => match status_of(code) {
                StatusCode::SERVICE_UNAVAILABLE => {
                    Self::says(StatusCode::SERVICE_UNAVAILABLE, "The request could not be served; try again")
                }
                StatusCode::UNAUTHORIZED => Self::unauthorized(),
                status => Self::says(status, error.to_string()),
            },
        }
    }
}
