//! The protocol faces: a request of an existing protocol in, its reply out. They know no sockets, no clock and no storage
//! key; they act through the service, as the one a request comes from.
//!
//! | Face | Where | Specification |
//! | --- | --- | --- |
//! | [`devicehive`] | `/dh/rest/…` | `spec/devicehive.md` |
//! | [`octoprint`] | `/api/…` | `spec/octoprint.md` |
//! | [`nymea`] | bytes of connections | `spec/nymea.md` |
//! | [`vrm`] | `/v2/…` | `spec/vrm.md` |

pub mod devicehive;
mod jwt;
pub mod nymea;
pub mod octoprint;
mod time;
pub mod vrm;
mod web;

use core::fmt::Debug;

use http::StatusCode;

use self::devicehive::Devicehive;
use self::nymea::Nymea;
use self::octoprint::Octoprint;
use self::vrm::Vrm;
pub use self::web::{Answer, Asked, MAX_BODY, Peer};
use crate::json::Value;
use crate::model::{Code, Error, Millis, Result};
use crate::rules::{Lockout, Policy, ScopeDef, Seed};
use crate::service::{Door, Host, Store};

/// The scopes of all faces, each under its prefix.
pub fn scopes() -> Vec<ScopeDef> {
    let mut scopes = octoprint::scopes();
    scopes.extend(devicehive::scopes());
    scopes.extend(vrm::scopes());
    scopes.extend(nymea::scopes());
    scopes
}

/// The groups that come with the faces.
pub fn seeds() -> Vec<Seed> {
    vec![octoprint::seed()]
}

/// The settings of all faces.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// `devicehive.…`
    pub devicehive: devicehive::Settings,
    /// `devicehive.login.maxAttempts`: overrules the policy.
    pub max_attempts: Option<u32>,
    /// `devicehive.login.lastTimeout`, in milliseconds: overrules the policy.
    pub last_timeout: Option<Millis>,
    /// `octoprint.…`
    pub octoprint: octoprint::Settings,
    /// `nymea.…`
    pub nymea: nymea::Settings,
    /// `octoprint.showKeys`: overrules the policy.
    pub show_keys: Option<bool>,
    /// `vrm.…`
    pub vrm: vrm::Settings,
}

impl Settings {
    /// From JSON: an object a face, with its settings by name.
    ///
    /// # Errors
    /// `unknownField` for a face or a setting there is not, `invalidArgument` for a value it cannot have
    pub fn parse(json: &str) -> Result<Self> {
        let mut settings = Self::default();
        let bad =
            || Error::new(Code::InvalidArgument, "the settings of faces are an object a face").at("faces");
        for (face, value) in Value::parse(json).and_then(Value::members).ok_or_else(bad)? {
            for (name, value) in value.members().ok_or_else(bad)? {
                match (&*face, &*name) {
                    ("octoprint", "showKeys") => settings.show_keys = Some(value.flag().ok_or_else(bad)?),
                    ("devicehive", "login.maxAttempts") => {
                        settings.max_attempts = Some(value.small().filter(|most| *most > 0).ok_or_else(bad)?);
                    }
                    ("devicehive", "login.lastTimeout") => {
                        settings.last_timeout = Some(value.number().ok_or_else(bad)?);
                    }
                    ("devicehive", name) => settings.devicehive.set(name, value)?,
                    ("octoprint", name) => settings.octoprint.set(name, value)?,
                    ("vrm", name) => settings.vrm.set(name, value)?,
                    ("nymea", name) => settings.nymea.set(name, value)?,
                    _ => {
                        let shown: String =
                            face.chars().filter(char::is_ascii_alphanumeric).take(40).collect();
                        return Err(
                            Error::new(Code::UnknownField, format!("there is no face `{shown}`")).at("faces")
                        );
                    }
                }
            }
        }
        Ok(settings)
    }

    /// What of them is the policy's.
    pub fn apply_to(&self, policy: &mut Policy) {
        policy.show_keys = self.show_keys.unwrap_or(policy.show_keys);
        policy.last_login_resolution = self.last_timeout.unwrap_or(policy.last_login_resolution);
        if let Some(attempts) = self.max_attempts {
            policy.lockout = Lockout::Lock { attempts };
        }
    }
}

/// All faces on one door.
#[derive(Debug)]
pub struct Faces<S, H> {
    devicehive: Devicehive<S, H>,
    octoprint: Octoprint<S, H>,
    vrm: Vrm<S, H>,
    nymea: Nymea<S, H>,
}

impl<S: Store + Debug + 'static, H: Host + Debug + 'static> Faces<S, H> {
    /// The faces with their settings.
    pub fn new(door: &Door<S, H>, settings: Settings) -> Self {
        Self {
            devicehive: Devicehive::new(door.clone(), settings.devicehive),
            nymea: Nymea::new(door.clone(), settings.nymea),
            octoprint: Octoprint::new(door.clone(), settings.octoprint),
            vrm: Vrm::new(door.clone(), settings.vrm),
        }
    }

    /// The face that speaks over connections.
    pub fn nymea(&self) -> Nymea<S, H> {
        self.nymea.clone()
    }

    /// Answers a request by the face whose path it is; 404 where it is none's.
    pub async fn handle(&self, request: &Asked) -> Answer {
        if let Some(path) = self.devicehive.below(request.uri().path()) {
            return self.devicehive.handle(request, path).await;
        }
        if let Some(path) = Vrm::<S, H>::below(request.uri().path()) {
            return self.vrm.handle(request, path).await;
        }
        if Octoprint::<S, H>::owns(request.uri().path()) {
            return self.octoprint.handle(request).await;
        }
        web::json_reply(StatusCode::NOT_FOUND, "{\"error\":\"There is no face at this path\"}".to_owned())
    }
}
