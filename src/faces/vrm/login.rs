//! Log-in and log-out (spec §1.5).

use http::StatusCode;

use super::body::Body;
use super::caller::{Caller, Credential, DEMO, is_demo};
use super::fault::Fault;
use super::{Reply, Vrm};
use crate::faces::web::{Asked, json_reply};
use crate::json::{Value, Writer};
use crate::model::{Code, Secret, Status, UserId};
use crate::service::{Host, Limits, Store, Whom};

/// A code, which may come as a number: that has lost the zeros it began with.
fn code_of(value: Value<'_>) -> Result<Option<Secret>, Fault> {
    let wrong = || Fault::invalid("sms_token", "has to be a string");
    match (value.text(), value.number()) {
        (Some(text), _) if text.trim().is_empty() => Ok(None),
        (Some(text), _) => Ok(Some(Secret::new(text))),
        (None, Some(number)) => Ok(Some(Secret::new(format!("{number:06}")))),
        (None, None) => Err(wrong()),
    }
}

impl<S: Store, H: Host> Vrm<S, H> {
    pub(super) async fn log_in(&self, request: &Asked) -> Reply {
        Self::check_size(request)?;
        let body = Body::read(request)?;
        let address = body.text("username")?;
        let password = Secret::new(body.text("password")?);
        let code = body.get("sms_token").map(code_of).transpose()?.flatten();
        let remember = body.flag("remember_me")?;
        let life = if remember { self.settings.remember_lifetime } else { self.settings.bearer_lifetime };
        let proved = self.door.prove_twice(Whom::Email(&address), &password, code.as_ref()).await;
        let (id, mode, token) = match proved {
            Ok(session) => {
                let user = session.me()?.user.ok_or_else(Fault::bad_login)?;
                let mode = if user.totp.is_some() { "totp" } else { "password" };
                (user.id, mode, Some(self.issue(user.id, &session, life).await?))
            }
            // The password was right: whose it is may be told.
            Err(error) if error.code() == Code::SecondFactorRequired => {
                let user = self.door.user(Whom::Email(&address)).await?.ok_or_else(Fault::bad_login)?;
                (user.id, "totp", None)
            }
            Err(error) => {
                return Err(match error.code() {
                    Code::BadCredentials
                    | Code::InvalidPassword
                    | Code::AccountDisabled
                    | Code::SecondFactorWrong
                    | Code::UnknownToken => Fault::bad_login(),
                    _ => error.into(),
                });
            }
        };
        let mut out = Writer::default();
        out.open('{').name("token").maybe_text(token.as_ref().map(Secret::reveal));
        out.name("idUser").number(id.get());
        out.name("verification_mode").text(mode);
        // Nothing is sent: the code is in the account's authenticator.
        out.name("verification_sent").flag(false);
        out.name("status").text("ok");
        out.close('}');
        Ok(json_reply(StatusCode::OK, out.end()))
    }

    pub(super) async fn log_in_as_demo(&self) -> Reply {
        let none = || Fault::bad("There is no demo account here");
        let id = UserId::new(DEMO).map_err(|_| none())?;
        if !self.settings.demo {
            return Err(none());
        }
        let (view, _) = self.door.view_of(Whom::Id(id)).await?.ok_or_else(none)?;
        // Only an account without rights is public.
        let public = is_demo(&view.user) && view.bits.iter().next().is_none() && view.user.role.is_empty();
        if !public || view.user.status != Status::Active || view.user.totp.is_some() {
            return Err(none());
        }
        let session = self.door.act_as(id, Limits::default()).await?;
        let token = self.issue(id, &session, self.settings.bearer_lifetime).await?;
        let mut out = Writer::default();
        out.open('{').name("token").text(token.reveal());
        out.name("idUser").number(DEMO);
        out.close('}');
        Ok(json_reply(StatusCode::OK, out.end()))
    }

    /// Ends the very credential of the request, an access token too (§5).
    pub(super) async fn log_out(&self, caller: &Caller<S, H>) -> Reply {
        match &caller.credential {
            Credential::Bearer(bearer) => self.door.bar(&bearer.id, bearer.until).await?,
            Credential::Access(_) => caller.session.log_out().await?,
        }
        Ok(json_reply(StatusCode::OK, "{\"token\":\"\"}".to_owned()))
    }
}
