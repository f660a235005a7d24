//! Who is calling (spec §1.3): the token in the header, looked at first on every route.

use http::{StatusCode, header};

use super::Devicehive;
use super::actions::{Action, Actions};
use super::fault::Fault;
use super::jwt::{self, Payload};
use crate::faces::web::{Asked, header_text};
use crate::model::{KindReach, Reach, Status, User, UserId};
use crate::service::{Host, Limits, Session, Store, UserView, Whom};

pub(super) const NETWORK: &str = "network";
pub(super) const DEVICE_TYPE: &str = "devicetype";
/// The list that means all.
pub(super) const ALL: &str = "*";

/// Who calls, by a token that holds.
#[derive(Debug)]
pub(super) struct Caller<S, H> {
    pub(super) view: UserView,
    pub(super) reach: Reach,
    pub(super) actions: Actions,
    pub(super) token: Payload,
    /// Acts in his name; what he may do the face has decided.
    pub(super) session: Session<S, H>,
}

impl<S, H> Caller<S, H> {
    pub(super) fn user(&self) -> &User {
        &self.view.user
    }

    /// His id, as paths name it.
    pub(super) fn own(&self) -> i64 {
        i64::try_from(self.user().id.get()).unwrap_or(i64::MAX)
    }

    /// Role 0, as the account is now.
    pub(super) fn is_admin(&self) -> bool {
        self.view.admin()
    }

    /// # Errors
    /// 403
    pub(super) fn need(&self, one_of: &[Action]) -> Result<(), Fault> {
        if self.actions.holds_one_of(one_of) { Ok(()) } else { Err(Fault::no_action()) }
    }

    /// # Errors
    /// 403
    pub(super) fn need_admin(&self) -> Result<(), Fault> {
        if self.is_admin() { Ok(()) } else { Err(Fault::admins_only()) }
    }

    /// The ids the token lists of a kind.
    fn listed(&self, kind: &str) -> &[String] {
        let list = if kind == NETWORK { &self.token.n } else { &self.token.dt };
        list.as_deref().unwrap_or_default()
    }

    /// Does the token permit every id of the kind (§3.5)?
    fn permits_all(&self, kind: &str) -> bool {
        self.listed(kind).iter().any(|id| id == ALL)
            || kind == DEVICE_TYPE && has_all(&self.reach, DEVICE_TYPE)
    }

    /// Does the token permit this one?
    pub(super) fn permits(&self, kind: &str, id: &str) -> bool {
        self.permits_all(kind) || self.listed(kind).iter().any(|listed| listed == id)
    }

    /// Is it permitted, and is it the user's to see?
    pub(super) fn sees(&self, kind: &str, id: &str) -> bool {
        self.permits(kind, id) && (self.is_admin() || self.reach.covers(kind, id))
    }
}

/// Every resource of a kind, those to come included?
pub(super) fn has_all(reach: &Reach, kind: &str) -> bool {
    reach.0.get(kind) == Some(&KindReach::All)
}

/// The ids of a kind that a reach names, in the order of their numbers.
pub(super) fn ids_of(reach: &Reach, kind: &str) -> Vec<String> {
    let Some(KindReach::Only(ids)) = reach.0.get(kind) else { return Vec::new() };
    let mut ids: Vec<String> = ids.keys().cloned().collect();
    ids.sort_by_key(|id| id.parse::<u64>().unwrap_or(u64::MAX));
    ids
}

impl<S: Store, H: Host> Devicehive<S, H> {
    /// `None`: nobody, and no header either.
    ///
    /// # Errors
    /// 401 for a header that is no good
    pub(super) async fn who(&self, request: &Asked) -> Result<Option<Caller<S, H>>, Fault> {
        if !request.headers().contains_key(header::AUTHORIZATION) {
            return Ok(None);
        }
        let line = header_text(request.headers(), &header::AUTHORIZATION);
        let token = line.and_then(|line| line.strip_prefix("Bearer")).map(str::trim);
        let payload = self.read_token(token.unwrap_or_default()).await?.filter(|payload| payload.t == 1);
        let payload = payload.ok_or_else(Fault::unauthorized)?;
        if payload.expired(self.door.now()) {
            return Err(Fault::says(StatusCode::UNAUTHORIZED, "Token expired"));
        }
        let actions = Actions::of(payload.a.as_deref()).ok_or_else(Fault::unauthorized)?;
        let id = payload.user().ok_or_else(Fault::unauthorized)?;
        let (view, reach) = self.active(id).await?.ok_or_else(Fault::unauthorized)?;
        let session = self.door.act_as(id, Limits { trusted: true, ..Limits::default() }).await?;
        Ok(Some(Caller { view, reach, actions, token: payload, session }))
    }

    /// A user who may act.
    pub(super) async fn active(&self, id: UserId) -> crate::model::Result<Option<(UserView, Reach)>> {
        let found = self.door.view_of(Whom::Id(id)).await?;
        Ok(found.filter(|(view, _)| view.user.status == Status::Active))
    }

    /// What a token says, if this server has signed it.
    pub(super) async fn read_token(&self, token: &str) -> crate::model::Result<Option<Payload>> {
        let keys = self.keys().await?;
        Ok(jwt::read(keys.iter().map(|key| key.as_slice()), token))
    }
}
