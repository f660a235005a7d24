use http::StatusCode;
use http::header::{self, HeaderValue};

use crate::faces::web::{Answer, json_reply, status_of};
use crate::json::Writer;
use crate::model::{Code, Error};

/// Why a request is not done (spec §1.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    status: StatusCode,
    code: Option<&'static str>,
    /// The field that is wrong, where one is.
    field: Option<&'static str>,
    text: String,
    retry_after: Option<u64>,
}

impl Fault {
    pub(super) fn says(status: StatusCode, code: &'static str, text: impl Into<String>) -> Self {
        Self { status, code: Some(code), field: None, text: text.into(), retry_after: None }
    }

    /// One reply for every credential that is no good.
    pub(super) fn unauthorized() -> Self {
        Self::says(StatusCode::UNAUTHORIZED, "invalid_credentials", "Login required")
    }

    /// One reply for every log-in that is no good.
    pub(super) fn bad_login() -> Self {
        let text = "The e-mail address, the password or the code is wrong";
        Self::says(StatusCode::UNAUTHORIZED, "invalid_credentials", text)
    }

    pub(super) fn forbidden(text: &str) -> Self {
        Self::says(StatusCode::FORBIDDEN, "forbidden", text)
    }

    pub(super) fn missing(field: &'static str) -> Self {
        let text = format!("{field} is required");
        Self { field: Some(field), ..Self::says(StatusCode::BAD_REQUEST, "missing_parameters", text) }
    }

    pub(super) fn invalid(field: &'static str, why: &str) -> Self {
        let text = format!("{field} {why}");
        Self { field: Some(field), ..Self::says(StatusCode::BAD_REQUEST, "invalid_parameters", text) }
    }

    pub(super) fn bad(text: &str) -> Self {
        Self::says(StatusCode::BAD_REQUEST, "invalid_parameters", text)
    }

    pub(super) fn no_route() -> Self {
        Self::says(StatusCode::NOT_FOUND, "not_found", "There is nothing at this path")
    }

    pub(super) fn method() -> Self {
        Self::says(StatusCode::METHOD_NOT_ALLOWED, "invalid_parameters", "This method is not allowed here")
    }

    pub(super) fn not_found(text: &str) -> Self {
        Self::says(StatusCode::NOT_FOUND, "not_found", text)
    }

    /// A failure that clients find under 200 (§1.4).
    pub(super) fn soft(self) -> Self {
        Self { status: StatusCode::OK, ..self }
    }

    pub(super) fn name_in_use() -> Self {
        let text = "A token of that name exists already";
        Self { field: Some("name"), ..Self::says(StatusCode::CONFLICT, "not_unique", text) }
    }

    pub(super) fn too_many(seconds: u64) -> Self {
        let fault = Self::says(StatusCode::TOO_MANY_REQUESTS, "rate_limited", "Too many requests");
        Self { retry_after: Some(seconds), ..fault }
    }

    pub(super) fn reply(&self) -> Answer {
        let mut out = Writer::default();
        out.open('{').name("success").flag(false);
        match self.field {
            Some(field) => {
                out.name("errors").open('{').name(field).text(&self.text);
                out.close('}');
            }
            None => out.name("errors").text(&self.text),
        }
        out.name("error_code").maybe_text(self.code);
        out.close('}');
        let mut answer = json_reply(self.status, out.end());
        if let Some(seconds) = self.retry_after {
            answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        answer
    }
}

/// What the service refused, in the face's terms.
impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error.code() {
            Code::LockedOut => Self::too_many(error.retry_after_ms().unwrap_or_default().div_ceil(1000)),
            Code::Denied => Self::forbidden("This is not allowed"),
            code => match status_of(code) {
                StatusCode::UNAUTHORIZED => Self::unauthorized(),
                StatusCode::FORBIDDEN => Self::forbidden("This is not allowed"),
                StatusCode::SERVICE_UNAVAILABLE => Self {
                    code: None,
                    ..Self::says(
                        StatusCode::SERVICE_UNAVAILABLE,
                        "",
                        "The request could not be served; try again",
                    )
                },
                status => Self::says(status, "invalid_parameters", error.to_string()),
            },
        }
    }
}
