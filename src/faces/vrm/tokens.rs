//! Access tokens (spec §2.1 to §2.3).

use http::StatusCode;

use super::body::Body;
use super::caller::Caller;
use super::fault::Fault;
use super::{Reply, Vrm};
use crate::faces::web::{Asked, json_reply};
use crate::json::{Value, Writer};
use crate::model::{Code, MAX_INTEGER, Millis, TokenKind, UserId};
use crate::rules::is_plain;
use crate::service::{Host, Store};

/// Longest name, in characters.
const LONGEST: usize = 128;

/// Whom a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    Me,
    /// `None`: a number nobody can have.
    Id(Option<UserId>),
}

impl Target {
    /// # Errors
    /// 400 for what is neither a positive integer nor `me` (§2.0)
    pub(super) fn of(text: &str) -> Result<Self, Fault> {
        if text == "me" {
            return Ok(Self::Me);
        }
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits || text.bytes().all(|byte| byte == b'0') {
            return Err(Fault::invalid("idUser", "has to be a user's id"));
        }
        Ok(Self::Id(text.parse().ok().and_then(|id| UserId::new(id).ok())))
    }

    pub(super) fn is(self, id: UserId) -> bool {
        match self {
            Self::Me => true,
            Self::Id(target) => target == Some(id),
        }
    }
}

/// # Errors
/// 400, and 403 for anybody's but one's own (§2.0)
fn need_own<S, H>(user: &str, caller: &Caller<S, H>) -> Result<(), Fault> {
    if Target::of(user)?.is(caller.id()) {
        return Ok(());
    }
    Err(Fault::forbidden("Access tokens are made and revoked by their owner alone"))
}

/// In milliseconds.
fn expiry_of(value: Value<'_>, now: Millis) -> Result<Millis, Fault> {
    let seconds = value.whole().ok_or_else(|| Fault::invalid("expiry", "has to be an integer"))?;
    let at = u64::try_from(seconds).unwrap_or(0).saturating_mul(1000);
    if at <= now {
        return Err(Fault::invalid("expiry", "has to lie in the future"));
    }
    if at > MAX_INTEGER {
        return Err(Fault::invalid("expiry", "lies too far in the future"));
    }
    Ok(at)
}

impl<S: Store, H: Host> Vrm<S, H> {
    pub(super) async fn create_token(&self, request: &Asked, user: &str, caller: &Caller<S, H>) -> Reply {
        need_own(user, caller)?;
        caller.need_own_account()?;
        Self::check_size(request)?;
        let body = Body::read(request)?;
        let name = body.text("name")?;
        // §5: counted without the blanks around it, compared with them.
        if !(1..=LONGEST).contains(&name.trim().chars().count()) {
            return Err(Fault::invalid("name", "has to be 1 to 128 characters"));
        }
        if !name.chars().all(is_plain) {
            return Err(Fault::invalid("name", "holds a control character"));
        }
        let expires = body.get("expiry").map(|value| expiry_of(value, self.door.now())).transpose()?;
        let created = match caller.session.create_personal(&name, expires).await {
            Ok(created) => created,
            Err(error) if error.code() == Code::AlreadyExists => return Err(Fault::name_in_use().soft()),
            Err(error) => return Err(error.into()),
        };
        let mut out = Writer::default();
        out.open('{').name("success").flag(true);
        out.name("token").text(created.value.reveal());
        out.name("idAccessToken").text(&created.view.token.number.to_string());
        out.close('}');
        Ok(json_reply(StatusCode::OK, out.end()))
    }

    /// Always the requester's own (§2.2).
    pub(super) async fn list_tokens(&self, caller: &Caller<S, H>) -> Reply {
        let views = caller.session.list_tokens(None).await?;
        let seconds = |at: Millis| at / 1000;
        let mut out = Writer::default();
        out.open('{').name("success").flag(true);
        out.name("tokens").open('[');
        for view in views.iter().filter(|view| view.token.kind == TokenKind::Access) {
            let token = &view.token;
            out.open('{').name("name").text(&token.name);
            out.name("idAccessToken").text(&token.number.to_string());
            out.name("createdOn").text(&seconds(token.created).to_string());
            out.name("scope").text("FULL_ACCESS");
            out.name("expires").maybe_text(token.expires.map(|at| seconds(at).to_string()).as_deref());
            out.name("lastSeen").maybe_number(view.last_used.map(seconds));
            out.name("lastSuccessfulAuth").maybe_number(view.last_used.map(seconds));
            out.close('}');
        }
        out.close(']');
        out.close('}');
        Ok(json_reply(StatusCode::OK, out.end()))
    }

    pub(super) async fn revoke_tokens(&self, user: &str, token: &str, caller: &Caller<S, H>) -> Reply {
        need_own(user, caller)?;
        let digits = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_digit());
        let removed = match (token, token.parse()) {
            ("*", _) => caller.session.revoke_personal(None).await?,
            (_, Ok(number)) if digits => caller.session.revoke_personal(Some(number)).await?,
            // More digits than any id has.
            _ if digits => 0,
            _ => return Err(Fault::invalid("idAccessToken", "has to be a token's id, or *")),
        };
        Ok(json_reply(StatusCode::OK, format!("{{\"success\":true,\"data\":{{\"removed\":{removed}}}}}")))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn targets() {
        let of = |text| Target::of(text).ok();
        assert_eq!(of("me"), Some(Target::Me));
        assert_eq!(of("7"), Some(Target::Id(Some(UserId::new(7).unwrap()))));
        assert_eq!(of("99999999999999999999999"), Some(Target::Id(None)));
        for bad in ["", "0", "-1", "+7", "Me", "{idUser}", "7.0", "*"] {
            assert_eq!(of(bad), None, "{bad}");
        }
    }
}
