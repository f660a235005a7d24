//! What the HTTP-shaped faces share: requests and replies as plain values, path segments, bodies, addresses.

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Request, Response, StatusCode};
use percent_encoding::percent_decode_str;

use crate::json::Value;
use crate::model::Code;

/// A request with its whole body. Its URI may be absolute; the extension [`Peer`] says where it comes from.
pub type Asked = Request<Vec<u8>>;
/// A reply with its whole body.
pub type Answer = Response<Vec<u8>>;

/// The address a request came from, as the host knows it: what rate limits count by. Absent in a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer(pub String);

/// The largest body a face reads, in bytes.
pub const MAX_BODY: usize = 1 << 20;

/// The path's segments, percent-decoded one by one, so that an encoded slash stays in its segment. `None`: not UTF-8.
pub(super) fn segments(path: &str) -> Option<Vec<String>> {
    let decoded =
        |segment: &str| percent_decode_str(segment).decode_utf8().ok().map(|text| text.into_owned());
    path.strip_prefix('/')?.split('/').map(decoded).collect()
}

/// The first parameter of that name in a query or a form.
pub(super) fn parameter(form: &[u8], name: &str) -> Option<String> {
    form_urlencoded::parse(form).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// A header as text; `None` also for one that is not visible ASCII.
pub(super) fn header_text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// The media type of the body in lower case, without its parameters.
pub(super) fn media_type(headers: &HeaderMap) -> Option<String> {
    let text = header_text(headers, &header::CONTENT_TYPE)?;
    Some(text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

/// `application/json`, `application/…+json`
pub(super) fn is_json(media_type: &str) -> bool {
    media_type
        .strip_prefix("application/")
        .is_some_and(|subtype| subtype == "json" || subtype.ends_with("+json"))
}

/// Where a request was sent, as its sender calls it: host and port.
pub(super) fn host(request: &Asked) -> Option<&str> {
    header_text(request.headers(), &header::HOST)
        .or_else(|| request.uri().authority().map(http::uri::Authority::as_str))
}

/// Is the body a form?
pub(super) fn is_form(request: &Asked) -> bool {
    media_type(request.headers()).as_deref() == Some("application/x-www-form-urlencoded")
}

/// The one JSON value of a body.
pub(super) fn json(body: &[u8]) -> Option<Value<'_>> {
    core::str::from_utf8(body).ok().and_then(Value::parse)
}

/// The status of what the service refused, where a face says nothing else of it. Nothing a client can send ends in a 500.
pub(super) fn status_of(code: Code) -> StatusCode {
    match code {
        Code::InvalidArgument
        | Code::UnknownField
        | Code::InvalidName
        | Code::InvalidPassword
        | Code::InvalidEmail
        | Code::InvalidSettings
        | Code::InvalidId
        | Code::UnknownScope
        | Code::UnknownGroup
        | Code::UnknownKind
        | Code::InvalidCatalogue
        | Code::InvalidPolicy
        | Code::GroupCycle
        | Code::LimitExceeded => StatusCode::BAD_REQUEST,
        Code::BadCredentials
        | Code::AccountDisabled
        | Code::LockedOut
        | Code::UnknownToken
        | Code::ExpiredToken
        | Code::InvalidToken => StatusCode::UNAUTHORIZED,
        Code::Denied
        | Code::CurrentPasswordRequired
        | Code::CurrentPasswordWrong
        | Code::LastAdmin
        | Code::OwnAccount
        | Code::SetupDone
        | Code::SetupNeeded => StatusCode::FORBIDDEN,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::AlreadyExists => StatusCode::CONFLICT,
        Code::Conflict
        | Code::StoreFailed
        | Code::StoreTimeout
        | Code::StoreClosed
        | Code::StoreFull
        | Code::StoreCorrupt
        | Code::StoreTooNew
        | Code::InvalidRange
        | Code::InvalidKey
        | Code::InvalidCommit
        | Code::HashFailed
        | Code::Busy
        | Code::Unsupported
        | Code::Internal => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// A reply with JSON text.
pub(super) fn json_reply(status: StatusCode, body: String) -> Answer {
    let mut answer = Response::new(body.into_bytes());
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}

/// A reply without a body.
pub(super) fn bare_reply(status: StatusCode) -> Answer {
    let mut answer = Response::new(Vec::new());
    *answer.status_mut() = status;
    answer
}

/// Adds a header; a value that cannot stand in one is left out.
pub(super) fn put_header(answer: &mut Answer, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().append(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_keeps_its_slash() {
        let cut = |path| segments(path).unwrap_or_default();
        assert_eq!(cut("/api/users/a%2Fb"), ["api", "users", "a/b"]);
        assert_eq!(cut("/api/users/"), ["api", "users", ""]);
        assert_eq!(segments("/%ff"), None);
        assert_eq!(segments("api"), None);
    }

    #[test]
    fn media_types() {
        assert!(is_json("application/json") && is_json("application/merge-patch+json"));
        assert!(!is_json("text/plain") && !is_json("application/jsonp") && !is_json("text/x+json"));
    }
}
