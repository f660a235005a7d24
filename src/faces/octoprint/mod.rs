//! OctoPrint's user API: generation C of the specification (1.11) and its legacy routes.
//!
//! Where the specification only suggests, the safe answer is taken:
//! - type-confused input is 400 and changes nothing (§2.1); `null` lists in a change count as absent;
//! - the key of an inactive user is anonymous on every route (§3.4);
//! - needs are computed live, also through groups within groups (§4.1);
//! - a group that would contain itself is refused with 409 (§4.1, generation N);
//! - a failed log-in for another name ends the session it was made in (§3.8, generation N);
//! - nobody is put into `guests` (§3.2), and nothing dangerous comes out of it (§4.1);
//! - an empty password is refused on creation as well (§3.2);
//! - cookies of sessions hold a random value of which the server keeps the digest.
//!
//! Sessions, and failed log-ins by address, live in memory: a restart ends plain sessions, as the specification says.

mod body;
mod caller;
mod cookies;
mod fault;
mod groups;
mod limiter;
mod login;
mod permissions;
mod records;
mod sessions;
mod settings;
mod setup;
mod users;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use http::{Method, StatusCode, header};

use self::caller::Caller;
use self::cookies::Place;
use self::fault::Fault;
use self::limiter::Limiter;
use self::sessions::Sessions;
pub use self::settings::{LegacyUsers, Settings};
use super::web::{Answer, Asked, MAX_BODY, bare_reply, header_text, json_reply, put_header, segments};
use crate::json::Writer;
use crate::model::{Result, Secret};
use crate::service::{Door, Host, Store};

pub(super) use self::permissions::{scopes, seed};

/// The reply of a route, or why there is none.
type Reply = core::result::Result<Answer, Fault>;

/// The face on a door.
#[derive(Debug)]
pub struct Octoprint<S, H> {
    door: Door<S, H>,
    settings: Settings,
    sessions: RefCell<Sessions>,
    limiter: RefCell<Limiter>,
    secret: RefCell<Option<Rc<Secret>>>,
    /// The first-run wizard was ended without making a user.
    wizard_done: Cell<bool>,
}

/// What a path names.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Route {
    Users,
    User(String),
    Password(String),
    Settings(String),
    ApiKey(String),
    Groups,
    Group(String),
    Permissions,
    Login,
    Logout,
    CurrentUser,
    Version,
    Wizard,
    FirstAdmin,
    Page,
}

impl Route {
    /// The route of a path, and whether it is one of the time before 1.4.
    fn of(path: &str) -> Option<(Self, bool)> {
        let segments = segments(path)?;
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let (legacy, users) = match segments.as_slice() {
            ["api", "access", "users", rest @ ..] => (false, Some(rest)),
            ["api", "users", rest @ ..] => (true, Some(rest)),
            _ => (false, None),
        };
        let route = match (users, segments.as_slice()) {
            (Some([]), _) => Self::Users,
            (Some([name]), _) if !name.is_empty() => Self::User((*name).to_owned()),
            (Some([name, what]), _) if !name.is_empty() => match *what {
                "password" => Self::Password((*name).to_owned()),
                "settings" => Self::Settings((*name).to_owned()),
                "apikey" => Self::ApiKey((*name).to_owned()),
                _ => return None,
            },
            (_, ["api", "access", "groups"]) => Self::Groups,
            (_, ["api", "access", "groups", key]) if !key.is_empty() => Self::Group((*key).to_owned()),
            (_, ["api", "access", "permissions"]) => Self::Permissions,
            (_, ["api", "login"]) => Self::Login,
            (_, ["api", "logout"]) => Self::Logout,
            (_, ["api", "currentuser"]) => Self::CurrentUser,
            (_, ["api", "version"]) => Self::Version,
            (_, ["api", "setup", "wizard"]) => Self::Wizard,
            (_, ["plugin", "corewizard", "acl"]) => Self::FirstAdmin,
            (_, [""] | ["login", ""] | ["recovery", ""]) => Self::Page,
            _ => return None,
        };
        Some((route, legacy))
    }

    /// The methods of the route, HEAD and OPTIONS aside.
    fn methods(&self) -> &'static [Method] {
        match self {
            Self::Users | Self::Groups => &[Method::GET, Method::POST],
            Self::User(_) | Self::Group(_) => &[Method::GET, Method::PUT, Method::DELETE],
            Self::Password(_) => &[Method::PUT],
            Self::Settings(_) => &[Method::GET, Method::PATCH],
            Self::ApiKey(_) => &[Method::POST, Method::DELETE],
            Self::Permissions | Self::CurrentUser | Self::Version | Self::Page => &[Method::GET],
            Self::Login | Self::Logout | Self::Wizard | Self::FirstAdmin => &[Method::POST],
        }
    }

    fn allow(&self) -> String {
        let mut names: Vec<&str> = self.methods().iter().map(Method::as_str).collect();
        if names.contains(&"GET") {
            names.push("HEAD");
        }
        names.push("OPTIONS");
        names.join(", ")
    }
}

fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

impl<S: Store, H: Host> Octoprint<S, H> {
    /// The face with its settings.
    pub fn new(door: Door<S, H>, settings: Settings) -> Self {
        Self {
            door,
            settings,
            sessions: RefCell::default(),
            limiter: RefCell::default(),
            secret: RefCell::default(),
            wizard_done: Cell::new(false),
        }
    }

    /// Is a path one of this face's to answer?
    pub fn owns(path: &str) -> bool {
        path.starts_with("/api/") || Route::of(path).is_some()
    }

    /// Answers a request. Never fails: what cannot be served is a reply too.
    pub async fn handle(&self, request: &Asked) -> Answer {
        let mut answer = match self.routed(request).await {
            Ok(answer) => answer,
            Err(fault) => fault.reply(),
        };
        self.finish(request, &mut answer);
        answer
    }

    async fn routed(&self, request: &Asked) -> Reply {
        let Some((route, legacy)) = Route::of(request.uri().path()) else { return Err(Fault::missing()) };
        if legacy && self.settings.legacy_users == LegacyUsers::Off {
            return Err(Fault::missing());
        }
        let method = request.method();
        if method == Method::OPTIONS {
            let mut answer = bare_reply(StatusCode::OK);
            put_header(&mut answer, header::ALLOW, &route.allow());
            return Ok(answer);
        }
        let as_get = if method == Method::HEAD { &Method::GET } else { method };
        if !route.methods().contains(as_get) {
            let mut answer = Fault::of(StatusCode::METHOD_NOT_ALLOWED).reply();
            put_header(&mut answer, header::ALLOW, &route.allow());
            return Ok(answer);
        }
        if request.body().len() > MAX_BODY {
            return Err(Fault::of(StatusCode::PAYLOAD_TOO_LARGE));
        }
        let place = Place::of(request);
        if route == Route::Page {
            return self.page(&place).await;
        }
        let mut caller = self.who(request, &place).await?;
        let reply = self.answered(request, &route, legacy, &place, &mut caller).await;
        // A session that came back by its remember-me cookie is told of even where the request is refused.
        let mut answer = reply.unwrap_or_else(|fault| fault.reply());
        for cookie in &caller.cookies {
            put_header(&mut answer, header::SET_COOKIE, cookie);
        }
        Ok(answer)
    }

    async fn answered(
        &self,
        request: &Asked,
        route: &Route,
        legacy: bool,
        place: &Place,
        caller: &mut Caller<S, H>,
    ) -> Reply {
        if !is_safe(request.method()) && !caller.has_key {
            self.check_csrf(request, place).await?;
        }
        if legacy && self.settings.legacy_users == LegacyUsers::Redirect {
            let path = request.uri().path().replacen("/api/users", "/api/access/users", 1);
            let mut answer = bare_reply(StatusCode::TEMPORARY_REDIRECT);
            put_header(&mut answer, header::LOCATION, &path);
            return Ok(answer);
        }
        let guarded = matches!(
            route,
            Route::Users
                | Route::User(_)
                | Route::Password(_)
                | Route::Settings(_)
                | Route::ApiKey(_)
                | Route::Groups
                | Route::Group(_)
        );
        if guarded && self.first_run().await? {
            return Err(Fault::forbidden());
        }
        match route {
            Route::Users | Route::User(_) | Route::Password(_) | Route::Settings(_) | Route::ApiKey(_) => {
                self.users(request, route, legacy, caller).await
            }
            Route::Groups | Route::Group(_) => self.groups(request, route, caller).await,
            Route::Permissions => Ok(self.permissions()),
            Route::Login => self.log_in(request, place, caller).await,
            Route::Logout => self.log_out(place, caller).await,
            Route::CurrentUser => Ok(Self::current_user(caller)),
            Route::Version => Self::version(caller),
            Route::Wizard => self.wizard(request, caller).await,
            Route::FirstAdmin => self.first_admin(request, caller).await,
            Route::Page => Err(Fault::missing()),
        }
    }

    /// Pages carry the cookie of the double submit (§2.4); what they show is the host's business.
    async fn page(&self, place: &Place) -> Reply {
        let nonce = cookies::random_hex::<16>(|bytes| self.door.random(bytes));
        let secret = self.secret().await?;
        let mut answer = bare_reply(StatusCode::OK);
        put_header(&mut answer, header::CONTENT_TYPE, "text/html; charset=utf-8");
        if let Some(token) = cookies::csrf_token(&secret, &nonce) {
            put_header(&mut answer, header::SET_COOKIE, &place.write("csrf_token", &token, false, None));
        }
        Ok(answer)
    }

    async fn check_csrf(&self, request: &Asked, place: &Place) -> core::result::Result<(), Fault> {
        let secret = self.secret().await?;
        let cookie = place.read(request.headers(), "csrf_token");
        let header = header_text(request.headers(), &header::HeaderName::from_static("x-csrf-token"));
        if cookies::csrf_holds(&secret, cookie.as_deref(), header) {
            return Ok(());
        }
        Err(Fault::bad("CSRF validation failed"))
    }

    /// The server's secret: made once, kept in the store.
    async fn secret(&self) -> Result<Rc<Secret>> {
        if let Some(secret) = &*self.secret.borrow() {
            return Ok(secret.clone());
        }
        let secret = Rc::new(self.door.secret("octoprint").await?);
        *self.secret.borrow_mut() = Some(secret.clone());
        Ok(secret)
    }

    fn current_user(caller: &Caller<S, H>) -> Answer {
        let mut out = Writer::default();
        out.open('{').name("groups").texts(&caller.groups);
        out.name("name").maybe_text(caller.name());
        out.name("permissions").texts(&caller.needs.permissions);
        out.close('}');
        json_reply(StatusCode::OK, out.end())
    }

    fn version(caller: &Caller<S, H>) -> Reply {
        if !caller.needs.holds("STATUS") {
            return Err(Fault::forbidden());
        }
        let mut out = Writer::default();
        out.open('{').name("api").text("0.1");
        out.name("server").text("1.11.0");
        out.name("text").text(concat!("OctoPrint 1.11.0 (Doorward ", env!("CARGO_PKG_VERSION"), ")"));
        out.close('}');
        Ok(json_reply(StatusCode::OK, out.end()))
    }

    /// Cache and cross-origin headers (§2.1, §3.8).
    fn finish(&self, request: &Asked, answer: &mut Answer) {
        if is_safe(request.method()) {
            put_header(answer, header::CACHE_CONTROL, "max-age=0");
        } else {
            put_header(answer, header::CACHE_CONTROL, "no-store, no-cache, must-revalidate, max-age=0");
            put_header(answer, header::PRAGMA, "no-cache");
            put_header(answer, header::EXPIRES, "-1");
        }
        if *request.method() == Method::HEAD {
            answer.body_mut().clear();
        }
        let origin = header_text(request.headers(), &header::ORIGIN);
        let Some(origin) = origin.filter(|_| self.settings.allow_cross_origin) else { return };
        put_header(answer, header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        put_header(answer, header::VARY, "Origin");
        if *request.method() == Method::OPTIONS {
            let asked = |name| header_text(request.headers(), &name).unwrap_or_default().to_owned();
            let method = asked(header::ACCESS_CONTROL_REQUEST_METHOD);
            let headers = asked(header::ACCESS_CONTROL_REQUEST_HEADERS);
            if !method.is_empty() {
                put_header(answer, header::ACCESS_CONTROL_ALLOW_METHODS, &method);
            }
            if !headers.is_empty() {
                put_header(answer, header::ACCESS_CONTROL_ALLOW_HEADERS, &headers);
            }
            put_header(answer, header::ACCESS_CONTROL_MAX_AGE, "10");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes() {
        let of = |path| Route::of(path);
        assert_eq!(of("/api/access/users"), Some((Route::Users, false)));
        assert_eq!(of("/api/users/a%2Fb/apikey"), Some((Route::ApiKey("a/b".into()), true)));
        assert_eq!(of("/api/access/groups/a%20b"), Some((Route::Group("a b".into()), false)));
        for path in
            ["/api/access/users/", "/api/access/users/a/", "/api/login/", "/api", "/api/nosuch", "/%ff"]
        {
            assert_eq!(of(path), None, "{path}");
        }
        assert_eq!(of("/"), Some((Route::Page, false)));
        assert_eq!(of("/login/"), Some((Route::Page, false)));
        assert_eq!(Route::Users.allow(), "GET, POST, HEAD, OPTIONS");
    }
}
