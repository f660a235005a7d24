//! VRM's API: log-in, and the `users` operations: access tokens, sites and the current user.
//!
//! Where the specification leaves a choice:
//! - an access token is a token of the kind `access`; one with scopes of its own has to hold `vrm:FULL_ACCESS`, and what is
//!   made through it reaches and lasts no further than it does (§2.1; Doorward's own rule);
//! - a code of the second factor is good once, wrong ones have to wait (429), and a recovery code stands for one (§1.5);
//! - a bearer token ends with the password it was made by;
//! - the demo account is the user 22 where he is called `demo` and is no administrator: nobody else becomes public by his
//!   number (§1.5); the setting `vrm.demo` turns it off;
//! - a link without a level shows full control to the owner, and only looking to others (§3.1).
//!
//! What is not known here is neutral: local times need `timezone_offset` among a site's data, as there is no table of time
//! zones (§3.3).

mod bearer;
mod body;
mod caller;
mod fault;
mod installations;
mod limiter;
mod login;
mod record;
mod settings;
mod sites;
mod tokens;

use std::cell::RefCell;

use http::{Method, StatusCode, header};

use self::caller::Caller;
use self::fault::Fault;
use self::limiter::Limiter;
pub use self::settings::Settings;
use super::web::{Answer, Asked, MAX_BODY, address, put_header, segments};
use crate::rules::ScopeDef;
use crate::service::{Door, Host, Store};

/// The reply of a route, or why there is none.
type Reply = Result<Answer, Fault>;

/// What an access token with scopes of its own has to hold.
const FULL_ACCESS: &str = "vrm:FULL_ACCESS";

/// The one scope of the protocol.
pub(super) fn scopes() -> Vec<ScopeDef> {
    vec![ScopeDef {
        name: FULL_ACCESS.to_owned(),
        implies: vec!["self.manage".to_owned()],
        dangerous: false,
        description: "Use VRM's API as the account's owner, by an access token with scopes of its own"
            .to_owned(),
    }]
}

/// The face on a door.
#[derive(Debug)]
pub struct Vrm<S, H> {
    door: Door<S, H>,
    settings: Settings,
    limiter: RefCell<Limiter>,
}

/// What a path names. Ids stay as they are written: what they may be depends on the operation (§2.0).
#[derive(Debug, Clone, PartialEq, Eq)]
enum Route {
    Login,
    Demo,
    Logout,
    Me,
    Tokens(String),
    List,
    Create(String),
    Revoke(String, String),
    Token(String, String),
    Installations(String),
    AddSite,
    SiteId,
}

impl Route {
    fn of(path: &str) -> Option<Self> {
        let segments = segments(path)?;
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let own = |text: &str| text.to_owned();
        Some(match segments.as_slice() {
            ["auth", "login"] => Self::Login,
            ["auth", "loginAsDemo"] => Self::Demo,
            ["auth", "logout"] => Self::Logout,
            ["users", "me"] => Self::Me,
            ["users", user, "accesstokens"] => Self::Tokens(own(user)),
            ["users", _, "accesstokens", "list"] => Self::List,
            ["users", user, "accesstokens", "create"] => Self::Create(own(user)),
            ["users", user, "accesstokens", token] => Self::Token(own(user), own(token)),
            ["users", user, "accesstokens", token, "revoke"] => Self::Revoke(own(user), own(token)),
            ["users", user, "installations"] => Self::Installations(own(user)),
            ["users", _, "get-site-id"] => Self::SiteId,
            ["users", _, name] if name.eq_ignore_ascii_case("addsite") => Self::AddSite,
            _ => return None,
        })
    }

    /// Does a GET of it only look? The protocol has some that do not, and those know no HEAD.
    fn is_safe(&self) -> bool {
        matches!(self, Self::Me | Self::List | Self::Tokens(_) | Self::Installations(_))
    }

    /// The methods of the route, HEAD aside.
    fn methods(&self) -> &'static [Method] {
        match self {
            Self::Login => &[Method::POST, Method::PUT],
            Self::Logout | Self::Tokens(_) => &[Method::GET, Method::POST],
            Self::Create(_) | Self::AddSite | Self::SiteId => &[Method::POST],
            Self::Token(..) => &[Method::DELETE],
            Self::Demo | Self::Me | Self::List | Self::Revoke(..) | Self::Installations(_) => &[Method::GET],
        }
    }
}

impl<S: Store, H: Host> Vrm<S, H> {
    /// The face with its settings.
    pub fn new(door: Door<S, H>, settings: Settings) -> Self {
        Self { door, settings, limiter: RefCell::default() }
    }

    /// The path below the face's base, if it is this face's to answer.
    pub fn below(path: &str) -> Option<&str> {
        path.strip_prefix("/v2").filter(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Answers a request to a path below the base. Never fails: what cannot be served is a reply too.
    pub async fn handle(&self, request: &Asked, path: &str) -> Answer {
        let mut answer = match self.routed(request, path).await {
            Ok(answer) => answer,
            Err(fault) => fault.reply(),
        };
        // Tokens are in it, or what only their owner may see.
        put_header(&mut answer, header::CACHE_CONTROL, "no-store");
        if *request.method() == Method::HEAD {
            answer.body_mut().clear();
        }
        answer
    }

    async fn routed(&self, request: &Asked, path: &str) -> Reply {
        let caller = self.who(request).await?;
        self.count(request, caller.as_ref())?;
        let route = Route::of(path).ok_or_else(Fault::no_route)?;
        let looks = *request.method() == Method::HEAD && route.is_safe();
        let method = if looks { &Method::GET } else { request.method() };
        if !route.methods().contains(method) {
            let mut answer = Fault::method().reply();
            let names: Vec<&str> = route.methods().iter().map(Method::as_str).collect();
            put_header(&mut answer, header::ALLOW, &names.join(", "));
            return Ok(answer);
        }
        match route {
            Route::Login => self.log_in(request).await,
            Route::Demo => self.log_in_as_demo().await,
            route => {
                let caller = caller.ok_or_else(Fault::unauthorized)?;
                self.known(request, method, &route, &caller).await
            }
        }
    }

    /// The routes that ask for somebody.
    async fn known(&self, request: &Asked, method: &Method, route: &Route, caller: &Caller<S, H>) -> Reply {
        match route {
            Route::Logout => self.log_out(caller).await,
            Route::Me => Ok(caller.me()),
            Route::List => self.list_tokens(caller).await,
            Route::Tokens(_) if *method == Method::GET => self.list_tokens(caller).await,
            Route::Create(user) | Route::Tokens(user) => self.create_token(request, user, caller).await,
            Route::Revoke(user, token) | Route::Token(user, token) => {
                self.revoke_tokens(user, token, caller).await
            }
            Route::Installations(user) => self.installations(request, user, caller).await,
            Route::AddSite => self.add_site(request, caller).await,
            Route::SiteId => self.site_id(request, caller).await,
            Route::Login | Route::Demo => Err(Fault::no_route()),
        }
    }

    /// Counts a request, by credential, or by address where it has none that holds (§1.6).
    fn count(&self, request: &Asked, caller: Option<&Caller<S, H>>) -> Result<(), Fault> {
        if !self.settings.rate_limit {
            return Ok(());
        }
        let key = caller.map_or_else(|| format!("from {}", address(request)), Caller::key);
        let now = self.door.now();
        self.limiter.borrow_mut().take(key, now).map_err(Fault::too_many)
    }

    /// Nothing is read of a body that is too large.
    fn check_size(request: &Asked) -> Result<(), Fault> {
        if request.body().len() > MAX_BODY {
            return Err(Fault::says(
                StatusCode::PAYLOAD_TOO_LARGE,
                "invalid_parameters",
                "The body is too large",
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes() {
        let of = |path| Route::of(path);
        assert_eq!(of("/users/me"), Some(Route::Me));
        assert_eq!(of("/users/%7BidUser%7D/addSite"), Some(Route::AddSite));
        assert_eq!(of("/users/7/ADDSITE"), Some(Route::AddSite));
        assert_eq!(of("/users/7/accesstokens/%2A/revoke"), Some(Route::Revoke("7".into(), "*".into())));
        assert_eq!(of("/users/7/accesstokens/9"), Some(Route::Token("7".into(), "9".into())));
        assert_eq!(of("/users/x/accesstokens/list"), Some(Route::List));
        for path in ["/users/7", "/users/me/", "/auth/Login", "/%ff", "", "/users/7/search"] {
            assert_eq!(of(path), None, "{path}");
        }
    }
}
