use super::checks::excerpt;
use crate::model::{Code, Error, Millis, Result, lower};

const SECOND: Millis = 1000;
const MINUTE: Millis = 60 * SECOND;
const DAY: Millis = 24 * 60 * MINUTE;

/// No name is longer, whatever the preset says: every string from outside has a limit.
const MAX_NAME: usize = 256;
/// Likewise for passwords, in bytes.
const MAX_PASSWORD: usize = 1024;

/// The presets: the safe default, and one per protocol, as its specification says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// The safe default.
    Doorward,
    /// `spec/octoprint.md` §3.
    Octoprint,
    /// `spec/nymea.md` §2.6, §4.
    Nymea,
    /// `spec/devicehive.md` §3.
    Devicehive,
    /// `spec/vrm.md` §1.
    Vrm,
}

impl Preset {
    /// The public spelling.
    pub fn name(self) -> &'static str {
        match self {
            Self::Doorward => "doorward",
            Self::Octoprint => "octoprint",
            Self::Nymea => "nymea",
            Self::Devicehive => "devicehive",
            Self::Vrm => "vrm",
        }
    }

    /// By its public spelling.
    ///
    /// # Errors
    /// `invalidPolicy`
    pub fn parse(name: &str) -> Result<Self> {
        [Self::Doorward, Self::Octoprint, Self::Nymea, Self::Devicehive, Self::Vrm]
            .into_iter()
            .find(|preset| preset.name() == name)
            .ok_or_else(|| {
                Error::new(Code::InvalidPolicy, format!("`{}` is no policy", excerpt(name))).at("policy")
            })
    }
}

/// What is done about white space around a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trim {
    /// It makes the name invalid.
    Refuse,
    /// It is cut off.
    Strip,
    /// It is part of the name.
    Keep,
}

/// Which characters make a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamePattern {
    /// Anything.
    Any,
    /// Anything but control characters.
    NoControl,
    /// Somewhere at least three consecutive characters of ASCII letters, digits, `_` and U+002B to U+0040.
    NymeaRun,
    /// Only `A-Z a-z 0-9 _ @ . -`.
    Devicehive,
}

/// When a login name is good, and when two are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NameRule {
    /// Least length in characters.
    pub min: usize,
    /// Greatest length in characters.
    pub max: usize,
    /// White space around it.
    pub trim: Trim,
    /// Its characters.
    pub pattern: NamePattern,
    /// Names are compared without letter case.
    pub fold_case: bool,
    /// The name itself is stored in lower case.
    pub store_lower: bool,
}

/// When a new password is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordRule {
    /// Least length in UTF-16 code units (what clients count).
    pub min: usize,
    /// Greatest length in UTF-16 code units.
    pub max: usize,
    /// One of each of `a-z`, `A-Z`, `0-9`.
    pub mixed: bool,
    /// Line breaks make it invalid.
    pub single_line: bool,
}

/// What happens after wrong passwords.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lockout {
    /// Nothing here; the face has a limiter of its own.
    Never,
    /// After `attempts` in a row each further one has to wait: `base`, doubled each time, up to `max`.
    Backoff {
        /// Wrong passwords that are free.
        attempts: u32,
        /// First waiting time.
        base: Millis,
        /// Longest waiting time.
        max: Millis,
    },
    /// The `attempts`th in a row locks the account until somebody unlocks it.
    Lock {
        /// Wrong passwords until then.
        attempts: u32,
    },
}

/// Which tokens a password change ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revoke {
    /// None.
    Nothing,
    /// Sessions, but not the keys of programs.
    Sessions,
    /// All, but for the one that made the change itself.
    AllOthers,
    /// All.
    All,
}

/// Who has to give the current password to set a new one for himself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CurrentPassword {
    /// Nobody.
    Never,
    /// Everybody.
    Always,
    /// Everybody but administrators (`spec/devicehive.md` §3.4).
    NotAdmins,
}

/// Everything that differs from one way of keeping users to another, as plain data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Where it began.
    pub preset: Preset,
    /// Login names.
    pub name: NameRule,
    /// Passwords.
    pub password: PasswordRule,
    /// Wrong passwords.
    pub lockout: Lockout,
    /// Life of a log-in's session.
    pub session_lifetime: Option<Millis>,
    /// Longest life of any other token.
    pub token_lifetime: Option<Millis>,
    /// Tokens ended when a user changes his own password.
    pub revoke_on_own_change: Revoke,
    /// Tokens ended when somebody else sets it.
    pub revoke_on_reset: Revoke,
    /// Own password changes.
    pub current_password: CurrentPassword,
    /// The last active administrator cannot be removed, disabled or demoted.
    pub last_admin_guard: bool,
    /// Nobody removes, disables or demotes himself.
    pub own_account_guard: bool,
    /// Nobody removes himself (a part of the above that some protocols have alone).
    pub own_removal_guard: bool,
    /// The one API key of a user is kept sealed beside its digest, and shown again to whom the protocol shows it.
    pub show_keys: bool,
    /// An e-mail address is any text, and none to log in by.
    pub free_email: bool,
    /// A new `lastLogin` is written when the old one is at least this old.
    pub last_login_resolution: Millis,
    /// Argon2id: KiB of memory, passes, lanes.
    pub hash: (u32, u32, u32),
    /// Audit entries kept.
    pub audit_max_entries: u64,
    /// Age at which an audit entry goes.
    pub audit_max_age: Millis,
}

impl Policy {
    /// A preset as it stands.
    pub fn of(preset: Preset) -> Self {
        let base = Self {
            preset,
            name: NameRule {
                min: 1,
                max: MAX_NAME,
                trim: Trim::Refuse,
                pattern: NamePattern::NoControl,
                fold_case: true,
                store_lower: false,
            },
            password: PasswordRule { min: 8, max: MAX_PASSWORD, mixed: false, single_line: false },
            lockout: Lockout::Backoff { attempts: 5, base: SECOND, max: 15 * MINUTE },
            session_lifetime: Some(30 * DAY),
            token_lifetime: None,
            revoke_on_own_change: Revoke::AllOthers,
            revoke_on_reset: Revoke::All,
            current_password: CurrentPassword::Always,
            last_admin_guard: true,
            own_account_guard: true,
            own_removal_guard: true,
            show_keys: false,
            free_email: false,
            last_login_resolution: 0,
            hash: (19_456, 2, 1),
            audit_max_entries: 100_000,
            audit_max_age: 400 * DAY,
        };
        let open = Self {
            last_admin_guard: false,
            own_account_guard: false,
            own_removal_guard: false,
            ..base.clone()
        };
        match preset {
            Preset::Doorward => base,
            // §3.1, §3.3, §2.3: any characters, exact letter case, no password rule but "not empty" on change; the
            // cookie sessions end with the password, API keys stay; the only guard is against deleting oneself.
            Preset::Octoprint => Self {
                name: NameRule { pattern: NamePattern::Any, fold_case: false, ..base.name },
                password: PasswordRule { min: 1, ..base.password },
                lockout: Lockout::Never,
                revoke_on_own_change: Revoke::Sessions,
                revoke_on_reset: Revoke::Sessions,
                own_removal_guard: true,
                show_keys: true,
                ..open
            },
            // §2.5, §2.6, §3.3, §4, D1, D5: lower-case names, any e-mail, mixed passwords, tokens never expire, a reset ends all tokens,
            // an own change none, and nothing protects the last administrator.
            Preset::Nymea => Self {
                name: NameRule {
                    min: 3,
                    trim: Trim::Keep,
                    pattern: NamePattern::NymeaRun,
                    store_lower: true,
                    ..base.name
                },
                password: PasswordRule { mixed: true, ..base.password },
                lockout: Lockout::Never,
                session_lifetime: None,
                revoke_on_own_change: Revoke::Nothing,
                revoke_on_reset: Revoke::All,
                current_password: CurrentPassword::Never,
                free_email: true,
                ..open
            },
            // §0, §1.5, §3: exact letter case, 6 to 128 characters on one line, ten attempts, no automatic unlocking.
            Preset::Devicehive => Self {
                name: NameRule {
                    min: 3,
                    max: 128,
                    trim: Trim::Strip,
                    pattern: NamePattern::Devicehive,
                    fold_case: false,
                    store_lower: false,
                },
                password: PasswordRule { min: 6, max: 128, mixed: false, single_line: true },
                lockout: Lockout::Lock { attempts: 10 },
                revoke_on_own_change: Revoke::Nothing,
                revoke_on_reset: Revoke::Nothing,
                current_password: CurrentPassword::NotAdmins,
                own_removal_guard: true,
                last_login_resolution: SECOND,
                ..open
            },
            // §1.2, §1.5: a day's bearer tokens; the face has a rate limit. What is not published stays as safe as the default.
            Preset::Vrm => Self { lockout: Lockout::Never, session_lifetime: Some(DAY), ..base },
        }
    }

    /// A name as it will be stored, and the key it is compared by.
    ///
    /// # Errors
    /// `invalidName`
    pub fn check_name(&self, name: &str) -> Result<(String, String)> {
        let rule = &self.name;
        let bad = |why: &str| {
            Err(Error::new(Code::InvalidName, format!("`{}` cannot be a login name: {why}", excerpt(name)))
                .at("name"))
        };
        let trimmed = name.trim();
        if trimmed.is_empty() && rule.trim != Trim::Keep {
            return bad("it is empty");
        }
        let kept = match rule.trim {
            Trim::Strip => trimmed,
            Trim::Refuse if trimmed != name => return bad("it begins or ends with white space"),
            Trim::Refuse | Trim::Keep => name,
        };
        let length = kept.chars().count();
        if length < rule.min || length > rule.max {
            return bad(&format!("it has to be {} to {} characters long", rule.min, rule.max));
        }
        let good = match rule.pattern {
            NamePattern::Any => true,
            NamePattern::NoControl => !kept.chars().any(char::is_control),
            NamePattern::NymeaRun => {
                longest_run(kept, |c| c.is_ascii_alphanumeric() || c == '_' || ('+'..='@').contains(&c)) >= 3
            }
            NamePattern::Devicehive => {
                kept.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '@' | '.' | '-'))
            }
        };
        if !good {
            return bad("it holds a character that is not allowed");
        }
        let stored = if rule.store_lower { lower(kept) } else { kept.to_owned() };
        let key = self.name_key(&stored);
        // Lower-casing can make a name longer than it was (U+0130); the storage limit is in bytes.
        if key.len() > MAX_NAME * 4 {
            return bad("it is too long");
        }
        Ok((stored, key))
    }

    /// The key a name is looked up by. Any text may be asked for; only a good name is ever found.
    pub fn name_key(&self, name: &str) -> String {
        let name = if self.name.trim == Trim::Strip { name.trim() } else { name };
        if self.name.fold_case { lower(name) } else { name.to_owned() }
    }

    /// # Errors
    /// `invalidPassword`; the message never holds the password
    pub fn check_password(&self, password: &str) -> Result<()> {
        let rule = &self.password;
        let bad = |why: String| Err(Error::new(Code::InvalidPassword, why).at("password"));
        if password.is_empty() {
            return bad("the password is empty".into());
        }
        check_password_length(password)?;
        let length = password.encode_utf16().count();
        if length < rule.min || length > rule.max {
            return bad(format!("the password has to be {} to {} characters long", rule.min, rule.max));
        }
        if rule.single_line && password.contains(['\n', '\r']) {
            return bad("the password holds a line break".into());
        }
        let has = |test: fn(char) -> bool| password.chars().any(test);
        if rule.mixed
            && !(has(|c| c.is_ascii_lowercase())
                && has(|c| c.is_ascii_uppercase())
                && has(|c| c.is_ascii_digit()))
        {
            return bad("the password needs a lower-case letter, an upper-case letter and a digit".into());
        }
        Ok(())
    }
}

/// A password that is longer is not even hashed, at log-in neither.
///
/// # Errors
/// `invalidPassword`
pub(super) fn check_password_length(password: &str) -> Result<()> {
    if password.len() > MAX_PASSWORD {
        return Err(Error::new(
            Code::InvalidPassword,
            format!("the password is longer than {MAX_PASSWORD} bytes"),
        )
        .at("password"));
    }
    Ok(())
}

fn longest_run(text: &str, test: impl Fn(char) -> bool) -> usize {
    text.chars()
        .fold((0, 0), |(longest, run), c| {
            let run = if test(c) { run + 1 } else { 0 };
            (usize::max(longest, run), run)
        })
        .0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(preset: Preset, name: &str) -> bool {
        Policy::of(preset).check_name(name).is_ok()
    }

    #[test]
    fn names() {
        for bad in ["", "   ", " a", "a ", "a\u{7}b", &"x".repeat(257)] {
            assert!(!accepts(Preset::Doorward, bad), "{bad:?}");
        }
        assert!(accepts(Preset::Doorward, "Ann Smith") && accepts(Preset::Doorward, "ö"));
        for (name, good) in
            [("éé abc", true), ("a b c", false), ("ab", false), ("@", false), ("", false), ("a.b", true)]
        {
            assert_eq!(accepts(Preset::Nymea, name), good, "{name:?}");
        }
        assert!(
            !accepts(Preset::Devicehive, "a b")
                && !accepts(Preset::Devicehive, "ab")
                && accepts(Preset::Devicehive, " dh_admin-1@x.y ")
        );
        assert!(accepts(Preset::Octoprint, "a/b|c\nd") && !accepts(Preset::Octoprint, "b "));
    }

    #[test]
    fn letter_case() -> Result<()> {
        let key = |preset, name: &str| Policy::of(preset).check_name(name);
        assert_eq!(key(Preset::Doorward, "Ann")?, ("Ann".into(), "ann".into()));
        assert_eq!(key(Preset::Nymea, "Ann")?, ("ann".into(), "ann".into()));
        assert_eq!(key(Preset::Octoprint, "Ann")?, ("Ann".into(), "Ann".into()));
        assert_eq!(key(Preset::Devicehive, " Ann ")?, ("Ann".into(), "Ann".into()));
        Ok(())
    }

    #[test]
    fn passwords() {
        let accepts = |preset, password: &str| Policy::of(preset).check_password(password).is_ok();
        assert!(
            accepts(Preset::Nymea, "Admin123")
                && !accepts(Preset::Nymea, "admin123")
                && !accepts(Preset::Nymea, "Adm1")
        );
        assert!(
            accepts(Preset::Devicehive, "secret")
                && !accepts(Preset::Devicehive, "secre")
                && !accepts(Preset::Devicehive, "sec\nret")
        );
        assert!(accepts(Preset::Octoprint, "x") && !accepts(Preset::Octoprint, ""));
        assert!(!accepts(Preset::Doorward, "seven77") && accepts(Preset::Doorward, "eight888"));
        assert!(!accepts(Preset::Doorward, &"ä".repeat(513)), "1,026 bytes");
    }
}
