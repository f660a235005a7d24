//! Bearer tokens (spec §1.2): JWTs of a log-in. Clients see three segments and no more.

use serde::{Deserialize, Serialize};

use super::Vrm;
use super::fault::Fault;
use crate::faces::jwt;
use crate::model::{Code, Error, Millis, Result, Secret, UserId, hex};
use crate::service::{Host, Limits, Session, Store};

/// The store's secret that they are signed with.
const SECRET: &str = "vrm";

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Claims {
    /// The user.
    uid: u64,
    /// When it was made and when it ends, in seconds.
    iat: u64,
    exp: u64,
    /// Its own id: what a log-out remembers.
    jti: String,
    /// Changes with the password.
    mark: String,
}

/// A bearer token that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bearer {
    pub(super) id: String,
    pub(super) until: Millis,
}

fn mark_of<S: Store, H: Host>(session: &Session<S, H>) -> Option<String> {
    session.mark().map(|mark| mark.to_hex().chars().take(32).collect())
}

impl<S: Store, H: Host> Vrm<S, H> {
    /// A token for who has been let in.
    pub(super) async fn issue(
        &self,
        user: UserId,
        session: &Session<S, H>,
        life: Millis,
    ) -> core::result::Result<Secret, Fault> {
        let now = self.door.now() / 1000;
        let mut id = [0; 16];
        self.door.random(&mut id);
        let claims = Claims {
            uid: user.get(),
            iat: now,
            exp: now.saturating_add(life / 1000),
            jti: hex(&id),
            mark: mark_of(session).ok_or_else(Fault::bad_login)?,
        };
        let secrets = self.door.secrets(SECRET).await?;
        let key = secrets.first().map(|secret| secret.reveal().as_bytes());
        let signed = key.and_then(|key| jwt::sign(key, Some("JWT"), &claims));
        let failed = || Error::new(Code::Internal, "a token could not be signed");
        Ok(Secret::new(signed.ok_or_else(failed)?))
    }

    /// Who a token stands for; `None`: it does not hold.
    ///
    /// # Errors
    /// Those of the store
    pub(super) async fn read_bearer(&self, value: &str) -> Result<Option<(Session<S, H>, Bearer)>> {
        let secrets = self.door.secrets(SECRET).await?;
        let keys = secrets.iter().map(|secret| secret.reveal().as_bytes());
        let Some(claims) = jwt::read::<Claims>(keys, value) else { return Ok(None) };
        let until = claims.exp.saturating_mul(1000);
        let Ok(user) = UserId::new(claims.uid) else { return Ok(None) };
        if until <= self.door.now() || self.door.is_barred(&claims.jti, until).await? {
            return Ok(None);
        }
        let session = match self.door.act_as(user, Limits::default()).await {
            Ok(session) => session,
            Err(error) if matches!(error.code(), Code::UnknownToken | Code::AccountDisabled) => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        if mark_of(&session).as_ref() != Some(&claims.mark) {
            return Ok(None);
        }
        Ok(Some((session, Bearer { id: claims.jti, until })))
    }
}
