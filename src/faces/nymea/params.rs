//! Parameters of a method, checked against its declaration (spec §1.7).

use std::borrow::Cow;

use super::schema::{Kind, Method, bare};
use super::scopes::{Mask, NONE};
use crate::json::{Members, Value};
use crate::model::TokenId;

/// A parameter as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Given {
    Text(String),
    Flag(bool),
    Texts(Vec<String>),
    Scopes(Mask),
}

/// Checked parameters.
#[derive(Debug, Default)]
pub(super) struct Params(Vec<(&'static str, Given)>);

impl Drop for Params {
    /// They may hold passwords.
    fn drop(&mut self) {
        for (_, given) in &mut self.0 {
            if let Given::Text(text) = given {
                zeroize::Zeroize::zeroize(text);
            }
        }
    }
}

/// A UUID as tokens have them, in lower case without braces. It may have come with them, and in any case.
pub(super) fn uuid(text: &str) -> Option<String> {
    let bare = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(text);
    if bare.len() != 36 {
        return None;
    }
    TokenId::parse(bare).map(|id| id.to_string())
}

fn shown(value: Value<'_>) -> String {
    value.text().unwrap_or_else(|| value.raw().to_owned())
}

/// A text; numbers and booleans become one.
fn text(value: Value<'_>) -> Option<String> {
    match value.raw().as_bytes().first() {
        Some(b'"') => value.text(),
        Some(b'-' | b'0'..=b'9' | b't' | b'f') => Some(value.raw().to_owned()),
        _ => None,
    }
}

fn read(kind: Kind, value: Value<'_>) -> Result<Given, String> {
    match kind {
        Kind::Uuid => {
            let text = value.text().as_deref().and_then(uuid);
            text.map(Given::Text).ok_or_else(|| format!("Invalid Uuid: {}", shown(value)))
        }
        Kind::Uuids => {
            let items = value.items().ok_or_else(|| unfit("List", value))?;
            let item = |item: Value<'_>| {
                item.text().as_deref().and_then(uuid).ok_or_else(|| format!("Invalid Uuid: {}", shown(item)))
            };
            items.into_iter().map(item).collect::<Result<_, _>>().map(Given::Texts)
        }
        Kind::Texts => {
            let items = value.items().ok_or_else(|| unfit("StringList", value))?;
            let item = |item: Value<'_>| text(item).ok_or_else(|| unfit("String", item));
            items.into_iter().map(item).collect::<Result<_, _>>().map(Given::Texts)
        }
        Kind::Bool => match text(value) {
            // A number is false where it is zero, however it is spelled.
            Some(number) if !value.raw().starts_with('"') && number.parse() == Ok(0.0) => {
                Ok(Given::Flag(false))
            }
            Some(text) => {
                let text = text.to_ascii_lowercase();
                Ok(Given::Flag(!matches!(text.as_str(), "false" | "0" | "")))
            }
            None => Err(unfit("Bool", value)),
        },
        Kind::Ref(name) => {
            let items =
                value.items().ok_or_else(|| format!("Expected flags {name} but got {}", shown(value)))?;
            let member = |mask: Mask, item: Value<'_>| {
                let named = item.text().as_deref().and_then(Mask::named);
                let bad = || format!("Expected enum value for PermissionScope but got {}", shown(item));
                named.map(|other| mask.with(other)).ok_or_else(bad)
            };
            items.into_iter().try_fold(NONE, member).map(Given::Scopes)
        }
        Kind::Text | Kind::Int | Kind::Uint | Kind::Object => {
            text(value).map(Given::Text).ok_or_else(|| unfit("String", value))
        }
    }
}

fn unfit(expected: &str, value: Value<'_>) -> String {
    format!("Invalid value. Expected: {expected}, Got: {}", shown(value))
}

impl Params {
    /// Checks what was given; the first offender is told, as the reply's `error` says it.
    pub(super) fn check(method: &Method, mut given: Members<'_>) -> Result<Self, String> {
        let name = method.name;
        let missing = method
            .params
            .iter()
            .map(|(key, _)| bare(key))
            .find(|&(key, optional)| !optional && !given.iter().any(|(given, _)| given == key));
        if let Some((key, _)) = missing {
            return Err(format!("Invalid params: Missing required key: {key} in {name}, param {key}"));
        }
        // Of two of one name the last counts: it comes last, and is looked for from the end.
        given.sort_by(|(a, _), (b, _)| a.cmp(b));
        let mut params = Self::default();
        for (key, value) in given {
            let declared = method.params.iter().map(|(key, kind)| (bare(key).0, *kind));
            let Some((key, kind)) = declared.clone().find(|(declared, _)| Cow::Borrowed(*declared) == key)
            else {
                return Err(format!("Invalid params: Invalid key: {key} in {name}, param "));
            };
            let value = read(kind, value)
                .map_err(|what| format!("Invalid params: {what} in {name}, param {key}."))?;
            params.0.push((key, value));
        }
        Ok(params)
    }

    fn given(&self, name: &str) -> Option<&Given> {
        self.0.iter().rev().find(|(key, _)| *key == name).map(|(_, given)| given)
    }

    pub(super) fn maybe_text(&self, name: &str) -> Option<&str> {
        match self.given(name) {
            Some(Given::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// A text that has to be there, by the declaration.
    pub(super) fn text(&self, name: &str) -> &str {
        self.maybe_text(name).unwrap_or_default()
    }

    pub(super) fn texts(&self, name: &str) -> Option<&[String]> {
        match self.given(name) {
            Some(Given::Texts(texts)) => Some(texts),
            _ => None,
        }
    }

    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        match self.given(name) {
            Some(Given::Flag(flag)) => Some(*flag),
            _ => None,
        }
    }

    pub(super) fn scopes(&self, name: &str) -> Option<Mask> {
        match self.given(name) {
            Some(Given::Scopes(mask)) => Some(*mask),
            _ => None,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::super::schema::METHODS;
    use super::*;

    fn check(name: &str, json: &str) -> Result<Params, String> {
        let method = METHODS.iter().find(|method| method.name == name).unwrap();
        Params::check(method, Value::parse(json).unwrap().members().unwrap())
    }

    fn fault(name: &str, json: &str) -> String {
        let text = check(name, json).unwrap_err();
        text.strip_prefix("Invalid params: ").unwrap().to_owned()
    }

    #[test]
    fn the_first_offender_is_told() {
        let create = "Users.CreateUser";
        assert_eq!(
            fault(create, "{\"x\":1}"),
            "Missing required key: password in Users.CreateUser, param password"
        );
        assert_eq!(
            fault(create, "{\"username\":null,\"password\":1,\"a\":1}"),
            "Invalid key: a in Users.CreateUser, param "
        );
        assert_eq!(
            fault(create, "{\"username\":null,\"password\":1}"),
            "Invalid value. Expected: String, Got: null in Users.CreateUser, param username."
        );
        assert_eq!(
            fault(create, "{\"username\":\"a\",\"password\":\"b\",\"scopes\":[\"PermissionScopeAdmin\",7]}"),
            "Expected enum value for PermissionScope but got 7 in Users.CreateUser, param scopes."
        );
        assert_eq!(
            fault("Users.RemoveToken", "{\"tokenId\":\"x\"}"),
            "Invalid Uuid: x in Users.RemoveToken, param tokenId."
        );
    }

    #[test]
    fn values_are_converted() {
        let id = "{\"sessionId\":";
        for (json, text) in [("\"a\"", "a"), ("7", "7"), ("true", "true"), ("-1.5e3", "-1.5e3")] {
            assert_eq!(check("JSONRPC.KeepAlive", &format!("{id}{json}}}")).unwrap().text("sessionId"), text);
        }
        for (json, flag) in [
            ("true", true),
            ("\"false\"", false),
            ("\"0\"", false),
            ("\"\"", false),
            ("1", true),
            ("0.0", false),
            ("\"FALSE\"", false),
        ] {
            let params = check("JSONRPC.SetNotificationStatus", &format!("{{\"enabled\":{json}}}")).unwrap();
            assert_eq!(params.flag("enabled"), Some(flag), "{json}");
        }
        let upper = "{99999999-9999-4999-8999-99999999999A}";
        assert_eq!(uuid(upper).as_deref(), Some("99999999-9999-4999-8999-99999999999a"));
        assert_eq!(uuid("9999999999994999899999999999999a"), None);
    }

    #[test]
    fn of_two_the_last_counts() {
        let params = check("JSONRPC.KeepAlive", "{\"sessionId\":\"a\",\"sessionId\":\"b\"}").unwrap();
        assert_eq!(params.text("sessionId"), "b");
    }
}
