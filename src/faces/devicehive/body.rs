//! Bodies of requests (spec §1.1): JSON whatever the header says, `null` means absent.

use http::StatusCode;

use super::fault::Fault;
use crate::faces::web::{Asked, is_json, json, media_type};
use crate::json::Value;

/// A body, possibly none.
#[derive(Debug)]
pub(super) struct Body<'a>(Option<Fields<'a>>);

impl<'a> Body<'a> {
    /// # Errors
    /// 415 for another media type, 400 for what is no JSON object
    pub(super) fn read(request: &'a Asked) -> Result<Self, Fault> {
        let media = media_type(request.headers());
        if media.is_some_and(|media| !is_json(&media)) && !request.body().is_empty() {
            return Err(Fault::says(StatusCode::UNSUPPORTED_MEDIA_TYPE, "HTTP 415 Unsupported Media Type"));
        }
        if request.body().iter().all(u8::is_ascii_whitespace) {
            return Ok(Self(None));
        }
        let value = json(request.body()).ok_or_else(Fault::parameters)?;
        if value.is_null() {
            return Ok(Self(None));
        }
        let members = value.members().ok_or_else(Fault::parameters)?;
        Ok(Self(Some(Fields(members.into_iter().map(|(name, value)| (name.into_owned(), value)).collect()))))
    }

    /// No body is taken.
    pub(super) fn none() -> Self {
        Self(None)
    }

    /// The members; `None`: there is no body.
    pub(super) fn fields(self) -> Option<Fields<'a>> {
        self.0
    }

    /// The members of an object that has to be there.
    ///
    /// # Errors
    /// 400
    pub(super) fn needed(self) -> Result<Fields<'a>, Fault> {
        self.0.ok_or_else(|| Fault::bad("Error! Validation failed: Object is null"))
    }
}

/// Members by name; of two of one name the last counts, unknown ones are not looked at.
#[derive(Debug, Clone, Default)]
pub(super) struct Fields<'a>(Vec<(String, Value<'a>)>);

impl<'a> Fields<'a> {
    /// A member that is there and not null.
    pub(super) fn get(&self, name: &str) -> Option<Value<'a>> {
        let found = self.0.iter().rev().find(|(key, _)| key == name).map(|(_, value)| *value);
        found.filter(|value| !value.is_null())
    }

    fn read<T>(&self, name: &str, read: fn(Value<'a>) -> Option<T>) -> Result<Option<T>, Fault> {
        self.get(name).map(|value| read(value).ok_or_else(Fault::parameters)).transpose()
    }

    /// A text; a number or a switch counts as its text (§4.3).
    pub(super) fn text(&self, name: &str) -> Result<Option<String>, Fault> {
        self.read(name, |value| {
            let plain = !value.raw().starts_with(['[', '{', '"']);
            value.text().or_else(|| plain.then(|| value.raw().to_owned()))
        })
    }

    /// A whole number, also as digits in a text.
    pub(super) fn integer(&self, name: &str) -> Result<Option<i64>, Fault> {
        self.read(name, |value| value.whole().or_else(|| value.text()?.parse().ok()))
    }

    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, Fault> {
        self.read(name, Value::flag)
    }

    pub(super) fn items(&self, name: &str) -> Result<Option<Vec<Value<'a>>>, Fault> {
        self.read(name, Value::items)
    }
}
