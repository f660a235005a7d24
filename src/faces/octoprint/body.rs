//! Bodies of requests (spec §2.1). What has the wrong type is 400.

use http::StatusCode;

use super::fault::Fault;
use crate::faces::web::{Asked, is_json, json, media_type};
use crate::json::Value;
use crate::model::Settings;

/// The members of a body that has to be a JSON object; of two members of one name the last counts.
#[derive(Debug, Default)]
pub(super) struct Body<'a>(Vec<(String, Value<'a>)>);

impl<'a> Body<'a> {
    /// # Errors
    /// 415 for another media type, 400 for anything but an object
    pub(super) fn read(request: &'a Asked) -> Result<Self, Fault> {
        if !media_type(request.headers()).is_some_and(|media| is_json(&media)) {
            return Err(Fault::of(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        Self::parse(request.body()).ok_or_else(|| Fault::of(StatusCode::BAD_REQUEST))
    }

    /// The object in a text, whatever its media type.
    pub(super) fn parse(body: &'a [u8]) -> Option<Self> {
        let members = json(body)?.members()?;
        Some(Self(members.into_iter().map(|(name, value)| (name.into_owned(), value)).collect()))
    }

    /// A member, null included.
    pub(super) fn given(&self, name: &str) -> Option<Value<'a>> {
        self.0.iter().rev().find(|(key, _)| key == name).map(|(_, value)| *value)
    }

    /// A member that is not null.
    pub(super) fn get(&self, name: &str) -> Option<Value<'a>> {
        self.given(name).filter(|value| !value.is_null())
    }

    /// A text that is there, not null and not empty; `missing` is the error's text.
    pub(super) fn full_text(&self, name: &str, missing: &str) -> Result<String, Fault> {
        let Some(value) = self.get(name) else { return Err(Fault::bad(missing)) };
        let text = value.text().ok_or_else(|| Fault::of(StatusCode::BAD_REQUEST))?;
        if text.is_empty() { Err(Fault::bad(missing)) } else { Ok(text) }
    }

    /// An optional text.
    pub(super) fn text(&self, name: &str) -> Result<Option<String>, Fault> {
        self.get(name).map(|value| value.text().ok_or_else(|| Fault::of(StatusCode::BAD_REQUEST))).transpose()
    }

    /// A switch (§2.1): what is not clearly true is false. Absent stays absent.
    pub(super) fn switch(&self, name: &str) -> Result<Option<bool>, Fault> {
        self.given(name).map(switch).transpose()
    }

    /// Keys of groups or permissions: texts, or objects with `key`. Null is absent; a bare text names nothing (§3.2).
    pub(super) fn keys(&self, name: &str) -> Result<Option<Vec<String>>, Fault> {
        self.get(name).map(keys).transpose()
    }

    /// All members, as settings.
    pub(super) fn into_settings(self) -> Settings {
        self.0.into_iter().map(|(name, value)| (name, value.raw().to_owned())).collect()
    }
}

/// # Errors
/// 400 for a list or an object
pub(super) fn switch(value: Value<'_>) -> Result<bool, Fault> {
    if value.raw().starts_with(['[', '{']) {
        return Err(Fault::of(StatusCode::BAD_REQUEST));
    }
    if let Some(text) = value.text() {
        return Ok(is_true(&text));
    }
    let one = |text: &str| {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        whole == "1" && fraction.bytes().all(|byte| byte == b'0')
    };
    Ok(value.flag() == Some(true) || one(value.raw()))
}

/// The texts that count as true.
pub(super) fn is_true(text: &str) -> bool {
    ["true", "yes", "y", "1"].iter().any(|word| text.eq_ignore_ascii_case(word))
}

fn keys(value: Value<'_>) -> Result<Vec<String>, Fault> {
    if value.text().is_some() {
        return Ok(Vec::new());
    }
    let items = value.items().ok_or_else(|| Fault::of(StatusCode::BAD_REQUEST))?;
    // What names no group or permission is dropped (§3.2), whatever its type.
    let key = |item: Value<'_>| {
        item.text().or_else(|| {
            let members = item.members()?;
            members.iter().rev().find(|(name, _)| name == "key").and_then(|(_, value)| value.text())
        })
    };
    Ok(items.into_iter().filter_map(key).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn switches() {
        let of = |text| Value::parse(text).map(switch);
        for text in ["true", "1", "1.0", "\"Yes\"", "\"y\"", "\"TRUE\"", "\"1\""] {
            assert_eq!(of(text), Some(Ok(true)), "{text}");
        }
        for text in ["false", "0", "2", "null", "\"on\"", "\"true \"", "\"\"", "1.5", "-1", "1e0"] {
            assert_eq!(of(text), Some(Ok(false)), "{text}");
        }
        assert!(matches!(of("[]"), Some(Err(_))) && matches!(of("{}"), Some(Err(_))));
    }

    #[test]
    fn lists_of_keys() {
        let of = |text| Body::parse(text).map(|body| body.keys("k"));
        let list = |keys: &[&str]| Some(Ok(Some(keys.iter().map(|&key| key.to_owned()).collect::<Vec<_>>())));
        assert_eq!(of(br#"{"k":["a",{"key":"b"},5,{"x":1}]}"#), list(&["a", "b"]));
        assert_eq!(of(br#"{"k":"admins"}"#), list(&[]));
        assert_eq!(of(br#"{"k":null}"#), Some(Ok(None)));
        assert!(matches!(of(br#"{"k":5}"#), Some(Err(_))));
    }
}
