use crate::json::Value;
use crate::model::{Code, Error, Millis, Result};

const DAY: Millis = 24 * 3_600_000;
/// The longest life of a bearer token: ten years.
const LONGEST: Millis = 3660 * DAY;

/// The face's settings: `vrm.…` of `--set`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Limit requests (§1.6).
    pub rate_limit: bool,
    /// Let anybody in as the demo account, where there is one (§1.5).
    pub demo: bool,
    /// Life of a bearer token.
    pub bearer_lifetime: Millis,
    /// Likewise where the log-in asked to be remembered.
    pub remember_lifetime: Millis,
    /// What the names of MQTT brokers end in (§3.3).
    pub broker_domain: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            rate_limit: true,
            demo: true,
            bearer_lifetime: DAY,
            remember_lifetime: 30 * DAY,
            broker_domain: "localhost".to_owned(),
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
            || Error::new(Code::InvalidArgument, format!("`vrm.{name}` cannot have that value")).at(name);
        let life = || value.number().filter(|life| (1000..=LONGEST).contains(life)).ok_or_else(bad);
        match name {
            "rateLimit" => self.rate_limit = value.flag().ok_or_else(bad)?,
            "demo" => self.demo = value.flag().ok_or_else(bad)?,
            "bearerLifetime" => self.bearer_lifetime = life()?,
            "rememberLifetime" => self.remember_lifetime = life()?,
            "brokerDomain" => {
                let good = |text: &String| {
                    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
                    (1..=200).contains(&text.len()) && text.bytes().all(fits)
                };
                self.broker_domain = value.text().filter(good).ok_or_else(bad)?;
            }
            _ => return Err(Error::new(Code::UnknownField, format!("there is no setting `vrm.{name}`"))),
        }
        Ok(())
    }
}
