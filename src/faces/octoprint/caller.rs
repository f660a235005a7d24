//! Who is calling (spec §2.2): a session's cookie, a remember-me cookie, one of three places for a key, HTTP Basic, nobody.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::header::{self, HeaderName};

use super::cookies::{self, Place, Remembered};
use super::fault::Fault;
use super::permissions::GUESTS;
use super::records::Needs;
use super::sessions::{Mechanism, Web};
use super::{Octoprint, Settings};
use crate::faces::web::{Asked, header_text, is_form, parameter};
use crate::model::{Code, Digest, Groups, Millis, Result, Secret, UserId};
use crate::rules::Catalogue;
use crate::service::{Host, Limits, Me, Session, Store, Whom};

/// Who calls, by what, and what he may do.
#[derive(Debug)]
pub(super) struct Caller<S, H> {
    /// None: a guest.
    pub(super) session: Option<Session<S, H>>,
    me: Option<Me>,
    /// A key was presented that is somebody's. No browser sends one by itself, so it lifts the double submit (§2.4), that of
    /// an inactive account too, which gives nothing else (§3.4).
    pub(super) has_key: bool,
    /// The cookie session, by digest of its cookie.
    pub(super) web: Option<(Digest, Web)>,
    pub(super) mechanism: Option<Mechanism>,
    /// When the password was last seen.
    pub(super) seen: Option<Millis>,
    pub(super) needs: Needs,
    /// Keys of the groups he is directly in.
    pub(super) groups: Vec<String>,
    /// Lines of `Set-Cookie` the reply has to carry.
    pub(super) cookies: Vec<String>,
}

impl<S: Store, H: Host> Caller<S, H> {
    fn guest(catalogue: &Catalogue, groups: &Groups) -> Self {
        let mut needs = groups
            .by_key(GUESTS)
            .map(|group| Needs::of_group(catalogue, groups, group.id))
            .unwrap_or_default();
        // Whatever the group was given: nobody is dangerous without a name.
        needs.permissions.retain(|key| !super::permissions::is_dangerous(catalogue, key));
        Self {
            session: None,
            me: None,
            has_key: false,
            web: None,
            mechanism: None,
            seen: None,
            needs,
            groups: vec![GUESTS.to_owned()],
            cookies: Vec::new(),
        }
    }

    fn user(
        catalogue: &Catalogue,
        groups: &Groups,
        session: Session<S, H>,
        mechanism: Mechanism,
        seen: Option<Millis>,
    ) -> Result<Self> {
        let me = session.me()?;
        let member = me.user.as_ref().map(|user| groups.closure(user.groups.iter().copied()));
        let keys = member.into_iter().flatten().filter_map(|id| groups.by_id(id));
        let needs = Needs::of(catalogue, &session.bits(), keys.map(|group| group.key.clone()).collect());
        Ok(Self {
            groups: me.groups.clone(),
            session: Some(session),
            me: Some(me),
            has_key: mechanism == Mechanism::ApiKey,
            web: None,
            mechanism: Some(mechanism),
            seen,
            needs,
            cookies: Vec::new(),
        })
    }

    pub(super) fn name(&self) -> Option<&str> {
        self.me.as_ref()?.user.as_ref().map(|user| user.name.as_str())
    }

    pub(super) fn id(&self) -> Option<UserId> {
        self.me.as_ref()?.user.as_ref().map(|user| user.id)
    }

    /// Has the permission ADMIN.
    pub(super) fn is_admin(&self) -> bool {
        self.needs.holds("ADMIN")
    }

    /// The session of an administrator.
    ///
    /// # Errors
    /// 403
    pub(super) fn admin(&self) -> core::result::Result<&Session<S, H>, Fault> {
        self.session.as_ref().filter(|_| self.is_admin()).ok_or_else(Fault::forbidden)
    }

    /// The session of the one whose name it is, or of an administrator.
    ///
    /// # Errors
    /// 403, whether or not there is somebody of that name
    pub(super) fn himself_or_admin(&self, name: &str) -> core::result::Result<&Session<S, H>, Fault> {
        let allowed = self.is_admin() || self.name() == Some(name);
        self.session.as_ref().filter(|_| allowed).ok_or_else(Fault::forbidden)
    }

    /// Was the password seen a short while ago (§2.5)? Keys need none.
    pub(super) fn is_fresh(&self, settings: &Settings, now: Millis) -> bool {
        let timeout = settings.default_reauthentication_timeout;
        let ages = timeout > 0 && self.mechanism.is_some_and(Mechanism::ages);
        !ages || self.seen.is_some_and(|seen| now.saturating_sub(seen) <= timeout)
    }

    /// # Errors
    /// 403 where it was not
    pub(super) fn need_fresh(&self, settings: &Settings, now: Millis) -> core::result::Result<(), Fault> {
        if self.is_fresh(settings, now) {
            return Ok(());
        }
        Err(Fault::says(http::StatusCode::FORBIDDEN, "Please reauthenticate with your credentials"))
    }
}

/// What an account that acts by itself leaves in the way of who calls: that the credential is no good.
fn nobody<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error)
            if matches!(
                error.code(),
                Code::InvalidToken
                    | Code::UnknownToken
                    | Code::ExpiredToken
                    | Code::AccountDisabled
                    | Code::BadCredentials
                    | Code::LockedOut
                    | Code::InvalidPassword
            ) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// The key of a request, from the first place that has one; a wrong one there hides the others.
fn key_of(request: &Asked) -> core::result::Result<Option<Secret>, Fault> {
    let in_query = request.uri().query().and_then(|query| parameter(query.as_bytes(), "apikey"));
    let form = || {
        if is_form(request) { parameter(request.body(), "apikey") } else { None }
    };
    if let Some(key) = in_query.or_else(form) {
        return if key.is_ascii() {
            Ok(Some(Secret::new(key)))
        } else {
            Err(Fault::bad("the API key is not ASCII"))
        };
    }
    let header = |name: &HeaderName| {
        let value = request.headers().get(name)?;
        Some(value.to_str().map_err(|_| Fault::bad("the API key is not ASCII")))
    };
    if let Some(key) = header(&HeaderName::from_static("x-api-key")) {
        return Ok(Some(Secret::new(key?.to_owned())));
    }
    if let Some(line) = header(&header::AUTHORIZATION) {
        return Ok(line?.strip_prefix("Bearer ").map(|key| Secret::new(key.to_owned())));
    }
    Ok(None)
}

fn basic_of(request: &Asked) -> Option<(String, Secret)> {
    let line = header_text(request.headers(), &header::AUTHORIZATION)?;
    let decoded = BASE64_STANDARD.decode(line.strip_prefix("Basic ")?).ok()?;
    let text = Secret::new(String::from_utf8(decoded).ok()?);
    let (name, password) = text.reveal().split_once(':')?;
    Some((name.to_owned(), Secret::new(password.to_owned())))
}

impl<S: Store, H: Host> Octoprint<S, H> {
    /// # Errors
    /// 400 for a key that is not ASCII; 503 where the store fails
    pub(super) async fn who(
        &self,
        request: &Asked,
        place: &Place,
    ) -> core::result::Result<Caller<S, H>, Fault> {
        let groups = self.door.groups().await?;
        let catalogue = self.door.catalogue();
        if let Some(caller) = self.by_cookie(request, place, &groups).await? {
            return Ok(caller);
        }
        if let Some(caller) = self.by_remember_me(request, place, &groups).await? {
            return Ok(caller);
        }
        if let Some(key) = key_of(request)? {
            let result = self.door.authenticate(key.reveal()).await;
            let asleep = result.as_ref().is_err_and(|error| error.code() == Code::AccountDisabled);
            if let Some(session) = nobody(result)? {
                let now = self.door.now();
                return Ok(Caller::user(catalogue, &groups, session, Mechanism::ApiKey, Some(now))?);
            }
            return Ok(Caller { has_key: asleep, ..Caller::guest(catalogue, &groups) });
        }
        if self.settings.trust_basic_authentication
            && let Some((name, password)) = basic_of(request)
            && let Some(session) = nobody(self.door.prove(&name, &password).await)?
        {
            let now = self.door.now();
            return Ok(Caller::user(catalogue, &groups, session, Mechanism::AuthHeader, Some(now))?);
        }
        Ok(Caller::guest(catalogue, &groups))
    }

    pub(super) async fn nobody(&self) -> Result<Caller<S, H>> {
        Ok(Caller::guest(self.door.catalogue(), &*self.door.groups().await?))
    }

    /// The account behind a session, if its password is still the one it began with.
    async fn account(&self, user: UserId, mark: Digest) -> Result<Option<Session<S, H>>> {
        let session = nobody(self.door.act_as(user, Limits::default()).await)?;
        Ok(session.filter(|session| session.mark() == Some(mark)))
    }

    async fn by_cookie(
        &self,
        request: &Asked,
        place: &Place,
        groups: &Groups,
    ) -> Result<Option<Caller<S, H>>> {
        let Some(cookie) = place.read(request.headers(), "session") else { return Ok(None) };
        let (cookie, now) = (cookies::digest(&cookie), self.door.now());
        let found = self.sessions.borrow_mut().find(cookie, now, self.settings.session_stale_after);
        let Some(mut web) = found else { return Ok(None) };
        let Some(session) = self.account(web.user, web.mark).await? else { return Ok(None) };
        self.sessions.borrow_mut().touch(cookie, now);
        web.used = now;
        let mut caller = Caller::user(self.door.catalogue(), groups, session, web.mechanism, web.seen)?;
        caller.web = Some((cookie, web));
        Ok(Some(caller))
    }

    async fn by_remember_me(
        &self,
        request: &Asked,
        place: &Place,
        groups: &Groups,
    ) -> Result<Option<Caller<S, H>>> {
        let cookie = place.read(request.headers(), "remember_token");
        let Some(remembered) = cookie.as_deref().and_then(Remembered::parse) else { return Ok(None) };
        let Some(user) = self.door.user(Whom::Name(&remembered.name)).await? else { return Ok(None) };
        let Some(session) = nobody(self.door.act_as(user.id, Limits::default()).await)? else {
            return Ok(None);
        };
        let Some(mark) = session.mark() else { return Ok(None) };
        if user.name != remembered.name || !remembered.holds(&*self.secret().await?, mark, self.door.now()) {
            return Ok(None);
        }
        let mut caller = Caller::user(self.door.catalogue(), groups, session, Mechanism::RememberMe, None)?;
        self.begin(&mut caller, place, mark, Mechanism::RememberMe, None);
        Ok(Some(caller))
    }

    /// Begins a cookie session for the caller.
    pub(super) fn begin(
        &self,
        caller: &mut Caller<S, H>,
        place: &Place,
        mark: Digest,
        mechanism: Mechanism,
        seen: Option<Millis>,
    ) {
        let Some(user) = caller.id() else { return };
        let random = |bytes: &mut [u8]| self.door.random(bytes);
        let value = cookies::random_hex::<32>(random);
        let id = cookies::random_hex::<32>(random);
        let web = Web { id, user, mark, mechanism, seen, used: self.door.now() };
        let digest = cookies::digest(&value);
        self.sessions.borrow_mut().put(digest, web.clone());
        caller.cookies.push(place.write("session", &value, true, None));
        caller.web = Some((digest, web));
        (caller.mechanism, caller.seen) = (Some(mechanism), seen);
    }

    /// A caller by name and password.
    ///
    /// # Errors
    /// Those of the store; `None`: not him
    pub(super) async fn by_password(&self, name: &str, password: &Secret) -> Result<Option<Caller<S, H>>> {
        let Some(session) = nobody(self.door.prove(name, password).await)? else { return Ok(None) };
        let groups = self.door.groups().await?;
        let now = self.door.now();
        Caller::user(self.door.catalogue(), &groups, session, Mechanism::Password, Some(now)).map(Some)
    }
}
