//! The methods of `Users` (spec §4).

use super::jsonrpc::{object, things};
use super::params::Params;
use super::schema::Call;
use super::scopes::{ADMINISTRATOR, Mask};
use super::{Caller, ConnectionId, Server};
use crate::json::Writer;
use crate::model::sorted::Map;
use crate::model::{Code, Error, KindReach, Reach, Result, Secret, TokenId, User};
use crate::rules::{Catalogue, Revoke, UserDraft, UserPatch, without_admin};
use crate::service::{
    Host, Limits, NewUser, Order, Revocation, Session, Store, TokenView, UserChanges, UserQuery, UserView,
};

const PAGE: usize = 1000;

/// A business failure, or none (spec §2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    NoError,
    BackendError,
    InvalidUserId,
    DuplicateUserId,
    BadPassword,
    TokenNotFound,
    PermissionDenied,
    InconsistantScopes,
}

impl Outcome {
    /// The whole reply.
    pub(super) fn reply(self) -> String {
        object(|out| self.write(out))
    }

    fn write(self, out: &mut Writer) {
        // As spelled by the table of types, which stands in the same order.
        let name = super::schema::USER_ERRORS.get(self as usize).copied().unwrap_or_default();
        out.name("error").text(name);
    }
}

impl From<&Error> for Outcome {
    fn from(error: &Error) -> Self {
        match error.code() {
            Code::InvalidName | Code::NotFound => Self::InvalidUserId,
            Code::AlreadyExists => Self::DuplicateUserId,
            Code::InvalidPassword => Self::BadPassword,
            Code::Denied
            | Code::LastAdmin
            | Code::OwnAccount
            | Code::CurrentPasswordRequired
            | Code::CurrentPasswordWrong
            | Code::SetupDone
            | Code::UnknownToken
            | Code::ExpiredToken
            | Code::AccountDisabled => Self::PermissionDenied,
            _ => Self::BackendError,
        }
    }
}

impl<T> From<Result<T>> for Outcome {
    fn from(result: Result<T>) -> Self {
        result.as_ref().err().map_or(Self::NoError, Self::from)
    }
}

/// A reply that shows something, or why it does not.
type Shown = core::result::Result<String, Outcome>;

fn told<T>(result: Result<T>) -> core::result::Result<T, Outcome> {
    result.map_err(|error| Outcome::from(&error))
}

pub(super) fn write_user(out: &mut Writer, catalogue: &Catalogue, view: &UserView, reach: &Reach) {
    out.open('{').name("username").text(&view.user.name);
    out.name("email").text(&view.user.email);
    out.name("displayName").text(&view.user.display_name);
    out.name("scopes");
    Mask::of(catalogue, &view.bits).write(out, false);
    out.name("allowedThingIds").texts(&things(reach));
    out.close('}');
}

fn write_tokens(out: &mut Writer, views: &[TokenView]) {
    out.name("tokenInfoList").open('[');
    for TokenView { token, owner, .. } in views {
        out.open('{').name("id").text(&token.id.to_string());
        out.name("username").text(owner);
        out.name("creationTime").number(token.created / 1000);
        out.name("deviceName").text(&token.name);
        out.close('}');
    }
    out.close(']');
}

impl<S: Store, H: Host> Server<S, H> {
    pub(super) async fn users(
        &self,
        id: ConnectionId,
        call: Call,
        params: &Params,
        caller: Option<Caller<S, H>>,
    ) -> String {
        let auth = self.state().live(id).is_some_and(|connection| connection.auth);
        let needs_caller =
            !matches!(call, Call::CreateUser | Call::GetUsers | Call::RemoveUser | Call::SetUserScopes);
        if needs_caller && caller.is_none() {
            return Outcome::PermissionDenied.reply();
        }
        let caller = match self.as_listener_allows(auth, caller).await {
            Ok(caller) => caller,
            Err(error) => return Outcome::from(&error).reply(),
        };
        let caller = caller.as_ref();
        let outcome = match (call, caller) {
            (Call::GetUsers, _) => match self.all_users().await {
                Ok(reply) => return reply,
                // There is no key to say it by: nobody is told of nobody.
                Err(_) => return object(|out| out.name("users").texts(&[])),
            },
            (Call::CreateUser, _) => {
                let mask = params.scopes("scopes").unwrap_or(ADMINISTRATOR);
                self.create_user(params, caller, mask).await
            }
            (Call::RemoveUser, _) => self.remove_user(params, caller).await,
            (Call::SetUserScopes, _) => self.set_scopes(params, caller).await,
            (Call::GetUserInfo, Some(caller)) => return shown(self.own_info(caller).await),
            (Call::GetTokens, Some(caller)) => return shown(self.tokens(caller, None).await),
            (Call::GetUserTokens, Some(caller)) => {
                return shown(self.tokens(caller, Some(params.text("username"))).await);
            }
            (Call::ChangePassword, Some(caller)) => {
                let name = caller.user.name.clone();
                self.change_password(params, caller, &name, Revoke::Nothing).await
            }
            (Call::ChangeUserPassword, Some(caller)) => {
                self.change_password(params, caller, params.text("username"), Revoke::All).await
            }
            (Call::RemoveToken, Some(caller)) => self.remove_token(params, caller).await,
            (Call::SetUserInfo, Some(caller)) => self.set_info(params, caller).await,
            _ => Outcome::PermissionDenied,
        };
        outcome.reply()
    }

    /// Where nobody is asked who he is, what he may do is not asked either; it is still done in his name.
    async fn as_listener_allows(
        &self,
        auth: bool,
        caller: Option<Caller<S, H>>,
    ) -> Result<Option<Caller<S, H>>> {
        match caller {
            Some(caller) if !auth => {
                let limits = Limits { trusted: true, ..Limits::default() };
                let session = self.door.act_as(caller.user.id, limits).await?;
                Ok(Some(Caller { session, ..caller }))
            }
            caller => Ok(caller),
        }
    }

    /// What commands run by that need no caller.
    fn acting<'c>(&self, caller: Option<&'c Caller<S, H>>, local: &'c Session<S, H>) -> &'c Session<S, H> {
        caller.map_or(local, |caller| &caller.session)
    }

    /// The wire's own rules, in their order; gives the name as it will be stored.
    pub(super) fn check_credentials(
        &self,
        name: &str,
        password: &str,
    ) -> core::result::Result<String, Outcome> {
        let (name, _) = self.wire.check_name(name).map_err(|_| Outcome::InvalidUserId)?;
        self.wire.check_password(password).map_err(|_| Outcome::BadPassword)?;
        Ok(name)
    }

    /// The things that exist, as a reach beside what else there is of it.
    async fn with_things(&self, before: &Reach, ids: &[String]) -> Result<Reach> {
        let mut places: Vec<_> = ids.iter().zip(0_i64..).collect();
        // Of one that is given twice the first place counts.
        places.sort_unstable();
        places.dedup_by_key(|(id, _)| *id);
        let places: Map<_, _> = places.into_iter().collect();
        let there = self.door.resources_of("thing", ids).await?.into_iter().map(|thing| thing.id);
        let known: Map<_, _> = there.map(|id| (id.clone(), places.get(&id).copied())).collect();
        let mut reach = before.clone();
        reach.0.remove("thing");
        if !known.is_empty() {
            reach.0.insert("thing".into(), KindReach::Only(known));
        }
        Ok(reach)
    }

    pub(super) async fn create_user(
        &self,
        params: &Params,
        caller: Option<&Caller<S, H>>,
        mask: Mask,
    ) -> Outcome {
        let name = match self.check_credentials(params.text("username"), params.text("password")) {
            Ok(name) => name,
            Err(outcome) => return outcome,
        };
        if !mask.is_consistent() {
            return Outcome::InconsistantScopes;
        }
        let made = async {
            let ids = params.texts("allowedThingIds").unwrap_or_default();
            let draft = UserDraft {
                name,
                admin: mask.is_admin(),
                scopes: mask.direct(),
                reach: self.with_things(&Reach::default(), ids).await?,
                display_name: params.maybe_text("displayName").unwrap_or_default().to_owned(),
                email: params.maybe_text("email").unwrap_or_default().to_owned(),
                free_email: true,
                ..UserDraft::default()
            };
            let password = Some(Secret::new(params.text("password").to_owned()));
            let local = self.door.local();
            self.acting(caller, &local).create_user(NewUser { draft, password, groups: None }).await
        };
        made.await.into()
    }

    async fn change_password(
        &self,
        params: &Params,
        caller: &Caller<S, H>,
        name: &str,
        ends: Revoke,
    ) -> Outcome {
        let password = params.text("newPassword");
        if let Err(outcome) = self.check_credentials(name, password) {
            return outcome;
        }
        let user = match told(self.find(name).await) {
            Ok(Some(user)) => user,
            Ok(None) => return Outcome::InvalidUserId,
            Err(outcome) => return outcome,
        };
        let password = Secret::new(password.to_owned());
        caller.session.change_password_ending(&user.name, &password, ends).await.into()
    }

    async fn own_info(&self, caller: &Caller<S, H>) -> Shown {
        let (view, reach) = told(caller.session.get_user(&caller.user.name).await)?;
        Ok(object(|out| {
            Outcome::NoError.write(out);
            out.name("userInfo");
            write_user(out, self.door.catalogue(), &view, &reach);
        }))
    }

    async fn tokens(&self, caller: &Caller<S, H>, of: Option<&str>) -> Shown {
        let views = match of {
            Some(name) => match told(self.find(name).await)? {
                Some(user) => told(caller.session.list_tokens(Some(&user.name)).await)?,
                None => Vec::new(),
            },
            None => told(caller.session.list_tokens(None).await)?,
        };
        Ok(object(|out| {
            Outcome::NoError.write(out);
            write_tokens(out, &views);
        }))
    }

    /// The one list that grows with the store, by the protocol.
    async fn all_users(&self) -> Result<String> {
        let mut out = Writer::default();
        out.open('{').name("users").open('[');
        let mut after = None;
        loop {
            let query = UserQuery { limit: PAGE, after, search: None, order: Order::Id };
            let page = self.door.local().list_users(&query).await?;
            let ids: Vec<_> = page.users.iter().map(|view| view.user.id).collect();
            let reaches = self.door.reaches(&ids).await?;
            for (view, reach) in page.users.iter().zip(&reaches) {
                write_user(&mut out, self.door.catalogue(), view, reach);
            }
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        out.close(']');
        out.close('}');
        Ok(out.end())
    }

    async fn remove_token(&self, params: &Params, caller: &Caller<S, H>) -> Outcome {
        let Some(id) = TokenId::parse(params.text("tokenId")) else { return Outcome::TokenNotFound };
        let token = match told(self.door.token(id).await) {
            Ok(Some(token)) => token,
            Ok(None) => return Outcome::TokenNotFound,
            Err(outcome) => return outcome,
        };
        if token.user != caller.user.id && !caller.mask.is_admin() {
            return Outcome::PermissionDenied;
        }
        match caller.session.revoke_tokens(Revocation::One(id), None).await {
            Err(error) if error.code() == Code::NotFound => Outcome::TokenNotFound,
            result => result.into(),
        }
    }

    async fn remove_user(&self, params: &Params, caller: Option<&Caller<S, H>>) -> Outcome {
        let local = self.door.local();
        match told(self.find(params.text("username")).await) {
            Ok(Some(user)) => self.acting(caller, &local).delete_user(&user.name).await.into(),
            Ok(None) => Outcome::InvalidUserId,
            Err(outcome) => outcome,
        }
    }

    async fn set_info(&self, params: &Params, caller: &Caller<S, H>) -> Outcome {
        let found = match params.maybe_text("username") {
            Some(name) => told(self.find(name).await),
            None => Ok(Some(caller.user.clone())),
        };
        let own = matches!(&found, Ok(Some(user)) if user.id == caller.user.id);
        if !own && !caller.mask.is_admin() {
            return Outcome::PermissionDenied;
        }
        let user = match found {
            Ok(Some(user)) => user,
            Ok(None) => return Outcome::InvalidUserId,
            Err(outcome) => return outcome,
        };
        let patch = UserPatch {
            display_name: params.maybe_text("displayName").map(str::to_owned),
            email: params.maybe_text("email").map(str::to_owned),
            free_email: true,
            ..UserPatch::default()
        };
        self.edit(&caller.session, &user, UserChanges { patch, groups: None }).await.into()
    }

    async fn set_scopes(&self, params: &Params, caller: Option<&Caller<S, H>>) -> Outcome {
        let mask = params.scopes("scopes").unwrap_or_default();
        if !mask.is_consistent() {
            return Outcome::InconsistantScopes;
        }
        let user = match told(self.find(params.text("username")).await) {
            Ok(Some(user)) => user,
            Ok(None) => return Outcome::InvalidUserId,
            Err(outcome) => return outcome,
        };
        let changed = async {
            let (before, groups) = if mask.is_admin() {
                (user.scopes.clone(), None)
            } else {
                let (scopes, groups) =
                    without_admin(self.door.catalogue(), &*self.door.groups().await?, &user);
                (scopes, Some(groups))
            };
            let reach = match params.texts("allowedThingIds") {
                Some(ids) => {
                    let before = self.door.reaches(&[user.id]).await?.into_iter().next().unwrap_or_default();
                    Some(self.with_things(&before, ids).await?)
                }
                None => None,
            };
            let patch = UserPatch {
                admin: mask.is_admin().then_some(true),
                scopes: Some(mask.replace(&before)),
                reach,
                ..UserPatch::default()
            };
            let changes = UserChanges { patch, groups };
            let local = self.door.local();
            self.edit(self.acting(caller, &local), &user, changes).await
        };
        changed.await.into()
    }

    /// Changes a user; it is told even where nothing differs.
    async fn edit(&self, session: &Session<S, H>, user: &User, changes: UserChanges) -> Result<()> {
        self.state().expected.push(user.id);
        let result = session.edit_user(&user.name, changes).await;
        let untold = {
            let expected = &mut self.state().expected;
            let place = expected.iter().position(|&id| id == user.id);
            place.map(|place| expected.swap_remove(place)).is_some()
        };
        let (view, reach) = result?;
        if untold {
            self.tell_changed(&view, &reach).await;
        }
        Ok(())
    }
}

fn shown(shown: Shown) -> String {
    shown.unwrap_or_else(Outcome::reply)
}
