use wasm_bindgen::JsValue;

use crate::json::{Fault, Writer};
use crate::model::{Code, Error};

/// An error as it crosses: JSON text. What the host threw goes back as it came.
pub(super) fn thrown(error: &Error) -> JsValue {
    if let Some(json) = error.foreign_json() {
        return JsValue::from_str(json);
    }
    let mut out = Writer::default();
    out.open('{').name("code").text(error.code().as_str());
    out.name("message").text(&error.to_string());
    out.name("details").open('{');
    out.text_if("by", error.by());
    out.text_if("field", error.field());
    out.number_if("retryAfter", error.retry_after_ms());
    out.close('}');
    out.close('}');
    JsValue::from_str(&out.end())
}

/// What the host threw: the JSON text of an error, by the border.
pub(super) fn caught(value: &JsValue) -> Error {
    match value.as_string() {
        Some(json) => Error::foreign(json),
        None => Error::new(Code::Internal, "the host threw something that is no error of the border"),
    }
}

/// What is wrong with arguments. The message names the field and never its value: it may be a password.
pub(super) fn refuse(fault: Fault) -> Error {
    let short = |name: String| name.chars().filter(|c| !c.is_control()).take(64).collect::<String>();
    let (code, field, why) = match fault {
        Fault::Malformed => return Error::new(Code::InvalidArgument, "the arguments are malformed"),
        Fault::Unknown(name) => (Code::UnknownField, short(name), "is no field known here"),
        Fault::Missing(path) => (Code::InvalidArgument, short(path), "is missing"),
        Fault::Wrong(path) => {
            let code = match path.rsplit('.').next() {
                Some("settings" | "data") => Code::InvalidSettings,
                Some("id") => Code::InvalidId,
                _ => Code::InvalidArgument,
            };
            (code, short(path), "is of the wrong type or out of its bounds")
        }
    };
    Error::new(code, format!("`{field}` {why}")).at(&field)
}
