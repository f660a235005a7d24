use http::{HeaderValue, StatusCode, header};

use crate::faces::web::{Answer, json_reply, status_of};
use crate::json::Writer;
use crate::model::{Code, Error};

/// Why a request is not done: the status and the text of `error` (spec §2.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    status: StatusCode,
    text: String,
    retry_after: Option<u64>,
}

impl Fault {
    /// With the generic sentence of the status.
    pub(super) fn of(status: StatusCode) -> Self {
        let text = match status {
            StatusCode::BAD_REQUEST => "The request is malformed or incomplete",
            StatusCode::FORBIDDEN => "You are not allowed to do that",
            StatusCode::NOT_FOUND => "There is nothing of that name",
            StatusCode::METHOD_NOT_ALLOWED => "That method is not allowed here",
            StatusCode::CONFLICT => "There is one of that name already",
            StatusCode::PAYLOAD_TOO_LARGE => "The body is too large",
            StatusCode::UNSUPPORTED_MEDIA_TYPE => "The body has to be application/json",
            _ => "The request could not be served; try again",
        };
        Self::says(status, text)
    }

    pub(super) fn says(status: StatusCode, text: &str) -> Self {
        Self { status, text: text.to_owned(), retry_after: None }
    }

    pub(super) fn bad(text: &str) -> Self {
        Self::says(StatusCode::BAD_REQUEST, text)
    }

    pub(super) fn forbidden() -> Self {
        Self::of(StatusCode::FORBIDDEN)
    }

    pub(super) fn missing() -> Self {
        Self::of(StatusCode::NOT_FOUND)
    }

    pub(super) fn status(&self) -> StatusCode {
        self.status
    }

    pub(super) fn reply(&self) -> Answer {
        let mut out = Writer::default();
        out.open('{').name("error").text(&self.text);
        out.close('}');
        let mut answer = json_reply(self.status, out.end());
        if let Some(seconds) = self.retry_after {
            answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        answer
    }
}

/// What the service refused, in the face's terms (§2.1).
impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        let (status, text) = match error.code() {
            Code::Denied
            | Code::BadCredentials
            | Code::AccountDisabled
            | Code::UnknownToken
            | Code::ExpiredToken
            | Code::InvalidToken => return Self::forbidden(),
            Code::CurrentPasswordWrong => (StatusCode::FORBIDDEN, "Invalid current password".to_owned()),
            Code::CurrentPasswordRequired => {
                (StatusCode::BAD_REQUEST, "current password is missing".to_owned())
            }
            Code::NotFound => return Self::missing(),
            Code::AlreadyExists | Code::GroupCycle => (StatusCode::CONFLICT, error.to_string()),
            Code::InvalidName => (StatusCode::BAD_REQUEST, "Username invalid".to_owned()),
            Code::LockedOut => (StatusCode::TOO_MANY_REQUESTS, error.to_string()),
            code => match status_of(code) {
                StatusCode::SERVICE_UNAVAILABLE => return Self::of(StatusCode::SERVICE_UNAVAILABLE),
                status => (status, error.to_string()),
            },
        };
        let retry_after = error.retry_after_ms().map(|ms| ms.div_ceil(1000));
        Self { status, text, retry_after }
    }
}
