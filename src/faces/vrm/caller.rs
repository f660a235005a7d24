//! Who is calling (spec §1.2): the header `x-authorization`.

use http::StatusCode;
use http::header::HeaderName;

use super::bearer::Bearer;
use super::fault::Fault;
use super::{FULL_ACCESS, Vrm};
use crate::faces::web::{Answer, Asked, header_text, json_reply};
use crate::json::Writer;
use crate::model::{Result, Secret, Token, TokenKind, User, UserId};
use crate::service::{Host, Session, Store};

/// What an account may see (§0).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Normal,
    Dealer,
    Admin,
}

/// With what somebody calls.
#[derive(Debug, Clone)]
pub(super) enum Credential {
    Bearer(Bearer),
    Access(Box<Token>),
}

/// Who calls, by a credential that holds.
#[derive(Debug)]
pub(super) struct Caller<S, H> {
    pub(super) session: Session<S, H>,
    pub(super) user: User,
    pub(super) role: Role,
    pub(super) credential: Credential,
}

impl<S, H> Caller<S, H> {
    pub(super) fn id(&self) -> UserId {
        self.user.id
    }

    /// What requests are counted by.
    pub(super) fn key(&self) -> String {
        match &self.credential {
            Credential::Bearer(bearer) => format!("bearer {}", bearer.id),
            Credential::Access(token) => format!("token {}", token.number),
        }
    }

    /// Does the credential reach this resource, as far as it has limits?
    pub(super) fn reaches(&self, kind: &str, id: &str) -> bool {
        match &self.credential {
            Credential::Access(token) => token.reach.as_ref().is_none_or(|reach| reach.covers(kind, id)),
            Credential::Bearer(_) => true,
        }
    }

    /// The public demo account makes nothing (§5).
    ///
    /// # Errors
    /// 403
    pub(super) fn need_own_account(&self) -> core::result::Result<(), Fault> {
        if is_demo(&self.user) { Err(Fault::forbidden("The demo account cannot do this")) } else { Ok(()) }
    }

    /// §2.7
    pub(super) fn me(&self) -> Answer {
        let user = &self.user;
        let level = match self.role {
            Role::Normal => 0,
            Role::Dealer => 1,
            Role::Admin => 2,
        };
        let mut out = Writer::default();
        out.open('{').name("success").flag(true);
        out.name("user").open('{').name("id").number(user.id.get());
        out.name("name").text(if user.display_name.is_empty() { &user.name } else { &user.display_name });
        out.name("email").text(&user.email);
        out.name("country").text(&user.country);
        out.name("accessLevel").number(level);
        match &self.credential {
            // A number here, digits in the replies about tokens (§1.7).
            Credential::Access(token) => out.name("idAccessToken").number(token.number),
            Credential::Bearer(_) => out.name("idAccessToken").maybe_raw(None),
        }
        out.close('}');
        out.close('}');
        json_reply(StatusCode::OK, out.end())
    }
}

/// The id of the demo account (§1.5).
pub(super) const DEMO: u64 = 22;

/// The account that `loginAsDemo` lets anybody in as.
pub(super) fn is_demo(user: &User) -> bool {
    user.id.get() == DEMO && user.name == "demo"
}

/// The scheme in lower case, and the one value behind it.
fn credential(request: &Asked) -> Option<(String, Secret)> {
    let name = HeaderName::from_static("x-authorization");
    let mut lines = request.headers().get_all(&name).iter();
    let (Some(_), None) = (lines.next(), lines.next()) else { return None };
    let mut words = header_text(request.headers(), &name)?.split(' ').filter(|word| !word.is_empty());
    let (scheme, value) = (words.next()?, words.next()?);
    words.next().is_none().then(|| (scheme.to_ascii_lowercase(), Secret::new(value.to_owned())))
}

impl<S: Store, H: Host> Vrm<S, H> {
    /// `None`: no credential that holds. Why not is nobody's business.
    ///
    /// # Errors
    /// Those of the store
    pub(super) async fn who(&self, request: &Asked) -> Result<Option<Caller<S, H>>> {
        let found = match credential(request) {
            Some((scheme, value)) if scheme == "bearer" => {
                let read = self.read_bearer(value.reveal()).await?;
                read.map(|(session, bearer)| (session, Credential::Bearer(bearer)))
            }
            Some((scheme, value)) if scheme == "token" => {
                let read = self.read_access(value.reveal()).await?;
                read.map(|(session, token)| (session, Credential::Access(Box::new(token))))
            }
            _ => None,
        };
        let Some((session, credential)) = found else { return Ok(None) };
        let me = session.me()?;
        let Some(user) = me.user else { return Ok(None) };
        let role = match user.role.as_str() {
            "admin" => Role::Admin,
            _ if me.admin => Role::Admin,
            "dealer" => Role::Dealer,
            _ => Role::Normal,
        };
        Ok(Some(Caller { session, user, role, credential }))
    }

    /// Personal access tokens alone: a session or a key of another face is none.
    async fn read_access(&self, value: &str) -> Result<Option<(Session<S, H>, Token)>> {
        let Some(session) = self.door.known(value).await? else { return Ok(None) };
        let token = session.me()?.token.filter(|token| token.kind == TokenKind::Access);
        let catalogue = self.door.catalogue();
        let full = |token: &Token| {
            let number = catalogue.number(FULL_ACCESS).ok();
            let scopes = token.scopes.as_ref();
            scopes.is_none_or(|held| number.is_some_and(|number| catalogue.expand(held).contains(number)))
        };
        Ok(token.filter(full).map(|token| (session, token)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(line: &str) -> Option<(String, Secret)> {
        let request = http::Request::builder().header("X-Authorization", line).body(Vec::new()).ok()?;
        credential(&request)
    }

    #[test]
    fn headers() {
        let bearer = |value: &str| Some(("bearer".to_owned(), Secret::new(value.to_owned())));
        assert_eq!(parts("Bearer a.b.c"), bearer("a.b.c"));
        assert_eq!(parts("bEARER a.b.c"), bearer("a.b.c"));
        for bad in ["", "Bearer", "Bearer ", "Bearer a b", "a.b.c", "Bearer a, Bearer b"] {
            assert_eq!(parts(bad), None, "{bad}");
        }
    }
}
