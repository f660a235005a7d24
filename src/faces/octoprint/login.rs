//! Log-in, log-out (spec §2.8).

use http::StatusCode;

use super::body::{self, Body};
use super::caller::Caller;
use super::cookies::{self, Place, REMEMBERED};
use super::fault::Fault;
use super::sessions::Mechanism;
use super::{Octoprint, Reply, records};
use crate::faces::web::{Asked, address, is_form, json_reply, parameter};
use crate::json::Writer;
use crate::model::Secret;
use crate::service::{Host, Store, Whom};

/// What a log-in brings, from JSON or a form.
struct Wanted {
    credentials: Option<(String, Secret)>,
    passive: bool,
    remember: bool,
}

impl Wanted {
    fn of(request: &Asked) -> Self {
        if is_form(request) {
            let field = |name| parameter(request.body(), name);
            return Self {
                credentials: field("user").zip(field("pass").map(Secret::new)),
                passive: field("passive").is_some(),
                remember: field("remember").is_some_and(|text| body::is_true(&text)),
            };
        }
        let fields = Body::parse(request.body()).unwrap_or_default();
        let text = |name| fields.text(name).ok().flatten();
        // Both are there, whatever they are: what is no text is nobody's (§2.8).
        let both = fields.given("user").is_some() && fields.given("pass").is_some();
        let credentials =
            || (text("user").unwrap_or_default(), Secret::new(text("pass").unwrap_or_default()));
        Self {
            credentials: both.then(credentials),
            passive: fields.given("passive").is_some(),
            remember: fields.switch("remember").ok().flatten().unwrap_or(false),
        }
    }
}

/// Anything but this machine and its own networks.
fn is_external(address: &str) -> bool {
    use core::net::IpAddr;
    match address.parse::<IpAddr>().map(|ip| ip.to_canonical()) {
        Ok(IpAddr::V4(ip)) => !(ip.is_loopback() || ip.is_private() || ip.is_link_local()),
        Ok(IpAddr::V6(ip)) => !(ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local()),
        Err(_) => false,
    }
}

impl<S: Store, H: Host> Octoprint<S, H> {
    pub(super) async fn log_in(&self, request: &Asked, place: &Place, caller: &mut Caller<S, H>) -> Reply {
        let (address, now) = (address(request), self.door.now());
        if self.settings.rate_limiter && self.limiter.borrow().full(address, now) {
            let text = "You have made too many failed login attempts. Please try again later.";
            return Err(Fault::says(StatusCode::TOO_MANY_REQUESTS, text));
        }
        let wanted = Wanted::of(request);
        match wanted.credentials {
            Some((name, password)) => {
                let reply = self.active(request, place, caller, &name, &password, wanted.remember).await;
                if reply.as_ref().is_err_and(|fault| fault.status() == StatusCode::FORBIDDEN) {
                    self.limiter.borrow_mut().count(address, now);
                }
                reply
            }
            None if wanted.passive => self.record(request, caller, true).await,
            None => Err(Fault::bad("Neither user and pass attributes nor passive flag present")),
        }
    }

    async fn active(
        &self,
        request: &Asked,
        place: &Place,
        caller: &mut Caller<S, H>,
        name: &str,
        password: &Secret,
        remember: bool,
    ) -> Reply {
        let again = caller.web.is_some() && caller.name() == Some(name);
        if !again && let Some((cookie, _)) = &caller.web {
            // Another name in a live session: that session is over, whether or not this works (§3.8, generation N).
            self.sessions.borrow_mut().end(*cookie);
            *caller = self.nobody().await?;
            // Else it would begin anew with the next request.
            caller.cookies.push(place.write("remember_token", "", true, Some(0)));
        }
        let Some(mut fresh) = self.by_password(name, password).await? else { return Err(Fault::forbidden()) };
        let Some(mark) = fresh.session.as_ref().and_then(crate::service::Session::mark) else {
            return Err(Fault::forbidden());
        };
        let now = self.door.now();
        match caller.web.take().filter(|_| again) {
            Some((cookie, mut web)) => {
                (web.mark, web.mechanism, web.seen, web.used) = (mark, Mechanism::Password, Some(now), now);
                self.sessions.borrow_mut().put(cookie, web.clone());
                fresh.web = Some((cookie, web));
            }
            None => self.begin(&mut fresh, place, mark, Mechanism::Password, Some(now)),
        }
        if remember {
            let token = cookies::remember_token(&*self.secret().await?, name, mark, now).unwrap_or_default();
            fresh.cookies.push(place.write("remember_token", &token, true, Some(REMEMBERED)));
        }
        fresh.cookies.push(place.write("active_logout", "", false, Some(0)));
        fresh.cookies.splice(0..0, caller.cookies.drain(..));
        *caller = fresh;
        self.record(request, caller, !again).await
    }

    /// The caller's own record, as log-ins answer.
    async fn record(&self, request: &Asked, caller: &Caller<S, H>, with_session: bool) -> Reply {
        let session = match (&caller.web, caller.mechanism) {
            (Some((_, web)), _) => Some(web.id.clone()),
            // A key has no session of its own; it is told of one that nothing rests on.
            (None, Some(_)) => Some(cookies::random_hex::<32>(|bytes| self.door.random(bytes))),
            (None, None) => None,
        };
        let login = records::Login {
            seen: caller.seen,
            external: is_external(address(request)),
            mechanism: caller.mechanism,
            session: session.filter(|_| with_session),
        };
        let mut out = Writer::default();
        let view = match caller.id() {
            Some(id) => self.door.view_of(Whom::Id(id)).await?,
            None => None,
        };
        match view {
            Some((mut view, _)) => {
                // What the credential may do, not what its owner may.
                if let Some(session) = &caller.session {
                    view.bits = session.bits();
                }
                let keys = self.door.shown_keys(&[view.user.id]).await?;
                let key = keys.into_iter().next().flatten();
                let last = &mut records::LastNeeds::default();
                records::user(&mut out, self.door.catalogue(), &view, key.as_ref(), Some(&login), last);
            }
            None => records::guest(&mut out, &caller.needs, Some(&login)),
        }
        Ok(json_reply(StatusCode::OK, out.end()))
    }

    pub(super) async fn log_out(&self, place: &Place, caller: &mut Caller<S, H>) -> Reply {
        if let Some((cookie, _)) = &caller.web {
            self.sessions.borrow_mut().end(*cookie);
        }
        let guest = self.nobody().await?;
        let mut cookies = Vec::new();
        if caller.web.is_some() {
            cookies.push(place.write("session", "", true, Some(0)));
            cookies.push(place.write("remember_token", "", true, Some(0)));
        }
        cookies.push(place.write("active_logout", "true", false, None));
        *caller = guest;
        caller.cookies = cookies;
        let mut out = Writer::default();
        records::guest(&mut out, &caller.needs, None);
        Ok(json_reply(StatusCode::OK, out.end()))
    }

    /// Is the first run not over yet (§2.9)?
    pub(super) async fn first_run(&self) -> crate::model::Result<bool> {
        Ok(!self.wizard_done.get() && self.door.needs_setup_now().await?)
    }
}
