//! Users (spec §2.6), and their legacy routes (§2.10, §5).

use http::{Method, StatusCode};

use super::body::Body;
use super::caller::Caller;
use super::fault::Fault;
use super::permissions::{USERS, scopes_named};
use super::{Octoprint, Reply, Route, records};
use crate::faces::web::{Asked, json_reply};
use crate::json::Writer;
use crate::model::sorted::Set;
use crate::model::{Groups, Secret, Status, User};
use crate::rules::{UserDraft, UserPatch};
use crate::service::{Host, KeyForm, NewUser, Order, Store, UserChanges, UserQuery, UserView, Whom};

const PAGE: usize = 1000;

type Tried<T> = core::result::Result<T, Fault>;

fn nothing() -> Reply {
    Ok(json_reply(StatusCode::OK, "{}".to_owned()))
}

/// What of a user a request changes; absent stays as it is.
#[derive(Debug, Default)]
struct Wanted {
    active: Option<bool>,
    groups: Option<Vec<String>>,
    permissions: Option<Vec<String>>,
    /// The legacy flag: in or out of `admins`.
    admin: Option<bool>,
}

impl Wanted {
    fn of(body: &Body<'_>, legacy: bool) -> Tried<Self> {
        Ok(Self {
            groups: body.keys("groups")?,
            permissions: body.keys("permissions")?,
            active: body.switch("active")?,
            admin: if legacy { body.switch("admin")? } else { None },
        })
    }

    /// Keys of groups that can be given; unknown ones and those nobody is put into fall out (§3.2). The legacy flag stands
    /// for two groups (§5): with it come those of before, where none are given. None: as they are, or the default ones.
    fn group_keys(&self, groups: &Groups, before: Option<&User>) -> Option<Vec<String>> {
        let assignable = |key: &str| groups.by_key(key).is_some_and(|group| group.assignable);
        let given = self
            .groups
            .as_ref()
            .map(|given| given.iter().filter(|key| assignable(key)).cloned().collect::<Vec<String>>());
        if self.admin != Some(true) {
            return given;
        }
        let mut keys = given.or_else(|| before.map(|user| groups.keys_of(&user.groups)))?;
        if assignable(USERS) && !keys.iter().any(|key| key == USERS) {
            keys.push(USERS.to_owned());
        }
        Some(keys)
    }
}

impl<S: Store, H: Host> Octoprint<S, H> {
    pub(super) async fn users(
        &self,
        request: &Asked,
        route: &Route,
        legacy: bool,
        caller: &Caller<S, H>,
    ) -> Reply {
        let reads = matches!(*request.method(), Method::GET | Method::HEAD);
        match route {
            Route::Users if reads => self.list(caller).await,
            Route::Users => self.add(request, legacy, caller).await,
            Route::User(name) if reads => self.one(name, caller).await,
            Route::User(name) if *request.method() == Method::DELETE => self.remove(name, caller).await,
            Route::User(name) => self.update(request, name, legacy, caller).await,
            Route::Password(name) => self.password(request, name, caller).await,
            Route::Settings(name) if reads => self.read_settings(name, caller).await,
            Route::Settings(name) => self.save_settings(request, name, caller).await,
            Route::ApiKey(name) if *request.method() == Method::POST => self.generate(name, caller).await,
            Route::ApiKey(name) => self.reset(name, caller).await,
            _ => Err(Fault::missing()),
        }
    }

    async fn list(&self, caller: &Caller<S, H>) -> Reply {
        caller.admin()?;
        self.everybody(caller).await
    }

    /// All users, as several routes answer: the one list of the face that grows with the store, by the protocol. Whoever
    /// made a change sees it, even one that took his own rights (§3.3).
    async fn everybody(&self, caller: &Caller<S, H>) -> Reply {
        let mut out = Writer::default();
        out.open('{').name("users").open('[');
        let mut after = None;
        let mut last = records::LastNeeds::default();
        loop {
            let query = UserQuery { limit: PAGE, after, search: None, order: Order::Id };
            let page = self.door.local().list_users(&query).await?;
            let keys = self.keys_of(&page.users, caller).await?;
            for (view, key) in page.users.iter().zip(&keys) {
                records::user(&mut out, self.door.catalogue(), view, key.as_ref(), None, &mut last);
            }
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        out.close(']');
        out.close('}');
        Ok(json_reply(StatusCode::OK, out.end()))
    }

    /// The keys that may be shown: none while the password was not seen lately (§2.5).
    async fn keys_of(&self, views: &[UserView], caller: &Caller<S, H>) -> Tried<Vec<Option<Secret>>> {
        if !caller.is_fresh(&self.settings, self.door.now()) {
            return Ok(vec![None; views.len()]);
        }
        let ids: Vec<_> = views.iter().map(|view| view.user.id).collect();
        Ok(self.door.shown_keys(&ids).await?)
    }

    async fn one(&self, name: &str, caller: &Caller<S, H>) -> Reply {
        let (view, _) = caller.himself_or_admin(name)?.get_user(name).await?;
        let keys = self.keys_of(core::slice::from_ref(&view), caller).await?;
        let mut out = Writer::default();
        let (key, last) = (keys.first().and_then(Option::as_ref), &mut records::LastNeeds::default());
        records::user(&mut out, self.door.catalogue(), &view, key, None, last);
        Ok(json_reply(StatusCode::OK, out.end()))
    }

    pub(super) fn need_fresh(&self, caller: &Caller<S, H>) -> Tried<()> {
        caller.need_fresh(&self.settings, self.door.now())
    }

    async fn add(&self, request: &Asked, legacy: bool, caller: &Caller<S, H>) -> Reply {
        self.need_fresh(caller)?;
        let session = caller.admin()?;
        let body = Body::read(request)?;
        for member in ["name", "password", "active"] {
            // Clients of the time before 1.4 may leave `active` out.
            if body.given(member).is_none() && !(legacy && member == "active") {
                return Err(Fault::bad(&format!("{member} is missing")));
            }
        }
        let text = |name| body.text(name)?.ok_or_else(|| Fault::of(StatusCode::BAD_REQUEST));
        let (name, password) = (text("name")?, Secret::new(text("password")?));
        let wanted = Wanted::of(&body, legacy)?;
        if matches!(name.as_str(), "_api" | "_internal") {
            // §3.1, suggested: they are the names of pseudo users.
            return Err(Fault::bad("Username invalid"));
        }
        let groups = self.door.groups().await?;
        let active = wanted.active.unwrap_or(true);
        let draft = UserDraft {
            name,
            status: Some(if active { Status::Active } else { Status::Disabled }),
            admin: wanted.admin == Some(true),
            scopes: scopes_named(
                self.door.catalogue(),
                wanted.permissions.as_deref().unwrap_or_default(),
                &Set::new(),
            ),
            ..UserDraft::default()
        };
        let new = NewUser { draft, password: Some(password), groups: wanted.group_keys(&groups, None) };
        session.create_user(new).await?;
        self.everybody(caller).await
    }

    async fn found(&self, name: &str) -> Tried<User> {
        self.door.user(Whom::Name(name)).await?.ok_or_else(Fault::missing)
    }

    async fn update(&self, request: &Asked, name: &str, legacy: bool, caller: &Caller<S, H>) -> Reply {
        self.need_fresh(caller)?;
        let session = caller.admin()?;
        let user = self.found(name).await?;
        let body = Body::read(request)?;
        let wanted = Wanted::of(&body, legacy)?;
        let groups = self.door.groups().await?;
        let patch = UserPatch {
            // An account that is locked stays so unless it is made active.
            status: wanted.active.and_then(|active| match (active, user.status) {
                (true, Status::Active) | (false, Status::Locked | Status::Disabled) => None,
                (true, _) => Some(Status::Active),
                (false, Status::Active) => Some(Status::Disabled),
            }),
            admin: wanted.admin,
            scopes: wanted
                .permissions
                .as_deref()
                .map(|keys| scopes_named(self.door.catalogue(), keys, &user.scopes)),
            ..UserPatch::default()
        };
        session
            .edit_user(name, UserChanges { patch, groups: wanted.group_keys(&groups, Some(&user)) })
            .await?;
        self.everybody(caller).await
    }

    async fn remove(&self, name: &str, caller: &Caller<S, H>) -> Reply {
        self.need_fresh(caller)?;
        let session = caller.admin()?;
        if caller.name() == Some(name) {
            return Err(Fault::bad("You cannot delete yourself"));
        }
        session.delete_user(name).await?;
        self.everybody(caller).await
    }

    async fn password(&self, request: &Asked, name: &str, caller: &Caller<S, H>) -> Reply {
        let session = caller.himself_or_admin(name)?;
        let own = caller.name() == Some(name);
        let body = Body::read(request)?;
        let password = Secret::new(body.full_text("password", "new password is missing")?);
        if own {
            let current = Secret::new(body.full_text("current", "current password is missing")?);
            session.change_password(name, &password, Some(&current)).await?;
        } else {
            self.need_fresh(caller)?;
            session.change_password(name, &password, None).await?;
        }
        nothing()
    }

    async fn read_settings(&self, name: &str, caller: &Caller<S, H>) -> Reply {
        let settings = caller.himself_or_admin(name)?.settings(name).await?;
        let mut out = Writer::default();
        out.open('{');
        for (name, value) in &settings {
            out.name(name).raw(value);
        }
        out.close('}');
        Ok(json_reply(StatusCode::OK, out.end()))
    }

    async fn save_settings(&self, request: &Asked, name: &str, caller: &Caller<S, H>) -> Reply {
        let session = caller.himself_or_admin(name)?;
        let own = caller.name() == Some(name);
        if !own {
            self.need_fresh(caller)?;
        }
        let changes = Body::read(request)?.into_settings();
        if !own {
            self.found(name).await?;
        }
        session.save_settings(name, changes).await?;
        nothing()
    }

    async fn generate(&self, name: &str, caller: &Caller<S, H>) -> Reply {
        self.need_fresh(caller)?;
        let session = caller.himself_or_admin(name)?;
        let key = session.generate_api_key_as(name, KeyForm::Url43).await?;
        let mut out = Writer::default();
        out.open('{').name("apikey").text(key.reveal());
        out.close('}');
        Ok(json_reply(StatusCode::OK, out.end()))
    }

    async fn reset(&self, name: &str, caller: &Caller<S, H>) -> Reply {
        self.need_fresh(caller)?;
        caller.himself_or_admin(name)?.reset_api_key(name).await?;
        nothing()
    }
}
