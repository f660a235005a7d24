use crate::json::Value;
use crate::model::{Code, Error, Millis, Result};

const MINUTE: Millis = 60_000;
/// No time of a setting is longer: a year, in minutes.
const LONGEST: u64 = 366 * 24 * 60;

/// What becomes of the routes of the time before 1.4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LegacyUsers {
    /// `/api/users…` is served as such (spec §5).
    Direct,
    /// It redirects with 307 (spec §2.10, generation C).
    Redirect,
    /// It is not there (generation N).
    Off,
}

/// The face's settings: `octoprint.…` of `--set`, in the spec's units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Idle time after which a plain session ends (§2.3); minutes, 15 by default.
    pub session_stale_after: Millis,
    /// How long a password counts as just seen (§2.5); minutes, 5 by default, 0: always.
    pub default_reauthentication_timeout: Millis,
    /// Answer cross-origin requests (§3.8).
    pub allow_cross_origin: bool,
    /// Take HTTP Basic credentials (§2.2).
    pub trust_basic_authentication: bool,
    /// Limit failed log-ins by address (§3.7).
    pub rate_limiter: bool,
    /// The routes of §2.10.
    pub legacy_users: LegacyUsers,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            session_stale_after: 15 * MINUTE,
            default_reauthentication_timeout: 5 * MINUTE,
            allow_cross_origin: false,
            trust_basic_authentication: false,
            rate_limiter: true,
            legacy_users: LegacyUsers::Direct,
        }
    }
}

impl Settings {
    /// Sets one by its name without the prefix.
    ///
    /// # Errors
    /// `unknownField` for a name there is not, `invalidArgument` for a value it cannot have
    pub(crate) fn set(&mut self, name: &str, value: Value<'_>) -> Result<()> {
        let bad = || {
            Error::new(Code::InvalidArgument, format!("`octoprint.{name}` cannot have that value")).at(name)
        };
        let minutes = || value.number().filter(|minutes| *minutes <= LONGEST).map(|minutes| minutes * MINUTE);
        match name {
            "sessionStaleAfter" => self.session_stale_after = minutes().ok_or_else(bad)?,
            "defaultReauthenticationTimeout" => {
                self.default_reauthentication_timeout = minutes().ok_or_else(bad)?;
            }
            "allowCrossOrigin" => self.allow_cross_origin = value.flag().ok_or_else(bad)?,
            "trustBasicAuthentication" => self.trust_basic_authentication = value.flag().ok_or_else(bad)?,
            "rateLimiter" => self.rate_limiter = value.flag().ok_or_else(bad)?,
            "legacyUsers" => {
                self.legacy_users = match value.text().as_deref() {
                    Some("direct") => LegacyUsers::Direct,
                    Some("redirect") => LegacyUsers::Redirect,
                    Some("off") => LegacyUsers::Off,
                    _ => return Err(bad()),
                };
            }
            _ => {
                return Err(Error::new(
                    Code::UnknownField,
                    format!("there is no setting `octoprint.{name}`"),
                ));
            }
        }
        Ok(())
    }
}
