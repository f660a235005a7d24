use super::fault::Fault;
use crate::faces::web::{Asked, json};
use crate::json::Value;

/// The members of a body: JSON whatever the header says (spec §1.1). Of two members of one name the last counts, unknown
/// ones are not looked at, and null counts as absent.
#[derive(Debug)]
pub(super) struct Body<'a>(Vec<(String, Value<'a>)>);

impl<'a> Body<'a> {
    /// # Errors
    /// 400 for anything but one JSON object
    pub(super) fn read(request: &'a Asked) -> Result<Self, Fault> {
        let object = || Fault::bad("The body has to be a JSON object");
        let members = json(request.body()).and_then(Value::members).ok_or_else(object)?;
        Ok(Self(members.into_iter().map(|(name, value)| (name.into_owned(), value)).collect()))
    }

    pub(super) fn get(&self, name: &str) -> Option<Value<'a>> {
        let found = self.0.iter().rev().find(|(key, _)| key == name).map(|(_, value)| *value);
        found.filter(|value| !value.is_null())
    }

    /// A text that has to be there and is not empty.
    ///
    /// # Errors
    /// 400
    pub(super) fn text(&self, name: &'static str) -> Result<String, Fault> {
        let value = self.get(name).ok_or_else(|| Fault::missing(name))?;
        let text = value.text().ok_or_else(|| Fault::invalid(name, "has to be a string"))?;
        if text.is_empty() { Err(Fault::missing(name)) } else { Ok(text) }
    }

    /// A switch; absent is off.
    ///
    /// # Errors
    /// 400
    pub(super) fn flag(&self, name: &'static str) -> Result<bool, Fault> {
        let wrong = || Fault::invalid(name, "has to be true or false");
        self.get(name).map_or(Ok(false), |value| value.flag().ok_or_else(wrong))
    }
}
