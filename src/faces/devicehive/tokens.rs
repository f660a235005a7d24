//! Tokens (spec §4.3 to §4.6).

use http::StatusCode;

use super::actions::{self, Action, Actions};
use super::body::{Body, Fields};
use super::caller::{ALL, Caller, DEVICE_TYPE, NETWORK, has_all, ids_of};
use super::fault::{Fault, Violations};
use super::jwt::{self, Payload};
use super::{Devicehive, Reply};
use crate::faces::time::read_millis;
use crate::faces::web::{Asked, json_reply, parameter};
use crate::json::{Value, Writer};
use crate::model::{Code, Error, Millis, Reach, Secret, Status, UserId};
use crate::service::{Host, Store, UserView, Whom};

fn refused(text: impl Into<String>) -> Fault {
    Fault::says(StatusCode::UNAUTHORIZED, text)
}

/// What a log-in's tokens say (§4.3).
fn rights_of(view: &UserView, reach: &Reach) -> (Vec<u64>, Vec<String>, Vec<String>) {
    if view.admin() {
        return (vec![actions::ANY], vec![ALL.to_owned()], vec![ALL.to_owned()]);
    }
    let ids = |kind| if has_all(reach, kind) { vec![ALL.to_owned()] } else { ids_of(reach, kind) };
    (actions::client_ids(), ids(NETWORK), ids(DEVICE_TYPE))
}

impl<S: Store, H: Host> Devicehive<S, H> {
    async fn sign(&self, payload: &Payload) -> Result<String, Fault> {
        let keys = self.keys().await?;
        let signed = keys.first().and_then(|key| jwt::sign(key, payload));
        Ok(signed.ok_or_else(|| Error::new(Code::Internal, "a token could not be signed"))?)
    }

    fn until(&self, life: u64) -> i64 {
        i64::try_from(self.door.now().saturating_add(life)).unwrap_or(i64::MAX)
    }

    /// An access token and a refresh token with the same rights.
    async fn pair(&self, payload: Payload, refresh_until: i64) -> Reply {
        let access = self.sign(&payload).await?;
        let refresh = self.sign(&Payload { e: refresh_until, t: 0, ..payload }).await?;
        let mut out = Writer::default();
        out.open('{').name("accessToken").text(&access);
        out.name("refreshToken").text(&refresh);
        out.close('}');
        Ok(json_reply(StatusCode::CREATED, out.end()))
    }

    pub(super) async fn log_in(&self, body: Body<'_>) -> Reply {
        let fields = body.needed()?;
        let (login, password) = (fields.text("login")?, fields.text("password")?.map(Secret::new));
        let blank = || Fault::bad("Invalid or empty authorization request parameters");
        let login = login.filter(|login| !login.trim().is_empty()).ok_or_else(blank)?;
        let password = password.filter(|password| !password.reveal().is_empty()).ok_or_else(blank)?;
        let user = self.door.user(Whom::Name(&login)).await?.filter(|user| user.name == login);
        if user.as_ref().is_some_and(|user| user.status != Status::Active) {
            return Err(refused("User is locked or disabled"));
        }
        // A name nobody has is compared all the same: it costs what a wrong password costs.
        match self.door.prove(&login, &password).await {
            Ok(_) if user.is_some() => {}
            Ok(_) => return Err(unknown(&login)),
            Err(error) => {
                return Err(match error.code() {
                    Code::BadCredentials | Code::InvalidPassword if user.is_none() => unknown(&login),
                    Code::BadCredentials | Code::InvalidPassword => refused("Invalid credentials"),
                    Code::AccountDisabled => refused("User is locked or disabled"),
                    _ => error.into(),
                });
            }
        }
        let id = user.map(|user| user.id).ok_or_else(|| unknown(&login))?;
        let (view, reach) = self.active(id).await?.ok_or_else(|| refused("User is locked or disabled"))?;
        let (a, n, dt) = rights_of(&view, &reach);
        let payload = Payload {
            u: Some(id.get()),
            a: Some(a),
            n: Some(n),
            dt: Some(dt),
            e: self.until(self.settings.access_lifetime),
            t: 1,
        };
        self.pair(payload, self.until(self.settings.refresh_lifetime)).await
    }

    pub(super) async fn refresh(&self, body: Body<'_>) -> Reply {
        let fields = body.fields().unwrap_or_default();
        let token = fields.text("refreshToken")?.unwrap_or_default();
        let payload = self.read_token(&token).await?.ok_or_else(Fault::unauthorized)?;
        check(&payload, 0, self.door.now())?;
        let id = payload.user().ok_or_else(Fault::unauthorized)?;
        self.active(id).await?.ok_or_else(Fault::unauthorized)?;
        self.door.note_login(id).await?;
        let access = Payload { e: self.until(self.settings.access_lifetime), t: 1, ..payload };
        let mut out = Writer::default();
        out.open('{').name("accessToken").text(&self.sign(&access).await?);
        out.close('}');
        Ok(json_reply(StatusCode::CREATED, out.end()))
    }

    pub(super) async fn create_token(&self, body: Body<'_>, caller: &Caller<S, H>) -> Reply {
        caller.need(&[Action::ManageToken])?;
        let fields = body.needed()?;
        let a = match fields.items("actions")? {
            Some(items) => action_ids(&items)?,
            None => vec![actions::NOTHING],
        };
        let (n, dt) = (ids(&fields, "networkIds")?, ids(&fields, "deviceTypeIds")?);
        let number = fields.integer("userId")?;
        let mut violations = Violations::default();
        violations.need("userId", number.is_some());
        violations.none()?;
        let number = number.unwrap_or_default();
        let access_until = date(&fields, "expiration")?;
        let refresh_until = date(&fields, "refreshExpiration")?.or(access_until);
        let id = u64::try_from(number).ok().and_then(|number| UserId::new(number).ok());
        let id = id.ok_or_else(|| Fault::no_user(number))?;
        if self.strict() {
            within_own(caller, id, &a, n.as_deref(), dt.as_deref())?;
        }
        let user = self.door.user(Whom::Id(id)).await?.ok_or_else(|| Fault::no_user(number))?;
        if user.status != Status::Active {
            return Err(Fault::forbidden("User is locked or disabled"));
        }
        let e = access_until.unwrap_or_else(|| self.until(self.settings.access_lifetime));
        let refresh_until = refresh_until.unwrap_or_else(|| self.until(self.settings.refresh_lifetime));
        self.pair(Payload { u: Some(id.get()), a: Some(a), n, dt, e, t: 1 }, refresh_until).await
    }

    /// There are no plugins: only what is wrong with a request is told.
    pub(super) fn plugin_create(body: Body<'_>, caller: &Caller<S, H>) -> Reply {
        caller.need(&[Action::ManagePlugin])?;
        body.needed()?;
        Err(Fault::forbidden("No permisions or invalid topic name"))
    }

    pub(super) async fn plugin_authenticate(&self, request: &Asked) -> Reply {
        let token = request.uri().query().and_then(|query| parameter(query.as_bytes(), "token"));
        let token = token.filter(|token| !token.is_empty()).ok_or_else(|| refused("Token is empty"))?;
        let payload = self.read_token(&token).await?.ok_or_else(|| refused("Token is not valid"))?;
        check(&payload, 1, self.door.now())?;
        Err(refused("Plugin is not found"))
    }
}

/// Of the type that is wanted here, and not expired?
fn check(payload: &Payload, of_type: u8, now: Millis) -> Result<(), Fault> {
    if payload.t != of_type {
        return Err(refused("Invalid token type"));
    }
    if payload.expired(now) {
        return Err(refused("Token has expired"));
    }
    Ok(())
}

fn unknown(login: &str) -> Fault {
    refused(format!("User with login = {login} not found or bad password"))
}

/// Names, `*` and numbers; what names nothing is dropped (§4.5).
fn action_ids(items: &[Value<'_>]) -> Result<Vec<u64>, Fault> {
    let mut ids = Vec::new();
    for item in items {
        let id = match (item.text(), item.whole()) {
            (Some(name), _) => actions::by_name(&name),
            (None, Some(id)) => u64::try_from(id).ok().filter(|&id| actions::is_known(id)),
            (None, None) => return Err(Fault::bad("Actions list should contain only Strings or Integers")),
        };
        ids.extend(id.filter(|id| !ids.contains(id)));
    }
    Ok(ids)
}

/// Longest id of a network or device type, in bytes.
const LONGEST_ID: usize = 256;

/// Ids as texts.
fn ids(fields: &Fields<'_>, name: &str) -> Result<Option<Vec<String>>, Fault> {
    let id = |item: Value<'_>| {
        let text = item.text().or_else(|| item.whole().map(|id| id.to_string()));
        text.filter(|text| text.len() <= LONGEST_ID).ok_or_else(Fault::parameters)
    };
    fields.items(name)?.map(|items| items.into_iter().map(id).collect()).transpose()
}

fn date(fields: &Fields<'_>, name: &str) -> Result<Option<i64>, Fault> {
    let number = fields.get(name).filter(|value| !value.raw().starts_with('"')).and_then(Value::whole);
    if number.is_some() {
        return Ok(number);
    }
    fields.text(name)?.map(|text| read_millis(&text).ok_or_else(Fault::parameters)).transpose()
}

/// Nobody creates a token above his own rights (§4.5, the strict rule).
fn within_own<S, H>(
    caller: &Caller<S, H>,
    user: UserId,
    a: &[u64],
    n: Option<&[String]>,
    dt: Option<&[String]>,
) -> Result<(), Fault> {
    let actions = Actions::of(Some(a)).ok_or_else(Fault::no_action)?;
    let permitted = |kind: &str, ids: Option<&[String]>| {
        ids.unwrap_or_default().iter().all(|id| caller.permits(kind, id))
    };
    let own = caller.user().id == user || caller.is_admin();
    if own && caller.actions.includes(actions) && permitted(NETWORK, n) && permitted(DEVICE_TYPE, dt) {
        return Ok(());
    }
    Err(Fault::no_action())
}
