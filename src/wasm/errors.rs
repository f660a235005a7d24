use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;

use crate::model::{Code, Error, Result};

#[derive(Serialize)]
struct ErrorForm<'a> {
    code: &'a str,
    message: String,
    details: Details<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Details<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
}

/// An error as it crosses: JSON text. What the host threw goes back as it came.
pub(super) fn thrown(error: &Error) -> JsValue {
    if let Some(json) = error.foreign_json() {
        return JsValue::from_str(json);
    }
    let details = Details { by: error.by(), field: error.field(), retry_after: error.retry_after_ms() };
    let form = ErrorForm { code: error.code().as_str(), message: error.to_string(), details };
    JsValue::from_str(&serde_json::to_string(&form).unwrap_or_default())
}

/// What the host threw: the JSON text of an error, by the border.
pub(super) fn caught(value: &JsValue) -> Error {
    match value.as_string() {
        Some(json) => Error::foreign(json),
        None => Error::new(Code::Internal, "the host threw something that is no error of the border"),
    }
}

/// Arguments from JSON. The message names the field and never its value: it may be a password.
pub(super) fn arguments<T: DeserializeOwned>(json: &str) -> Result<T> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let why = error.inner().to_string();
        let quoted = |prefix: &str| {
            why.strip_prefix(prefix).and_then(|rest| rest.split('`').next()).map(str::to_owned)
        };
        let short = |name: &str| name.chars().filter(|c| !c.is_control()).take(64).collect::<String>();
        if let Some(name) = quoted("unknown field `") {
            return Error::new(Code::UnknownField, format!("`{}` is no field known here", short(&name)))
                .at(&short(&name));
        }
        if let Some(name) = quoted("missing field `") {
            return Error::new(Code::InvalidArgument, format!("`{}` is missing", short(&name)))
                .at(&short(&name));
        }
        let field = short(&path);
        let code = match path.rsplit('.').next() {
            Some("settings" | "data") => Code::InvalidSettings,
            Some("id") => Code::InvalidId,
            _ => Code::InvalidArgument,
        };
        if field == "." || field.is_empty() {
            return Error::new(Code::InvalidArgument, "the arguments are malformed");
        }
        Error::new(code, format!("`{field}` is of the wrong type or out of its bounds")).at(&field)
    })
}
