//! DeviceHive's `/user` and `/token`, and the networks and device types they touch.
//!
//! Where the specification leaves a choice:
//! - a token above its maker's own rights is refused unless the policy is `devicehive`, whose clients count on upstream's
//!   weakness (§4.5; `devicehive.strictTokens` decides otherwise);
//! - there is no default administrator: the first user is made by set-up (§0);
//! - out-of-range roles and statuses, and `sortOrder`s there are not, are 400 (§2);
//! - hashes are Argon2id; imported ones verify as they are (§3.1).
//!
//! What grows with the store: `GET /user` without `take`, `GET /user/count`, a filter by role or status, a `loginPattern`
//! that begins with a wildcard, and `skip`, which reads what it skips.

mod actions;
mod body;
mod caller;
mod fault;
mod jwt;
mod links;
mod places;
mod query;
mod settings;
mod tokens;
mod users;

use std::rc::Rc;

use http::{Method, StatusCode, header};
use zeroize::Zeroizing;

use self::body::Body;
use self::caller::{Caller, DEVICE_TYPE, NETWORK};
use self::fault::Fault;
pub use self::settings::Settings;
use super::web::{Answer, Asked, MAX_BODY, bare_reply, header_text, host, json_reply, put_header, segments};
use crate::faces::time::iso_millis;
use crate::json::Writer;
use crate::model::{Code, Error};
use crate::rules::Preset;
use crate::service::{Door, Host, Store};

pub(super) use self::actions::scopes;

/// The reply of a route, or why there is none.
type Reply = Result<Answer, Fault>;

/// The face on a door.
#[derive(Debug)]
pub struct Devicehive<S, H> {
    door: Door<S, H>,
    settings: Settings,
    given: Option<Rc<Zeroizing<Vec<u8>>>>,
}

/// Whom a path is about.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Target {
    Current,
    Id(i64),
}

/// What a path names.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Route {
    Users,
    UserCount,
    User(Target),
    UserNetwork(i64, i64),
    UserDeviceTypes(i64),
    UserAllDeviceTypes(i64),
    UserDeviceType(i64, i64),
    Login,
    Refresh,
    Create,
    PluginCreate,
    PluginAuthenticate,
    Info,
    Cluster,
    Places(&'static str),
    PlaceCount(&'static str),
    Place(&'static str, i64),
    Devices,
}

/// Any whole number: one that no user, network or type can have is looked for in vain.
fn id(text: &str) -> Option<i64> {
    text.parse().ok()
}

fn kind(text: &str) -> Option<&'static str> {
    match text {
        "network" => Some(NETWORK),
        "devicetype" => Some(DEVICE_TYPE),
        _ => None,
    }
}

impl Route {
    /// Literal segments win over ids.
    fn of(path: &str) -> Option<Self> {
        let segments = segments(path)?;
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        Some(match segments.as_slice() {
            ["user"] => Self::Users,
            ["user", "count"] => Self::UserCount,
            ["user", "current"] => Self::User(Target::Current),
            ["user", user] => Self::User(Target::Id(id(user)?)),
            ["user", user, "network", network] => Self::UserNetwork(id(user)?, id(network)?),
            ["user", user, "devicetype"] => Self::UserDeviceTypes(id(user)?),
            ["user", user, "devicetype", "all"] => Self::UserAllDeviceTypes(id(user)?),
            ["user", user, "devicetype", of] => Self::UserDeviceType(id(user)?, id(of)?),
            ["token"] => Self::Login,
            ["token", "refresh"] => Self::Refresh,
            ["token", "create"] => Self::Create,
            ["token", "plugin", "create"] => Self::PluginCreate,
            ["token", "plugin", "authenticate"] => Self::PluginAuthenticate,
            ["info"] => Self::Info,
            ["info", "config", "cluster"] => Self::Cluster,
            ["device"] => Self::Devices,
            [name] => Self::Places(kind(name)?),
            [name, "count"] => Self::PlaceCount(kind(name)?),
            [name, place] => Self::Place(kind(name)?, id(place)?),
            _ => return None,
        })
    }

    fn methods(&self) -> &'static [Method] {
        match self {
            Self::Users | Self::Places(_) => &[Method::GET, Method::POST],
            Self::User(Target::Current) => &[Method::GET, Method::PUT],
            Self::User(Target::Id(_))
            | Self::UserNetwork(..)
            | Self::UserDeviceType(..)
            | Self::Place(..) => &[Method::GET, Method::PUT, Method::DELETE],
            Self::UserAllDeviceTypes(_) => &[Method::PUT, Method::DELETE],
            Self::Login | Self::Refresh | Self::Create | Self::PluginCreate => &[Method::POST],
            Self::UserCount
            | Self::UserDeviceTypes(_)
            | Self::PluginAuthenticate
            | Self::Info
            | Self::Cluster
            | Self::PlaceCount(_)
            | Self::Devices => &[Method::GET],
        }
    }
}

impl<S: Store, H: Host> Devicehive<S, H> {
    /// The face with its settings.
    pub fn new(door: Door<S, H>, settings: Settings) -> Self {
        let given = settings.secret.as_ref().and_then(settings::key_of).map(Rc::new);
        Self { door, settings, given }
    }

    /// The path below the face's base, if it is one of this face's to answer.
    pub fn below<'p>(&self, path: &'p str) -> Option<&'p str> {
        path.strip_prefix(self.settings.base.as_str()).filter(|rest| rest.starts_with('/'))
    }

    /// The keys tokens are signed with, the present one first.
    async fn keys(&self) -> crate::model::Result<Vec<Rc<Zeroizing<Vec<u8>>>>> {
        if let Some(key) = &self.given {
            return Ok(vec![key.clone()]);
        }
        let secrets = self.door.secrets("devicehive").await?;
        let bytes =
            |secret: &crate::model::Secret| Rc::new(Zeroizing::new(secret.reveal().as_bytes().to_vec()));
        Ok(secrets.iter().map(bytes).collect())
    }

    fn strict(&self) -> bool {
        self.settings.strict_tokens.unwrap_or(self.door.policy().preset != Preset::Devicehive)
    }

    /// Answers a request to a path below the base. Never fails: what cannot be served is a reply too.
    pub async fn handle(&self, request: &Asked, path: &str) -> Answer {
        let mut answer = match self.routed(request, path).await {
            Ok(answer) => answer,
            Err(fault) => fault.reply(),
        };
        for (name, value) in [
            (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
            (header::ACCESS_CONTROL_ALLOW_CREDENTIALS, "true"),
            (header::ACCESS_CONTROL_ALLOW_METHODS, "OPTIONS, GET, POST, PUT, DELETE, HEAD"),
            (header::ACCESS_CONTROL_MAX_AGE, "0"),
            (
                header::ACCESS_CONTROL_ALLOW_HEADERS,
                "Origin, Authorization, Accept, Content-Type, Auth-DeviceID, Auth-DeviceKey",
            ),
        ] {
            put_header(&mut answer, name, value);
        }
        if *request.method() == Method::HEAD {
            answer.body_mut().clear();
        }
        answer
    }

    /// The method, which a POST may name in a header (§1.1).
    fn method(request: &Asked) -> Method {
        let name = header::HeaderName::from_static("x-http-method-override");
        let other = header_text(request.headers(), &name).filter(|_| *request.method() == Method::POST);
        match other {
            Some("PUT") => Method::PUT,
            Some("DELETE") => Method::DELETE,
            Some("HEAD") => Method::HEAD,
            Some("OPTIONS") => Method::OPTIONS,
            _ => request.method().clone(),
        }
    }

    async fn routed(&self, request: &Asked, path: &str) -> Reply {
        let method = Self::method(request);
        if method == Method::OPTIONS {
            return Ok(bare_reply(StatusCode::OK));
        }
        let caller = self.who(request).await?;
        let route = Route::of(path).ok_or_else(Fault::no_route)?;
        let method = if method == Method::HEAD { Method::GET } else { method };
        if !route.methods().contains(&method) {
            return Err(Fault::says(StatusCode::METHOD_NOT_ALLOWED, "HTTP 405 Method Not Allowed"));
        }
        if request.body().len() > MAX_BODY {
            return Err(Fault::says(StatusCode::PAYLOAD_TOO_LARGE, "HTTP 413 Payload Too Large"));
        }
        // A body is looked at where one is taken; associations ignore it.
        let takes = matches!(
            (&route, &method),
            (Route::Users | Route::Places(_), &Method::POST)
                | (Route::User(_) | Route::Place(..), &Method::PUT)
                | (Route::Login | Route::Refresh | Route::Create | Route::PluginCreate, _)
        );
        let body = if takes { Body::read(request)? } else { Body::none() };
        match route {
            Route::Login => self.log_in(body).await,
            Route::Refresh => self.refresh(body).await,
            Route::PluginAuthenticate => self.plugin_authenticate(request).await,
            Route::Info => Ok(self.info(request)),
            Route::Cluster => Ok(Self::cluster()),
            route => {
                let caller = caller.ok_or_else(Fault::unauthorized)?;
                self.known(request, &route, &method, body, &caller).await
            }
        }
    }

    /// The routes that ask for somebody.
    async fn known(
        &self,
        request: &Asked,
        route: &Route,
        method: &Method,
        body: Body<'_>,
        caller: &Caller<S, H>,
    ) -> Reply {
        match *route {
            Route::Users if *method == Method::POST => self.insert_user(body, caller).await,
            Route::Users => self.list_users(request, caller).await,
            Route::UserCount => self.count_users(request, caller).await,
            Route::User(ref target) => self.user(target, method, body, caller).await,
            Route::UserNetwork(user, network) => self.user_network(method, user, network, caller).await,
            Route::UserDeviceTypes(user) => self.user_device_types(user, caller).await,
            Route::UserAllDeviceTypes(user) => self.all_device_types(method, user, caller).await,
            Route::UserDeviceType(user, of) => self.user_device_type(method, user, of, caller).await,
            Route::Create => self.create_token(body, caller).await,
            Route::PluginCreate => Self::plugin_create(body, caller),
            Route::Places(kind) if *method == Method::POST => self.insert_place(kind, body, caller).await,
            Route::Places(kind) => self.list_places(request, kind, caller).await,
            Route::PlaceCount(kind) => self.count_places(request, kind, caller).await,
            Route::Place(kind, id) => self.place(kind, id, method, body, caller).await,
            Route::Devices => {
                caller.need(&[actions::Action::GetDevice])?;
                Ok(json_reply(StatusCode::OK, "[]".to_owned()))
            }
            Route::Login | Route::Refresh | Route::PluginAuthenticate | Route::Info | Route::Cluster => {
                Err(Fault::no_route())
            }
        }
    }

    fn info(&self, request: &Asked) -> Answer {
        let host = host(request).unwrap_or("localhost");
        let scheme = if request.uri().scheme_str() == Some("https") { "wss" } else { "ws" };
        let mut out = Writer::default();
        out.open('{').name("apiVersion").text("4.1.0");
        out.name("serverTimestamp").text(&iso_millis(self.door.now()));
        out.name("webSocketServerUrl").text(&format!("{scheme}://{host}{}/websocket", self.settings.base));
        out.close('}');
        json_reply(StatusCode::OK, out.end())
    }

    fn cluster() -> Answer {
        json_reply(StatusCode::OK, "{\"bootstrap.servers\":\"\",\"zookeeper.connect\":\"\"}".to_owned())
    }

    /// An id as resources have it.
    fn number(id: &str) -> crate::model::Result<u64> {
        id.parse().map_err(|_| Error::new(Code::InvalidId, "a network's or device type's id is a number"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes() {
        let of = |path| Route::of(path);
        assert_eq!(of("/user/current"), Some(Route::User(Target::Current)));
        assert_eq!(of("/user/7/devicetype/all"), Some(Route::UserAllDeviceTypes(7)));
        assert_eq!(of("/devicetype/3"), Some(Route::Place(DEVICE_TYPE, 3)));
        for path in ["/user/abc", "/user/1.0", "/nosuch", "/user/", "/token/x", ""] {
            assert_eq!(of(path), None, "{path}");
        }
    }
}
