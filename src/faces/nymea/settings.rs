use crate::json::Value;
use crate::model::{Code, Error, Result};

/// Which of the two notifications tells that push-button authentication has finished (spec D3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PushButtonNotifications {
    /// Both, that of `JSONRPC` first.
    #[default]
    Both,
    /// That of the API document.
    Users,
    /// That of the servers in the field.
    Jsonrpc,
}

/// The settings of the face: `nymea.…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// What users see as the name of the server.
    pub name: String,
    /// The server's id, in lower case without braces. None: one that is made with the store.
    pub uuid: Option<String>,
    /// What `Hello` says; clients may refuse a major version they do not know.
    pub protocol_version: String,
    /// Which notifications tell that push-button authentication has finished.
    pub push_button_notifications: PushButtonNotifications,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            name: "Doorward".into(),
            uuid: None,
            protocol_version: "9.0".into(),
            push_button_notifications: PushButtonNotifications::Both,
        }
    }
}

impl Settings {
    /// Sets one by its name without the prefix.
    ///
    /// # Errors
    /// `unknownField` for a name there is not, `invalidArgument` for a value it cannot have
    pub(crate) fn set(&mut self, name: &str, value: Value<'_>) -> Result<()> {
        let bad =
            || Error::new(Code::InvalidArgument, format!("`nymea.{name}` cannot have that value")).at(name);
        let text = || value.text().filter(|text| text.len() <= 256).ok_or_else(bad);
        match name {
            "name" => self.name = text()?,
            "uuid" => self.uuid = Some(super::params::uuid(&text()?).ok_or_else(bad)?),
            "protocolVersion" => self.protocol_version = text()?,
            "pushButtonNotifications" => {
                self.push_button_notifications = match text()?.as_str() {
                    "both" => PushButtonNotifications::Both,
                    "users" => PushButtonNotifications::Users,
                    "jsonrpc" => PushButtonNotifications::Jsonrpc,
                    _ => return Err(bad()),
                };
            }
            _ => {
                return Err(Error::new(Code::UnknownField, format!("there is no setting `nymea.{name}`")));
            }
        }
        Ok(())
    }
}
