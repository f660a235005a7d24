//! The envelope of a request (spec §1.3, §1.6 steps 1 to 3).

use crate::json::{Members, Value};
use crate::model::Secret;

/// A request whose envelope is in order.
#[derive(Debug)]
pub(super) struct Request<'a> {
    pub(super) id: i64,
    /// `Namespace.Method`
    pub(super) method: String,
    pub(super) params: Members<'a>,
    pub(super) token: Option<Secret>,
}

/// The id to answer with, and why there is no request.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Malformed {
    /// Nothing can be told of what it asks for.
    Unreadable(i64, String),
    /// It names no method.
    Unnamed(i64, String),
}

/// What is echoed stays exact where clients read numbers as floats.
const LARGEST: f64 = 9_007_199_254_740_991.0;

/// A number, its fraction rounded, or a text that holds an integer.
fn id_of(value: Value<'_>) -> Option<i64> {
    let exact = |number: &i64| number.unsigned_abs() as f64 <= LARGEST;
    match value.raw().as_bytes().first()? {
        b'"' => value.text()?.trim().parse().ok().filter(exact),
        b'-' | b'0'..=b'9' => {
            let number = value.raw().parse::<f64>().ok()?.round();
            (number.abs() <= LARGEST).then_some(number as i64)
        }
        _ => None,
    }
}

/// # Errors
/// What to answer instead
pub(super) fn parse(bytes: &[u8]) -> Result<Request<'_>, Malformed> {
    let broken = |why: &str| Malformed::Unreadable(-1, format!("Failed to parse JSON data: {why}"));
    let text = core::str::from_utf8(bytes).map_err(|_| broken("it is no UTF-8"))?;
    let members = Value::parse(text).and_then(Value::members).ok_or_else(|| broken("it is malformed"))?;
    let find = |name: &str| members.iter().rev().find(|(key, _)| key == name).map(|(_, value)| *value);
    let id = find("id")
        .and_then(id_of)
        .ok_or_else(|| Malformed::Unreadable(0, "Error parsing command. Missing 'id'".to_owned()))?;
    let method = find("method").and_then(Value::text).unwrap_or_default();
    if method.bytes().filter(|&byte| byte == b'.').count() != 1 {
        let text = format!("Error parsing method. Got: '{method}'', Expected: 'Namespace.method'");
        return Err(Malformed::Unnamed(id, text));
    }
    let params = find("params").and_then(Value::members).unwrap_or_default();
    let token = find("token").and_then(Value::text).filter(|token| !token.is_empty()).map(Secret::new);
    Ok(Request { id, method, params, token })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn fault(json: &str) -> Malformed {
        parse(json.as_bytes()).unwrap_err()
    }

    #[test]
    fn ids() {
        for (json, id) in [("7", 7), ("\"42\"", 42), ("-1", -1), ("1.6", 2), ("\" 5 \"", 5), ("1e2", 100)] {
            let request = format!("{{\"id\":{json},\"method\":\"A.b\"}}");
            assert_eq!(parse(request.as_bytes()).unwrap().id, id, "{json}");
        }
        for json in ["null", "true", "\"x\"", "{}", "1e300", "9007199254740993", "\"1.5\"", "\"1e2\"", "\"\""]
        {
            let request = format!("{{\"id\":{json},\"method\":\"A.b\"}}");
            assert_eq!(
                fault(&request),
                Malformed::Unreadable(0, "Error parsing command. Missing 'id'".into()),
                "{json}"
            );
        }
    }

    #[test]
    fn envelopes() {
        assert!(matches!(fault("{\"id\":1,}"), Malformed::Unreadable(-1, _)));
        assert!(matches!(fault("{\"id\":1,\"method\":\"A.b.c\"}"), Malformed::Unnamed(1, _)));
        let request = parse(b"{\"id\":1,\"method\":\"A.b\",\"params\":[],\"token\":null,\"x\":1}").unwrap();
        assert!(request.token.is_none() && request.params.is_empty());
    }
}
