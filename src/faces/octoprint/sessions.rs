use std::collections::HashMap;

use crate::model::{Digest, Millis, UserId};

/// Sessions that live at once; beyond, the one that has been idle longest ends.
const SESSIONS: usize = 10_000;

/// How somebody came in (spec §2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mechanism {
    /// By name and password.
    Password,
    /// By the remember-me cookie.
    RememberMe,
    /// By a key.
    ApiKey,
    /// By HTTP Basic.
    AuthHeader,
}

impl Mechanism {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::RememberMe => "remember_me",
            Self::ApiKey => "apikey",
            Self::AuthHeader => "authheader",
        }
    }

    /// Can the recent-credentials check fail for it?
    pub(super) fn ages(self) -> bool {
        matches!(self, Self::Password | Self::RememberMe)
    }
}

/// A log-in by cookie. It lives in memory: a restart ends it (§2.3).
#[derive(Debug, Clone)]
pub(super) struct Web {
    /// What replies call it; not what the cookie holds.
    pub(super) id: String,
    pub(super) user: UserId,
    /// Of the password at the time: any change of it ends the session.
    pub(super) mark: Digest,
    pub(super) mechanism: Mechanism,
    /// When the password was last seen.
    pub(super) seen: Option<Millis>,
    /// The last request.
    pub(super) used: Millis,
}

/// By the digest of the cookie's value, so that the value itself is kept nowhere.
#[derive(Debug, Default)]
pub(super) struct Sessions(HashMap<Digest, Web>);

impl Sessions {
    /// The session, if it is not stale; a stale one ends here.
    pub(super) fn find(&mut self, cookie: Digest, now: Millis, stale_after: Millis) -> Option<Web> {
        let web = self.0.get(&cookie)?;
        if now.saturating_sub(web.used) > stale_after {
            self.0.remove(&cookie);
            return None;
        }
        Some(web.clone())
    }

    pub(super) fn put(&mut self, cookie: Digest, web: Web) {
        if self.0.len() >= SESSIONS && !self.0.contains_key(&cookie) {
            let idle = self.0.iter().min_by_key(|(_, web)| web.used).map(|(cookie, _)| *cookie);
            if let Some(idle) = idle {
                self.0.remove(&idle);
            }
        }
        self.0.insert(cookie, web);
    }

    pub(super) fn end(&mut self, cookie: Digest) {
        self.0.remove(&cookie);
    }

    /// Notes a request.
    pub(super) fn touch(&mut self, cookie: Digest, now: Millis) {
        if let Some(web) = self.0.get_mut(&cookie) {
            web.used = now;
        }
    }
}
