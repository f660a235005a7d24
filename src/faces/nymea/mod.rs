//! nymea's `Users` namespace and its authentication, as a state machine: bytes of connections in, messages out. The host
//! keeps the sockets, and drains what waits after every call and every change.
//!
//! How the model shows:
//! - An administrator made through any face is `Admin` here. Writing `Admin` puts a user into the group `admins`; taking it
//!   away takes away every scope and group that makes an administrator of him. Scopes of others stay, as do those that
//!   other groups give.
//! - `allowedThingIds` is the reach of kind `thing`; a reach of *all* things is shown as an empty list.
//! - Tokens of all kinds are listed and can be removed. Those of log-ins are of kind `device`; beyond 500 tokens of one
//!   user a log-in ends the oldest of that kind.
//! - Names are written as they are stored. This face stores them in lower case; a name that was given elsewhere is found
//!   in lower case first, and then as it is spelled.
//!
//! Where the specification leaves a choice: ill-typed values are refused (D7), the handshake error is sent before closing
//! (D8), the nameless user is told of as any other (D12), device names are cut at 128 characters.
//!
//! What this face allows the policy of the door may still refuse: taking away the last administrator or the own account is
//! `UserErrorPermissionDenied`; what cannot be stored is `UserErrorBackendError`. With the policy `nymea` nothing is refused
//! beyond the specification. The current password is not asked for, whatever the policy says: the protocol has no place for
//! it, only administrators get there, and a limited token cannot change its own account's.

mod frames;
mod jsonrpc;
mod locale;
mod notify;
mod params;
mod request;
mod schema;
mod scopes;
mod settings;
mod state;
mod users;

use std::cell::{RefCell, RefMut};
use std::fmt::Debug;
use std::rc::Rc;

use self::frames::Frame;
use self::jsonrpc::Handled;
use self::params::Params;
use self::request::{Malformed, Request};
use self::schema::{Call, METHODS};
use self::scopes::{ADMINISTRATOR, Mask, NONE};
pub use self::settings::{PushButtonNotifications, Settings};
use self::state::State;
pub use self::state::{ConnectionId, Output};
use crate::json::Writer;
use crate::model::{Millis, Result, Secret, User};
use crate::rules::{Policy, Preset};
use crate::service::{Door, Host, Observer, Session, Store};

pub(super) use self::scopes::scopes;

/// The face on a door. Clones are the same server.
#[derive(Debug)]
pub struct Nymea<S, H>(Rc<Server<S, H>>);

impl<S, H> Clone for Nymea<S, H> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

#[derive(Debug)]
struct Server<S, H> {
    door: Door<S, H>,
    settings: Settings,
    /// The wire's own rules of names and passwords.
    wire: Policy,
    state: RefCell<State>,
    uuid: RefCell<Option<String>>,
}

/// Who a request comes from.
#[derive(Debug)]
struct Caller<S, H> {
    session: Session<S, H>,
    user: User,
    mask: Mask,
}

/// How a request ends, if not with what was asked for.
enum Refused {
    /// `error`: the connection stays.
    Error(String),
    /// `error`, and the connection is closed.
    Last(&'static str),
    /// `unauthorized`: the connection is closed, and the brake is on.
    Unauthorized(&'static str),
}

impl<S: Store + Debug + 'static, H: Host + Debug + 'static> Nymea<S, H> {
    /// The face with its settings. It hears of the door's changes for as long as it lives.
    pub fn new(door: Door<S, H>, settings: Settings) -> Self {
        let server = Rc::new(Server {
            door,
            settings,
            wire: Policy::of(Preset::Nymea),
            state: RefCell::default(),
            uuid: RefCell::default(),
        });
        let observer: Rc<dyn Observer> = server.clone();
        server.door.observe(Rc::downgrade(&observer));
        Self(server)
    }

    /// A connection was opened; without `auth` on a listener that asks nobody who he is.
    pub fn open(&self, auth: bool) -> ConnectionId {
        let now = self.0.now();
        self.0.state().open(auth, now)
    }

    /// Bytes have come, of any number of messages, or of parts of them. Requests of one connection are answered in order:
    /// where one is being answered, these wait behind it, and the call returns at once. More than 2 MiB do not wait.
    pub async fn data(&self, id: ConnectionId, bytes: &[u8]) {
        if self.0.state().receive(id, bytes) {
            let turn = Turn { server: &*self.0, id };
            turn.server.answer_all(id).await;
        }
    }

    /// Time has passed: a few times a second is often enough.
    pub fn tick(&self) {
        let now = self.0.now();
        self.0.state().tick(now);
    }

    /// Somebody pressed the button.
    pub async fn press(&self) {
        self.0.pressed().await;
    }

    /// A button is there to be pressed, or is no more.
    pub fn agent(&self, there: bool) {
        self.0.state().agent = there;
    }

    /// The other side has closed.
    pub fn close(&self, id: ConnectionId) {
        self.0.state().forget(id);
    }

    /// Everything that waits to be sent. A connection that is to be closed is named for the last time.
    pub fn drain(&self) -> Vec<Output> {
        self.0.state().drain()
    }
}

/// A connection's requests being answered: others wait until this ends, even by being dropped.
struct Turn<'s, S, H> {
    server: &'s Server<S, H>,
    id: ConnectionId,
}

impl<S, H> Drop for Turn<'_, S, H> {
    fn drop(&mut self) {
        self.server.state.borrow_mut().rest(self.id);
    }
}

/// What answers a request, closed or not.
fn answer(id: i64, status: &str, error: Option<&str>, params: Option<&str>) -> String {
    let mut out = Writer::default();
    out.open('{').name("id").integer(id);
    out.name("status").text(status);
    out.text_if("error", error);
    if let Some(params) = params {
        out.name("params").raw(params);
    }
    out.close('}');
    out.end()
}

impl<S, H> Server<S, H> {
    fn state(&self) -> RefMut<'_, State> {
        self.state.borrow_mut()
    }
}

impl<S: Store, H: Host> Server<S, H> {
    fn now(&self) -> Millis {
        self.door.now()
    }

    async fn answer_all(&self, id: ConnectionId) {
        loop {
            let Some(input) = self.state().next_input(id) else { return };
            let mut rest = input.as_slice();
            while !rest.is_empty() {
                let framed = match self.state().live(id) {
                    Some(connection) => connection.frames.next(rest),
                    None => return,
                };
                let Ok((frame, taken)) = framed else {
                    self.state().close(id);
                    return;
                };
                rest = rest.get(taken..).unwrap_or_default();
                match frame {
                    Some(Frame::Object(message)) => self.answer(id, message).await,
                    Some(Frame::Garbage(why)) => {
                        self.fail(id, -1, &format!("Failed to parse JSON data: {why}"));
                    }
                    None => {}
                }
            }
        }
    }

    fn fail(&self, id: ConnectionId, request: i64, error: &str) {
        self.state().send(id, answer(request, "error", Some(error), None));
    }

    async fn answer(&self, id: ConnectionId, message: Vec<u8>) {
        // It may hold a password.
        let message = zeroize::Zeroizing::new(message);
        let request = match request::parse(&message) {
            Ok(request) => request,
            Err(Malformed::Unreadable(request, error)) => return self.fail(id, request, &error),
            Err(Malformed::Unnamed(request, error)) => {
                self.fail(id, request, &error);
                return self.need_greeted(id);
            }
        };
        let number = request.id;
        let greeting = request.method == "JSONRPC.Hello";
        match self.decide(id, request).await {
            Ok(Handled { params, close }) => {
                let mut state = self.state();
                state.send(id, answer(number, "success", None, Some(&params)));
                if close {
                    state.close(id);
                }
            }
            Err(Refused::Error(error)) => {
                self.fail(id, number, &error);
                if !greeting {
                    self.need_greeted(id);
                }
            }
            Err(Refused::Last(error)) => {
                self.fail(id, number, error);
                self.state().close(id);
            }
            Err(Refused::Unauthorized(error)) => {
                let now = self.now();
                let mut state = self.state();
                state.send(id, answer(number, "unauthorized", Some(error), None));
                state.close(id);
                state.lock_down(now);
            }
        }
    }

    /// Whatever else is wrong with it: a message before the greeting that is none ends the connection (§3.4).
    fn need_greeted(&self, id: ConnectionId) {
        let mut state = self.state();
        if state.live(id).is_some_and(|connection| !connection.hello) {
            state.close(id);
        }
    }

    /// Steps 4 to 11 of §1.6.
    async fn decide(&self, id: ConnectionId, request: Request<'_>) -> core::result::Result<Handled, Refused> {
        let Request { method, params, token, .. } = request;
        let known = METHODS.iter().find(|known| known.name == method);
        let call = known.map(|known| known.call);
        let Some((auth, hello, bound)) =
            self.state().live(id).map(|one| (one.auth, one.hello, one.bound.clone()))
        else {
            return Err(Refused::Last("The connection is closed."));
        };
        if call != Some(Call::Hello) && token != bound {
            return Err(Refused::Unauthorized(
                "Changing the user (token) requires a new handshake. Call JSONRPC.Hello.",
            ));
        }
        let caller = match &token {
            Some(token) => self.caller(token).await.map_err(|_| Refused::Error(unavailable()))?,
            None => None,
        };
        if auth {
            // A failing store counts as set up.
            let setup = self.door.needs_setup_now().await.unwrap_or(false);
            let exempt = match call {
                Some(Call::Hello | Call::RequestPushButtonAuth) => true,
                Some(Call::CreateAdmin) => setup,
                Some(Call::Authenticate) => !setup,
                _ => false,
            };
            if !exempt {
                let Some(caller) = &caller else {
                    return Err(Refused::Unauthorized(if setup {
                        "Initial setup required. Call JSONRPC.CreateUser first."
                    } else {
                        "Forbidden: Invalid token."
                    }));
                };
                // What there is not needs more than any scope gives.
                let scope = known.map_or(ADMINISTRATOR, |known| known.scope);
                if scope != NONE && !caller.mask.covers(scope) {
                    return Err(Refused::Error("Permission denied.".into()));
                }
            }
        }
        let Some(known) = known else {
            let namespace = method.split('.').next().unwrap_or_default();
            let there = METHODS.iter().any(|known| known.name.split('.').next() == Some(namespace));
            let text = if there { "No such method" } else { "No such namespace" };
            return Err(Refused::Error(text.into()));
        };
        let params = Params::check(known, params).map_err(Refused::Error)?;
        if !hello && known.call != Call::Hello {
            return Err(Refused::Last("Handshake required. Call JSONRPC.Hello first."));
        }
        Ok(self.handle(id, known.call, &params, token, caller).await)
    }

    /// Who a token stands for, as of now; none where it is not valid.
    async fn caller(&self, token: &Secret) -> Result<Option<Caller<S, H>>> {
        let good = |byte: u8| byte.is_ascii_alphanumeric() || b"_.+,-/=".contains(&byte);
        if !token.reveal().bytes().all(good) {
            return Ok(None);
        }
        let Some(session) = self.door.known(token.reveal()).await? else { return Ok(None) };
        let mask = Mask::of(self.door.catalogue(), &session.bits());
        let user = session.me()?.user;
        Ok(user.map(|user| Caller { session, user, mask }))
    }
}

fn unavailable() -> String {
    "The request could not be served; try again".to_owned()
}
